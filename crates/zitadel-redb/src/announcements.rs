//! The subscription to announcements: within this process, since no other has the file.

use futures_util::{Stream, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use zitadel_core::environment::StoreEvent;

/// Announcements that a subscriber may be behind; the memory for them is there from the start (some 60 KB).
pub(crate) const MAX_BEHIND: usize = 1_024;

/// It never ends. A subscriber who is too far behind has missed announcements, and is told so.
pub(crate) fn stream(receiver: Receiver<StoreEvent>) -> impl Stream<Item = StoreEvent> + Send {
    let subscription = Subscription { receiver, is_subscribed: false };
    stream::unfold(subscription, |mut subscription| async move { Some((subscription.next().await, subscription)) })
}

struct Subscription {
    receiver: Receiver<StoreEvent>,
    is_subscribed: bool,
}

impl Subscription {
    async fn next(&mut self) -> StoreEvent {
        if !self.is_subscribed {
            self.is_subscribed = true;
            return StoreEvent::Subscribed;
        }
        match self.receiver.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => {
                self.is_subscribed = false;
                StoreEvent::Interrupted
            }
            // The store is gone: nobody writes.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
