//! Session cookie → principal.
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
//! 8. A session in the store is read there first, when memory is not enough; that answers whether it was revoked, too. If it
//!    cannot be read, what is in memory is used as long as a session in a cookie would be.
//! 7. Claims that a refresh could not update are updated from userinfo, without another refresh. Until then they are used
//!    for one more lifetime of an access token; after that the user has none.

use std::{sync::Arc, time::Duration};

use crate::{
    access::{Principal, PrincipalAndCookies},
    answer::ErrorCode,
    engine::{CookieValue, Found, LoadedSession, LoginEngine, NotSaved, Read, RefreshOutcome, StoredCookie},
    environment::StoreError,
    flow::refresh,
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

/// How far authentication gets without waiting.
enum Outcome<'h> {
    Ready(PrincipalAndCookies),
    NeedsIo(LoadedSession<'h>, SessionState),
    /// It is not in memory.
    NeedsStore(StoredCookie<'h>),
}

/// Without waiting; `None` if the store or the provider must be asked.
pub(super) fn authenticate_session_cached(
    engine: &LoginEngine,
    head: &RequestHead,
    now: Timestamp,
) -> Option<PrincipalAndCookies> {
    match without_io(engine, head, now) {
        Outcome::Ready(authenticated) => Some(authenticated),
        Outcome::NeedsIo(..) | Outcome::NeedsStore(_) => None,
    }
}

pub(in crate::flow) async fn authenticate_session(
    engine: &Arc<LoginEngine>,
    head: &RequestHead,
) -> PrincipalAndCookies {
    let ready = match without_io(engine, head, engine.environment.clock.now()) {
        Outcome::Ready(authenticated) => return authenticated,
        Outcome::NeedsIo(loaded, _) if loaded.is_stored() => read_again(engine, head, loaded).await,
        Outcome::NeedsIo(mut loaded, state) if !loaded.check_is_fresh => {
            check_revocation(engine, head, &mut loaded).await.map(|()| (loaded, state))
        }
        Outcome::NeedsIo(loaded, state) => Ok((loaded, state)),
        Outcome::NeedsStore(stored) => use_read(engine, head, engine.sessions.read(stored).await),
    };
    let (mut loaded, state) = match ready {
        Ok(ready) => ready,
        Err(rejected) => return rejected,
    };
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
            return keep_alive(engine, head, loaded, engine.environment.clock.now()).await;
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
        RefreshOutcome::Unavailable(_) if may_continue => keep_alive(engine, head, loaded, now).await,
        RefreshOutcome::Unavailable(reason) => unavailable(reason),
    }
}

/// Rule 8, of a session that is in memory.
async fn read_again<'h>(
    engine: &LoginEngine,
    head: &RequestHead,
    loaded: LoadedSession<'h>,
) -> Result<(LoadedSession<'h>, SessionState), PrincipalAndCookies> {
    match engine.sessions.read_again(&loaded).await {
        Err(error) if loaded.check_is_fresh => {
            telemetry::session_not_read(&error);
            let now = engine.environment.clock.now();
            Err(match loaded.session.state(now) {
                SessionState::Active
                | SessionState::RefreshDue { access_token_valid: true }
                | SessionState::ClaimsDue { .. } => authenticated(loaded.session, Vec::new(), now),
                SessionState::RefreshDue { .. } | SessionState::Expired => unavailable(ErrorCode::StoreUnavailable),
            })
        }
        read => use_read(engine, head, read),
    }
}

/// Rule 8. A session as the store has it; the answer for one that may not be used.
fn use_read<'h>(
    engine: &LoginEngine,
    head: &RequestHead,
    read: Result<Read<'h>, StoreError>,
) -> Result<(LoadedSession<'h>, SessionState), PrincipalAndCookies> {
    match read {
        Ok(Read::Session(loaded)) => match loaded.session.state(engine.environment.clock.now()) {
            SessionState::Expired => Err(expired(engine, head, &loaded)),
            state => Ok((loaded, state)),
        },
        Ok(Read::Ended) => {
            telemetry::revoked_session_presented();
            Err(anonymous(engine, head))
        }
        Ok(Read::Absent) => {
            telemetry::stored_session_absent();
            Err(anonymous(engine, head))
        }
        Err(error) => {
            telemetry::session_not_read(&error);
            Err(unavailable(ErrorCode::StoreUnavailable))
        }
    }
}

/// Rule 2. Asks the store; the answer for a session that may not be used.
async fn check_revocation(
    engine: &LoginEngine,
    head: &RequestHead,
    loaded: &mut LoadedSession<'_>,
) -> Result<(), PrincipalAndCookies> {
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
    let Some(found) = engine.sessions.find(head, now) else { return Outcome::Ready(anonymous(engine, head)) };
    if engine.is_cross_site(head) {
        let other_origin = same_origin::is_at_other_origin(head, &engine.config.public_origin);
        telemetry::cross_site_request_refused(other_origin);
        return Outcome::Ready((Principal::Rejected(ErrorCode::CrossSite), Vec::new()));
    }
    let loaded = match found {
        Found::Session(loaded) => loaded,
        Found::Stored(stored) => return Outcome::NeedsStore(stored),
    };
    match loaded.session.state(now) {
        // Another replica may have kept it alive.
        SessionState::Expired if loaded.is_stored() => Outcome::NeedsIo(loaded, SessionState::Expired),
        SessionState::Expired => Outcome::Ready(expired(engine, head, &loaded)),
        SessionState::Active if loaded.check_is_fresh => {
            if !must_be_written(&loaded, now) {
                return Outcome::Ready(authenticated(loaded.session, Vec::new(), now));
            }
            if loaded.is_stored() || engine.sessions.are_stored() {
                return Outcome::NeedsIo(loaded, SessionState::Active);
            }
            let session = Arc::new(loaded.session.renewed(now));
            let cookie = engine.sessions.seal(&session, loaded.check);
            Outcome::Ready(match cookie {
                Ok(cookie) => with_rewritten_cookie(engine, head, session, &cookie, now),
                Err(_) => too_large(engine, head),
            })
        }
        state => Outcome::NeedsIo(loaded, state),
    }
}

fn must_be_written(loaded: &LoadedSession<'_>, now: Timestamp) -> bool {
    loaded.session.should_renew_cookie(now) || loaded.has_earlier_name
}

/// A session that is valid as it is; it is written again when that is due.
async fn keep_alive(
    engine: &LoginEngine,
    head: &RequestHead,
    loaded: LoadedSession<'_>,
    now: Timestamp,
) -> PrincipalAndCookies {
    if !must_be_written(&loaded, now) {
        return authenticated(loaded.session, Vec::new(), now);
    }
    match engine.sessions.renew(&loaded, now).await {
        Ok((session, cookie)) => with_rewritten_cookie(engine, head, session, &cookie, now),
        Err(NotSaved::TooLarge(_)) => too_large(engine, head),
        Err(NotSaved::Ended) => {
            engine.sessions.forget(&loaded);
            telemetry::stored_session_absent();
            anonymous(engine, head)
        }
        // It is valid as it was.
        Err(NotSaved::Store(_)) => authenticated(loaded.session, Vec::new(), now),
    }
}

fn with_rewritten_cookie(
    engine: &LoginEngine,
    head: &RequestHead,
    session: Arc<Session>,
    cookie: &CookieValue,
    now: Timestamp,
) -> PrincipalAndCookies {
    match engine.sessions.write(cookie, head) {
        Ok(cookies) => authenticated(session, cookies, now),
        Err(_) => too_large(engine, head),
    }
}

fn authenticated(session: Arc<Session>, cookies: Vec<String>, now: Timestamp) -> PrincipalAndCookies {
    let user = match session.have_claims_expired(now) {
        true => User::without_claims(session),
        false => User::from_session(session),
    };
    (Principal::Session(user), cookies)
}

/// Rule 5: it fitted at login and grew since.
fn too_large(engine: &LoginEngine, head: &RequestHead) -> PrincipalAndCookies {
    (Principal::Rejected(ErrorCode::SessionTooLarge), engine.sessions.clear_dead(head))
}

fn expired(engine: &LoginEngine, head: &RequestHead, loaded: &LoadedSession<'_>) -> PrincipalAndCookies {
    engine.sessions.forget(loaded);
    telemetry::session_expired();
    anonymous(engine, head)
}

/// Rule 4.
fn anonymous(engine: &LoginEngine, head: &RequestHead) -> PrincipalAndCookies {
    (Principal::Anonymous, engine.sessions.clear_dead(head))
}

fn unavailable(code: ErrorCode) -> PrincipalAndCookies {
    telemetry::session_unavailable(code);
    (Principal::Rejected(code), Vec::new())
}
