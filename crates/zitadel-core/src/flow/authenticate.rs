//! Cookie → principal.
//!
//! # Rules
//!
//! 1. An unsafe request with a session needs evidence that it comes from this site (`same_origin.rs`); a WebSocket is
//!    one.
//! 2. If it is unknown whether a session was revoked, the response is 503, neither "revoked" nor "allowed".
//! 3. Tokens that are due are refreshed first (`refresh/`).
//! 4. A cookie that does not open, is expired or revoked means anonymous. It is removed in the response to a navigation,
//!    unless another application may have sealed it (`sessions.rs`).
//! 5. A session that outgrew its cookies is rejected and removed; otherwise the browser would be redirected in a loop.
//! 6. A request without a session cookie causes no request to the store or the provider.
//! 7. Claims that a refresh could not update are updated from userinfo, without another refresh. Until then they are used
//!    for one more lifetime of an access token; after that the user has none.

use std::{sync::Arc, time::Duration};

use super::refresh;
use crate::{
    access::Principal,
    answer::ErrorCode,
    engine::{CookieValue, EndCheck, Engine, LoadedSession, LoginEngine, RefreshOutcome},
    http::{RequestHead, same_origin},
    session::{Session, SessionState},
    telemetry,
    time::Timestamp,
    user::User,
};

/// How long a request waits for a refresh that it can do without. The refresh continues.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// How long a request waits whose access token or claims have expired: longer than a token request can take.
const MAX_WAIT_EXPIRED: Duration = Duration::from_secs(12);

/// A principal, and the cookies to set.
pub(crate) type Authenticated = (Principal, Vec<String>);

/// How far authentication gets without waiting.
enum Outcome<'h> {
    Ready(Authenticated),
    NeedsIo(LoadedSession<'h>, SessionState),
}

/// Without waiting; `None` if the store or the provider must be asked.
pub(crate) fn authenticate_cached(engine: &Engine, head: &RequestHead, now: Timestamp) -> Option<Authenticated> {
    let Some(engine) = &engine.login else { return Some((Principal::Anonymous, Vec::new())) };
    match without_io(engine, head, now) {
        Outcome::Ready(authenticated) => Some(authenticated),
        Outcome::NeedsIo(..) => None,
    }
}

pub(crate) async fn authenticate(engine: &Engine, head: &RequestHead) -> Authenticated {
    match &engine.login {
        Some(engine) => authenticate_session(engine, head).await,
        None => (Principal::Anonymous, Vec::new()),
    }
}

pub(super) async fn authenticate_session(engine: &Arc<LoginEngine>, head: &RequestHead) -> Authenticated {
    let (mut loaded, state) = match without_io(engine, head, engine.environment.clock.now()) {
        Outcome::Ready(authenticated) => return authenticated,
        Outcome::NeedsIo(loaded, state) => (loaded, state),
    };
    if !loaded.check_is_fresh
        && let Err(rejected) = check_revocation(engine, head, &mut loaded).await
    {
        return rejected;
    }
    let (outcome, may_continue) = match state {
        SessionState::RefreshDue { access_token_valid } => {
            let wait = if access_token_valid { MAX_WAIT } else { MAX_WAIT_EXPIRED };
            (within(wait, refresh::refresh(engine, &loaded.session)).await, access_token_valid)
        }
        // Rule 7.
        SessionState::ClaimsDue { claims_valid } => {
            let wait = if claims_valid { MAX_WAIT } else { MAX_WAIT_EXPIRED };
            (within(wait, refresh::update_claims(engine, &loaded.session)).await, true)
        }
        SessionState::Active | SessionState::Expired => {
            return keep_alive(engine, head, loaded, engine.environment.clock.now());
        }
    };
    let now = engine.environment.clock.now();
    // Waiting may have taken longer than the check before it is good for.
    if !engine.sessions.is_fresh(loaded.check, now)
        && let Err((principal, cookies)) = check_revocation(engine, head, &mut loaded).await
    {
        // If that is only unknown, a rotated token must reach the browser nevertheless.
        let rotated = match (&principal, &outcome) {
            (Principal::Rejected(_), RefreshOutcome::Renewed { cookie, .. }) => {
                engine.sessions.write(cookie, head).ok()
            }
            _ => None,
        };
        return (principal, rotated.unwrap_or(cookies));
    }
    match outcome {
        RefreshOutcome::Renewed { session, cookie } => with_rewritten_cookie(engine, head, session, &cookie, now),
        RefreshOutcome::Ended => {
            engine.sessions.forget(&loaded);
            anonymous(engine, head)
        }
        RefreshOutcome::TooLarge => too_large(engine, head),
        // It may take a while: the idle limit must not end the session of an active user.
        RefreshOutcome::Unavailable(_) if may_continue => keep_alive(engine, head, loaded, now),
        RefreshOutcome::Unavailable(reason) => unavailable(reason),
    }
}

/// Rule 2. Asks the store; the answer for a session that may not be used.
async fn check_revocation(
    engine: &LoginEngine,
    head: &RequestHead,
    loaded: &mut LoadedSession<'_>,
) -> Result<(), Authenticated> {
    let check = engine.sessions.begin_check();
    match engine.sessions.is_ended(&loaded.session).await {
        Ok(false) => {
            engine.sessions.confirm(loaded, check);
            Ok(())
        }
        Ok(true) => {
            engine.sessions.forget(loaded);
            telemetry::revoked_session_presented();
            Err(anonymous(engine, head))
        }
        Err(error) => {
            telemetry::revocation_check_failed(&error);
            Err(unavailable(ErrorCode::StoreUnavailable))
        }
    }
}

/// The outcome, if it comes in time; the work continues.
async fn within(wait: Duration, outcome: impl Future<Output = RefreshOutcome>) -> RefreshOutcome {
    tokio::time::timeout(wait, outcome).await.unwrap_or(RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable))
}

/// Everything that needs no waiting: for nearly every request this is all.
fn without_io<'h>(engine: &LoginEngine, head: &'h RequestHead, now: Timestamp) -> Outcome<'h> {
    let Some(loaded) = engine.sessions.load(head, now) else { return Outcome::Ready(anonymous(engine, head)) };
    if engine.is_cross_site(head) {
        let other_origin = same_origin::is_at_other_origin(head, &engine.config.public_origin);
        telemetry::cross_site_request_refused(other_origin);
        return Outcome::Ready((Principal::Rejected(ErrorCode::CrossSite), Vec::new()));
    }
    match loaded.session.state(now) {
        SessionState::Expired => {
            engine.sessions.forget(&loaded);
            telemetry::session_expired();
            Outcome::Ready(anonymous(engine, head))
        }
        SessionState::Active if loaded.check_is_fresh => Outcome::Ready(keep_alive(engine, head, loaded, now)),
        state => Outcome::NeedsIo(loaded, state),
    }
}

/// A session that is valid as it is; its cookie is written again when that is due.
fn keep_alive(engine: &LoginEngine, head: &RequestHead, loaded: LoadedSession<'_>, now: Timestamp) -> Authenticated {
    let LoadedSession { session, check, has_earlier_name, .. } = loaded;
    if !session.should_renew_cookie(now) && !has_earlier_name {
        return authenticated(session, Vec::new(), now);
    }
    renew_cookie(engine, head, Arc::new(session.renewed(now)), check, now)
}

fn renew_cookie(
    engine: &LoginEngine,
    head: &RequestHead,
    session: Arc<Session>,
    check: EndCheck,
    now: Timestamp,
) -> Authenticated {
    match engine.sessions.seal(&session, check) {
        Ok(cookie) => with_rewritten_cookie(engine, head, session, &cookie, now),
        Err(_) => too_large(engine, head),
    }
}

fn with_rewritten_cookie(
    engine: &LoginEngine,
    head: &RequestHead,
    session: Arc<Session>,
    cookie: &CookieValue,
    now: Timestamp,
) -> Authenticated {
    match engine.sessions.write(cookie, head) {
        Ok(cookies) => authenticated(session, cookies, now),
        Err(_) => too_large(engine, head),
    }
}

fn authenticated(session: Arc<Session>, cookies: Vec<String>, now: Timestamp) -> Authenticated {
    let user = match session.have_claims_expired(now) {
        true => User::without_claims(session),
        false => User::from_session(session),
    };
    (Principal::Session(user), cookies)
}

/// Rule 5: it fitted at login and grew since.
fn too_large(engine: &LoginEngine, head: &RequestHead) -> Authenticated {
    (Principal::Rejected(ErrorCode::SessionTooLarge), engine.sessions.clear_dead(head))
}

/// Rule 4.
fn anonymous(engine: &LoginEngine, head: &RequestHead) -> Authenticated {
    (Principal::Anonymous, engine.sessions.clear_dead(head))
}

fn unavailable(code: ErrorCode) -> Authenticated {
    telemetry::session_unavailable(code);
    (Principal::Rejected(code), Vec::new())
}
