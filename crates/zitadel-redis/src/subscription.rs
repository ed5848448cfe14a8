//! The subscription to announcements.
//!
//! 1. It has a connection of its own, and makes a new one whenever that breaks, after a pause that grows.
//! 2. It publishes heartbeats through the connection of commands, to a channel of its own, and expects them back: that
//!    shows the whole way of an announcement, from where other replicas publish. A `PING` would not notice that commands go to
//!    another server by now, or that a node has been cut off from its cluster.
//! 3. It is subscribed from its first heartbeat on, and interrupted when none has come for [`SILENCE`].
//!
//! In a cluster the channel is an ordinary one, not sharded: a sharded channel belongs to one slot, and a script may not
//! write a key and publish to a channel of another slot. The price is that every node hears every announcement; they are
//! few (logouts).

mod live;
mod message;

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, stream};
use tokio::time::{sleep, timeout};
use zitadel_core::environment::{Entropy as _, StoreEvent, SystemEntropy};

use self::live::Live;
pub(crate) use self::message::encode;
use crate::connection::SharedConnection;

/// Between two heartbeats.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long publishing one may take. A connection on which it takes longer is replaced, early enough for the next heartbeat to
/// come before [`SILENCE`] has passed: nobody else may use the connection for hours, and find out that it is dead.
const HEARTBEAT_LIMIT: Duration = Duration::from_millis(700);
/// Without a heartbeat for this time, announcements may be lost as well.
const SILENCE: Duration = Duration::from_millis(1_500);
/// Before the first attempt to connect again; each further one waits twice as long.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// A replica falls back to asking meanwhile, so that a server has no need to be found within milliseconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The channels of one store.
#[derive(Clone, Debug)]
pub(crate) struct Channels {
    pub(crate) announcements: Arc<str>,
    heartbeats: Arc<str>,
}

impl Channels {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            announcements: format!("{prefix}announcements").into(),
            heartbeats: format!("{prefix}heartbeat:").into(),
        }
    }
}

/// Announcements; it never ends.
pub(crate) fn stream(connection: Arc<SharedConnection>, channels: Channels) -> impl Stream<Item = StoreEvent> + Send {
    let subscription = Subscription { connection, channels, live: None, pause: SHORTEST_PAUSE };
    stream::unfold(subscription, |mut subscription| async move { Some((subscription.next().await, subscription)) })
}

struct Subscription {
    connection: Arc<SharedConnection>,
    channels: Channels,
    live: Option<Live>,
    pause: Duration,
}

impl Subscription {
    async fn next(&mut self) -> StoreEvent {
        loop {
            match &mut self.live {
                None => self.live = self.open().await,
                Some(live) => {
                    if let Some(event) = live.next().await {
                        self.pause = SHORTEST_PAUSE;
                        return event;
                    }
                    let was_subscribed = live.is_subscribed();
                    self.live = None;
                    if was_subscribed {
                        return StoreEvent::Interrupted;
                    }
                }
            }
            if self.live.is_none() {
                sleep(self.pause + jitter(self.pause)).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    async fn open(&mut self) -> Option<Live> {
        let opening = Live::open(Arc::clone(&self.connection), &self.channels);
        timeout(self.connection.limit, opening).await.ok()?.ok()
    }
}

/// Up to half of a pause more, so that replicas do not come back all at once.
fn jitter(pause: Duration) -> Duration {
    let mut random = [0; 1];
    SystemEntropy.fill(&mut random);
    pause * u32::from(random[0]) / 512
}
