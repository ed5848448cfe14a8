//! Starts an authorization request (OIDC Core §3.1.2.1, RFC 7636).
//!
//! # Rules
//!
//! 1. One sealed cookie per pending login, named after the beginning of its `state`: several tabs can log in at once.
//! 2. It binds `state`, `nonce`, code verifier, the page to return to, the requested organization and `max_age`; it is
//!    valid for ten minutes.
//! 3. At most five logins are pending, the new one among them, and the earlier ones take at most 3 KiB; the oldest is
//!    dropped first.
//! 4. A prefetch starts nothing.
//! 5. The challenge method is S256, always.

use zeroize::Zeroizing;

use crate::{
    engine::LoginEngine,
    error::Failure,
    http::{Reply, RequestHead, ReturnTo},
    protocol::{
        LoginOptions,
        authorization::{PendingLogin, authorization_url},
        state::cookie_suffix,
    },
    telemetry::Operation,
    time::Timestamp,
};

const MAX_PENDING: usize = 5;
/// What the earlier pending logins may take, in bytes. Another site can start logins with long return paths, and
/// together with the session they must stay below the 8 KiB that servers accept for one header line.
const MAX_PENDING_BYTES: usize = 3 * 1024;

pub(crate) async fn login(
    engine: &LoginEngine,
    head: &RequestHead,
    options: &LoginOptions,
    return_to: Option<ReturnTo>,
) -> Reply {
    if head.is_prefetch() {
        return Reply::new(204).with("cache-control", "no-store");
    }
    let retry_url = ReturnTo::login_url(engine.config.login_path(), return_to.as_ref());
    match start(engine, head, options, return_to).await {
        Ok(reply) => reply,
        Err(failure) => engine.failure_reply(head, Operation::Login, &failure, retry_url),
    }
}

async fn start(
    engine: &LoginEngine,
    head: &RequestHead,
    options: &LoginOptions,
    return_to: Option<ReturnTo>,
) -> Result<Reply, Failure> {
    let config = &engine.config;
    let now = engine.environment.clock.now();
    let metadata = engine.provider.metadata().await?;
    let random = Zeroizing::new(engine.environment.random::<96>());
    let return_to = return_to.unwrap_or_else(|| config.post_login.clone());
    let options = &options.or_prompt(config.prompt);
    let pending = PendingLogin::new(*random, return_to, options, now);
    let url = authorization_url(&metadata, &config.client.id, &config.redirect_uri, &config.scopes, &pending, options);
    let Ok(cookie) = engine.sessions.login_cookie(&pending.state().cookie_suffix()).set(&pending);
    Ok(Reply::redirect(url.as_str()).with_cookies([cookie]).with_cookies(drop_oldest(engine, head, now)))
}

/// Rule 3: makes room for the login that just began. Cookies that do not open are dropped first, then the oldest.
fn drop_oldest(engine: &LoginEngine, head: &RequestHead, now: Timestamp) -> Vec<String> {
    let ours =
        engine.sessions.login_cookies(head).into_iter().filter(|(suffix, _)| cookie_suffix(suffix) == Some(suffix));
    let mut pending: Vec<_> = ours
        .map(|(suffix, sealed)| {
            let login = engine.sessions.login_cookie(suffix).open(sealed).ok();
            let started_at = login.filter(|login| !login.is_expired(now)).map(|login| login.started_at());
            (started_at, suffix, sealed.len())
        })
        .collect();
    // The newest first; `None`, which is expired or foreign, last.
    pending.sort_unstable_by(|a, b| b.cmp(a));
    let (mut kept, mut bytes) = (1, 0);
    pending.retain(|(started_at, _, size)| {
        let keep = started_at.is_some() && kept < MAX_PENDING && bytes + size <= MAX_PENDING_BYTES;
        if keep {
            kept += 1;
            bytes += size;
        }
        !keep
    });
    pending.into_iter().map(|(_, suffix, _)| engine.sessions.login_cookie(suffix).clear()).collect()
}
