//! Methods that end sessions, and deliver logout tokens.

use std::time::SystemTime;

use http::Request;

use super::Emulator;
use crate::{
    backchannel_logout::{BackchannelLogout, DeliveryOutcome, LogoutDelivery, LogoutToken},
    token_builder::TokenBuilder,
};

/// Sessions, ended by an administrator. In ZITADEL that is `DELETE /v2/sessions/{id}`: exactly this session ends, and its
/// applications get logout tokens as after a logout. The issuer of the tokens is [`Emulator::issuer`].
///
/// Neither [`Emulator::deactivate`] nor a revoked token ends a session.
impl Emulator {
    /// The ids (`sid`) of a user's active sessions, the oldest first.
    ///
    /// # Panics
    ///
    /// If no user matches.
    #[must_use]
    pub fn session_ids(&self, person: &str) -> Vec<String> {
        let person = self.person_id(person);
        let state = self.provider.state();
        let sessions = state.grants.sso_sessions.values();
        let mut sessions: Vec<_> =
            sessions.filter(|session| session.person_id == person && session.terminated.is_none()).collect();
        sessions.sort_by(|a, b| (a.auth_time, &a.id).cmp(&(b.auth_time, &b.id)));
        sessions.into_iter().map(|session| session.id.clone()).collect()
    }

    /// Ends a session. Returns whether it was active.
    #[expect(clippy::must_use_candidate, reason = "most callers know that the session is active")]
    pub fn end_session(&self, session_id: &str) -> bool {
        self.provider.state().end_session(self.issuer(), session_id)
    }

    /// Ends all sessions of a user. Returns how many were active.
    ///
    /// # Panics
    ///
    /// If no user matches.
    #[expect(clippy::must_use_candidate, reason = "most callers know the number of sessions")]
    pub fn end_sessions(&self, person: &str) -> usize {
        self.session_ids(person).iter().filter(|id| self.end_session(id)).count()
    }

    #[expect(clippy::panic, reason = "test helper; the message contains the name that did not match")]
    pub(super) fn person_id(&self, name: &str) -> String {
        self.person(name).unwrap_or_else(|| panic!("no user matches `{name}`")).id
    }
}

/// Back-channel logout. An emulator that listens sends logout tokens itself, within milliseconds after a session ended; one
/// without a socket keeps them for [`Emulator::take_logout_tokens`] or [`Emulator::deliver_logout_tokens`].
impl Emulator {
    /// Changes how logout tokens are delivered, from the next session that ends.
    pub fn update_backchannel_logout(&self, change: impl FnOnce(&mut BackchannelLogout)) {
        self.provider.state().backchannel_logout.update(change);
    }

    /// Removes and returns the logout tokens that wait, the earliest first; also those that are not due yet.
    #[must_use]
    pub fn take_logout_tokens(&self) -> Vec<LogoutToken> {
        self.provider.state().backchannel_logout.take_all()
    }

    /// Passes the requests that are due on the emulator's clock to `send`, one after another, which returns the status of the
    /// answer, or `None` if there was none. A failure is repeated as [`BackchannelLogout`] says. Returns the number of
    /// requests.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use zitadel_emulator::Emulator;
    /// # async fn example(emulator: Emulator) {
    /// emulator.end_sessions("alice");
    /// emulator.advance(Duration::from_millis(20));
    /// let sent = emulator
    ///     .deliver_logout_tokens(async |request| {
    ///         assert_eq!(request.uri().path(), "/auth/backchannel-logout");
    ///         Some(200)
    ///     })
    ///     .await;
    /// # drop(sent);
    /// # }
    /// ```
    pub async fn deliver_logout_tokens(&self, mut send: impl AsyncFnMut(Request<Vec<u8>>) -> Option<u16>) -> usize {
        let now = self.now();
        let mut sent = 0;
        for token in self.take_due(now) {
            let outcome = match token.request() {
                Err(error) => DeliveryOutcome::Refused(error.to_string()),
                Ok(request) => {
                    sent += 1;
                    match send(request).await {
                        Some(status) => DeliveryOutcome::Status(status),
                        None => DeliveryOutcome::NoResponse("none".to_owned()),
                    }
                }
            };
            self.provider.state().finish_logout_delivery(token, outcome);
        }
        sent
    }

    fn take_due(&self, now: SystemTime) -> Vec<LogoutToken> {
        self.provider.state().backchannel_logout.take_due(now)
    }

    /// The requests with logout tokens so far, and their outcomes; only the latest 10,000 are kept.
    #[must_use]
    pub fn logout_deliveries(&self) -> Vec<LogoutDelivery> {
        self.provider.state().backchannel_logout.deliveries()
    }

    /// Builds a logout token for the default application, for tests of an application's checks. The session need not
    /// exist; nothing is sent.
    ///
    /// # Panics
    ///
    /// If no user matches.
    pub fn logout_token_for(&self, person: &str, session_id: &str) -> TokenBuilder {
        TokenBuilder::logout(self, self.person_id(person), session_id)
    }
}
