//! `Live`: a subscription while its connection lasts.

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use redis::{
    Msg, RedisResult,
    aio::{PubSubSink, PubSubStream},
};
use tokio::time::{Instant, sleep, sleep_until};
use zitadel_core::environment::{Entropy as _, StoreEvent, SystemEntropy};

use super::{Channels, HEARTBEAT, HEARTBEAT_LIMIT, SILENCE, message};
use crate::{
    commands,
    connection::{Repeat, SharedConnection},
};

pub(super) struct Live {
    messages: PubSubStream,
    /// Kept, because the connection is closed without it.
    _sink: PubSubSink,
    heartbeat: String,
    /// Never ends.
    beating: BoxFuture<'static, ()>,
    last_heartbeat: Instant,
    is_subscribed: bool,
}

impl Live {
    pub(super) async fn open(connection: Arc<SharedConnection>, channels: &Channels) -> RedisResult<Self> {
        let (mut sink, messages) = connection.connector.connect_for_subscriptions().await?.split();
        let heartbeat = format!("{}{:032x}", channels.heartbeats, random());
        sink.subscribe(&[&*channels.announcements, heartbeat.as_str()]).await?;
        let beating = beat(connection, heartbeat.clone()).boxed();
        Ok(Self { messages, _sink: sink, heartbeat, beating, last_heartbeat: Instant::now(), is_subscribed: false })
    }

    pub(super) const fn is_subscribed(&self) -> bool {
        self.is_subscribed
    }

    /// `None`: announcements may be lost from now on.
    pub(super) async fn next(&mut self) -> Option<StoreEvent> {
        loop {
            tokio::select! {
                // What has arrived counts before a silence that only lasts because nobody has read.
                biased;
                message = self.messages.next() => {
                    if let Some(event) = self.event(&message?) {
                        return Some(event);
                    }
                }
                () = &mut self.beating => {}
                () = sleep_until(self.last_heartbeat + SILENCE) => return None,
            }
        }
    }

    fn event(&mut self, message: &Msg) -> Option<StoreEvent> {
        if message.get_channel_name() == self.heartbeat {
            self.last_heartbeat = Instant::now();
            let is_first = !std::mem::replace(&mut self.is_subscribed, true);
            return is_first.then_some(StoreEvent::Subscribed);
        }
        // Before the first heartbeat nothing was promised.
        if self.is_subscribed { message::decode(message.get_payload_bytes()) } else { None }
    }
}

async fn beat(connection: Arc<SharedConnection>, channel: String) {
    let command = commands::publish(&channel, b"");
    loop {
        // Whether it arrives is what counts.
        drop(connection.query::<i64>(&command, Repeat::Harmless, HEARTBEAT_LIMIT).await);
        sleep(HEARTBEAT).await;
    }
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    u128::from_ne_bytes(bytes)
}
