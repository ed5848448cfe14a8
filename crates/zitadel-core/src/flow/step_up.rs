//! Starts a login because a page requires more of the authentication than the session shows (RFC 9470 §4).
//!
//! # Rules
//!
//! 1. It is a login like any other (`login.rs`), with what the page requires; see `protocol/step_up.rs`.
//! 2. The user of the session is named as a hint, and need not type a login name again; they may still take another account.
//! 3. The new session stays when the browser is closed if that of before does.
//! 4. The session of before goes on if the login fails.

use super::{form, login};
use crate::{
    engine::LoginEngine,
    http::{Reply, RequestHead},
    protocol::{LoginOptions, step_up::StepUp},
    session::SessionState,
};

pub(crate) async fn step_up(engine: &LoginEngine, head: &RequestHead) -> Reply {
    let now = engine.environment.clock.now();
    let mut options = LoginOptions::for_step_up(StepUp::parse(head.query()));
    // Without a store there is no hint.
    let session = engine.sessions.load(head, now).await.ok().flatten();
    if let Some(session) = session.filter(|session| session.state(now) != SessionState::Expired) {
        options.persistent = Some(session.persistent_until().is_some());
        if let Some(login_name) = &session.claims().preferred_username {
            options = options.login_hint(login_name);
        }
    }
    login::login(engine, head, &options, form::return_to(head.query(), &engine.config.public_origin)).await
}
