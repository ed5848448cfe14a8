//! Whether the application can do its work.

use serde_json::json;

use crate::{engine::Engine, http::Reply, telemetry};

/// 200: the process answers.
pub(crate) fn liveness() -> Reply {
    let mut reply = Reply::new(200).with("content-type", "text/plain; charset=utf-8").with("cache-control", "no-store");
    reply.body = "ok".to_owned();
    reply
}

/// 200 if the provider's metadata and keys are known and the store answers, else 503 and what is not available. Cached
/// documents are enough: a provider that goes down later does not make every replica unready at once.
pub(crate) async fn readiness(engine: &Engine) -> Reply {
    let provider = engine.provider.keys().await.map(drop);
    let provider = provider.inspect_err(|error| telemetry::readiness_failed("zitadel", error)).is_ok();
    let store = match &engine.login {
        Some(login) => login.sessions.check_store().await,
        None => Ok(()),
    };
    let store = store.inspect_err(|error| telemetry::readiness_failed("store", error)).is_ok();
    let ready = provider && store;
    let word = |available: bool| if available { "ok" } else { "unavailable" };
    let body = json!({
        "status": if ready { "ready" } else { "not ready" },
        "dependencies": { "zitadel": word(provider), "store": word(store) },
    });
    Reply::json(if ready { 200 } else { 503 }, &body)
}
