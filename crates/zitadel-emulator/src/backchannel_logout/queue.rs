//! Logout tokens that wait for delivery, and the log of what was delivered.

use std::{collections::VecDeque, time::SystemTime};

use super::{BackchannelLogout, LogoutDelivery, LogoutToken};

/// Maximum number of waiting tokens and of logged deliveries; the oldest are dropped first.
const CAPACITY: usize = 10_000;

/// Waiting tokens, finished deliveries, and the settings.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(crate) settings: BackchannelLogout,
    waiting: VecDeque<LogoutToken>,
    deliveries: VecDeque<LogoutDelivery>,
    /// Wakes the task that sends.
    #[cfg(feature = "server")]
    pub(crate) added: std::sync::Arc<tokio::sync::Notify>,
}

impl Queue {
    pub(crate) fn new(settings: BackchannelLogout) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Changes the settings. If tokens may be sent from now on, those that wait are.
    pub(crate) fn update(&mut self, change: impl FnOnce(&mut BackchannelLogout)) {
        change(&mut self.settings);
        #[cfg(feature = "server")]
        self.added.notify_one();
    }

    pub(crate) fn add(&mut self, token: LogoutToken) {
        push_bounded(&mut self.waiting, token);
        #[cfg(feature = "server")]
        self.added.notify_one();
    }

    /// Removes and returns all waiting tokens, the earliest first.
    pub(crate) fn take_all(&mut self) -> Vec<LogoutToken> {
        let mut tokens: Vec<_> = self.waiting.drain(..).collect();
        tokens.sort_by_key(|token| token.due);
        tokens
    }

    /// Removes and returns the tokens that are due, the earliest first.
    pub(crate) fn take_due(&mut self, now: SystemTime) -> Vec<LogoutToken> {
        let (due, later) = self.take_all().into_iter().partition(|token| token.due <= now);
        self.waiting = VecDeque::from(later);
        due
    }

    pub(crate) fn record(&mut self, delivery: LogoutDelivery) {
        push_bounded(&mut self.deliveries, delivery);
    }

    pub(crate) fn deliveries(&self) -> Vec<LogoutDelivery> {
        self.deliveries.iter().cloned().collect()
    }
}

fn push_bounded<T>(list: &mut VecDeque<T>, entry: T) {
    if list.len() == CAPACITY {
        list.pop_front();
    }
    list.push_back(entry);
}
