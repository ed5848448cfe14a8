//! Whether the application can do its work.

use serde_json::json;

use crate::{
    boundary::Reply,
    edge::{Key, provider::chain},
    zitadel::Zitadel,
};

/// 200: there is somebody to answer.
pub(crate) fn alive() -> Reply {
    let mut reply = Reply::new(200).with("content-type", "text/plain; charset=utf-8").with("cache-control", "no-store");
    reply.body = "ok".to_owned();
    reply
}

/// 200 if the provider's metadata and keys are known and the store answers; 503 and what is out otherwise.
/// What is cached counts: a provider that went down later does not make every replica unready at once.
pub(crate) async fn ready(z: &Zitadel) -> Reply {
    let inner = z.inner();
    let provider = match inner.provider.keys().await {
        Ok(_) => "ok",
        Err(error) => {
            tracing::warn!(error = %chain(&error), "not ready: the provider");
            "unavailable"
        }
    };
    let store = match inner.edge.store.get(&Key::hashed("ready", b"")).await {
        Ok(_) => "ok",
        Err(error) => {
            tracing::warn!(error = %chain(&error), "not ready: the store");
            "unavailable"
        }
    };
    let ready = provider == "ok" && store == "ok";
    let body = json!({
        "status": if ready { "ready" } else { "not ready" },
        "dependencies": { "zitadel": provider, "store": store },
    });
    Reply::json(if ready { 200 } else { 503 }, &body)
}
