//! Whether the application can do its work.

use std::error::Error;

use serde_json::{Map, Value, json};

use crate::{
    engine::Engine,
    http::Reply,
    telemetry::{self, LabelValue as _},
};

/// 200: the process answers.
pub(crate) fn liveness() -> Reply {
    let mut reply = Reply::new(200).with("content-type", "text/plain; charset=utf-8").with("cache-control", "no-store");
    reply.body = "ok".to_owned();
    reply
}

/// 200 if the provider's metadata and keys are known and the store takes writes, else 503 and what is not available. Cached
/// documents are enough: a provider that goes down later does not make every replica unready at once. `reasons` are words
/// of a closed list: no address and no text from outside.
pub(crate) async fn readiness(engine: &Engine) -> Reply {
    let mut reasons = Map::new();
    let mut failed = |dependency: &'static str, reason: &'static str, error: &dyn Error| {
        telemetry::readiness_failed(dependency, reason, error);
        reasons.insert(dependency.to_owned(), reason.into());
    };
    if let Err(error) = engine.provider.keys().await {
        failed("zitadel", error.reason().word(), &error);
    }
    #[cfg(feature = "login")]
    if let Some(login) = &engine.login
        && let Err(error) = login.sessions.check_store().await
    {
        failed("store", "store_unavailable", &*error);
    }
    let word = |dependency| if reasons.contains_key(dependency) { "unavailable" } else { "ok" };
    let mut body = json!({
        "status": if reasons.is_empty() { "ready" } else { "not ready" },
        "dependencies": { "zitadel": word("zitadel"), "store": word("store") },
    });
    if reasons.is_empty() {
        return Reply::json(200, &body);
    }
    if let Some(body) = body.as_object_mut() {
        body.insert("reasons".to_owned(), Value::Object(reasons));
    }
    Reply::json(503, &body)
}
