//! Starts an authorization request (OIDC Core §3.1.2.1, RFC 7636).
//!
//! # Rules
//!
//! 1. One sealed cookie per pending login (`login_cookies.rs`): several tabs can log in at once.
//! 2. It binds `state`, `nonce`, code verifier, the page to return to, the requested organization and `max_age`; the login
//!    is valid for `LOGIN_TIMEOUT`.
//! 3. A prefetch starts nothing.
//! 4. The challenge method is S256, always.

use zeroize::Zeroizing;

use crate::{
    engine::LoginEngine,
    error::Failure,
    http::{Reply, RequestHead, ReturnTo},
    protocol::{
        LoginOptions,
        authorization::{PendingLogin, authorization_url},
    },
    telemetry::{self, Operation},
};

pub(crate) async fn login(
    engine: &LoginEngine,
    head: &RequestHead,
    options: &LoginOptions,
    return_to: Option<ReturnTo>,
) -> Reply {
    if head.is_prefetch() {
        return Reply::no_content();
    }
    let is_page = |page: &ReturnTo| {
        let is_endpoint = engine.config.is_endpoint(page.path());
        if is_endpoint {
            telemetry::return_to_dropped("it is an endpoint of the login itself");
        }
        !is_endpoint
    };
    let return_to = return_to.filter(is_page);
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
    let options = &options.or_defaults(config.prompt, config.session.is_persistent);
    let pending = PendingLogin::new(*random, return_to, options, now);
    let url = authorization_url(&metadata, &config.client.id, &config.redirect_uri, &config.scopes, &pending, options);
    telemetry::login_started();
    Ok(Reply::redirect(url.as_str()).with_cookies(engine.sessions.write_login(pending, &config.post_login, head)))
}
