//! Cookie → `Authentication`.
//!
//! # Rules
//!
//! 1. An unsafe request with a session needs evidence that it comes from here (`same_origin.rs`); a WebSocket is one.
//! 2. Whether a session ended is asked of the store, and believed for `revocation_lag`; what ended in this process is
//!    known at once. A store that cannot be asked beyond that is a 503, neither "ended" nor "allowed".
//! 3. Tokens that are due are refreshed first (`refresh.rs`).
//! 4. What does not open, is over or has ended is nobody, and its cookies are removed.
//! 5. A session that outgrew its cookies is refused and removed, or the browser would be sent in circles.
//! 6. A visitor without a session cookie costs no question to anybody.

use std::sync::Arc;

use super::{
    ending,
    refresh::{self, Refreshed},
};
use crate::{
    boundary::{Authentication, RequestHead, authentication::Identity},
    edge::provider::chain,
    error::Refusal,
    session::{self, Lifetime, Purpose, Session, TooLarge},
    time::Timestamp,
    user::User,
    zitadel::{Inner, Zitadel},
};

/// A session as it came with a request.
struct Presented {
    sealed: String,
    session: Arc<Session>,
    /// When the store last said that it had not ended.
    asked_at: Timestamp,
    /// Whether that is so recent that it need not be asked again.
    trusted: bool,
}

/// How far one gets without waiting.
enum Step {
    Done(Authentication),
    Ask(Presented, Lifetime),
}

pub(crate) fn recognise(z: &Zitadel, head: &RequestHead) -> Option<Authentication> {
    match look(z, head) {
        Step::Done(authentication) => Some(authentication),
        Step::Ask(..) => None,
    }
}

pub(crate) async fn authenticate(z: &Zitadel, head: &RequestHead) -> Authentication {
    let inner = z.inner();
    let (presented, lifetime) = match look(z, head) {
        Step::Done(authentication) => return authentication,
        Step::Ask(presented, lifetime) => (presented, lifetime),
    };
    let Presented { sealed, session, mut asked_at, trusted } = presented;
    if !trusted {
        asked_at = inner.edge.clock.now();
        match ending::has_ended(inner, &session).await {
            Ok(false) => {}
            Ok(true) => {
                inner.opened.forget(&sealed);
                tracing::debug!("a session that had ended was presented again");
                return anonymous(inner, head);
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "cannot tell whether a session ended");
                return unavailable();
            }
        }
        inner.opened.insert(&sealed, Arc::clone(&session), asked_at);
    }
    let Lifetime::Refresh { usable } = lifetime else { return good(inner, head, session, asked_at) };
    let refreshed = refresh::refresh(z, &session);
    let refreshed = match usable {
        true => tokio::time::timeout(refresh::PATIENCE, refreshed).await.unwrap_or(Refreshed::Unavailable),
        false => refreshed.await,
    };
    match refreshed {
        Refreshed::Renewed { session, sealed } => written(inner, head, session, &sealed),
        Refreshed::Ended => {
            inner.opened.forget(&sealed);
            anonymous(inner, head)
        }
        Refreshed::TooLarge => too_large(inner, head),
        // It may be a while: the idle limit must not end the session of somebody who is active.
        Refreshed::Unavailable if usable => good(inner, head, session, asked_at),
        Refreshed::Unavailable => unavailable(),
    }
}

/// Everything that needs no waiting: which for nearly every request is everything.
fn look(z: &Zitadel, head: &RequestHead) -> Step {
    let inner = z.inner();
    let Some(presented) = present(inner, head) else { return Step::Done(anonymous(inner, head)) };
    if super::is_cross_site(z, head) {
        tracing::warn!("refused a request from another site{}", super::page::opened_elsewhere(z, head));
        let identity = Identity::Refused(Refusal::CrossSite);
        return Step::Done(Authentication { identity, cookies: Vec::new() });
    }
    match presented.session.lifetime(inner.edge.clock.now()) {
        Lifetime::Over => {
            inner.opened.forget(&presented.sealed);
            tracing::debug!("a session reached its limit");
            Step::Done(anonymous(inner, head))
        }
        Lifetime::Good if presented.trusted => Step::Done(good(inner, head, presented.session, presented.asked_at)),
        lifetime => Step::Ask(presented, lifetime),
    }
}

/// A session that is good as it is, but may want its idle limit counted anew.
fn good(inner: &Inner, head: &RequestHead, session: Arc<Session>, asked_at: Timestamp) -> Authentication {
    let now = inner.edge.clock.now();
    if !session.is_due_for_touch(now) {
        return signed_in(session, Vec::new());
    }
    let touched = Arc::new(session.touched(now));
    match seal(inner, &touched, asked_at) {
        Ok(sealed) => written(inner, head, touched, &sealed),
        Err(_) => too_large(inner, head),
    }
}

/// The session in the cookies of a request, whatever its age.
fn present(inner: &Inner, head: &RequestHead) -> Option<Presented> {
    let now = inner.edge.clock.now();
    for sealed in session::read_cookies(inner.names, head) {
        let opened = match inner.opened.get(&sealed) {
            Some(opened) => opened,
            None => match open(inner, &sealed) {
                // Nobody was asked about it yet: it was never trusted so far.
                Ok(session) => inner.opened.insert(&sealed, session, Timestamp::default()),
                Err(error) => {
                    tracing::debug!(%error, "a session cookie did not open");
                    continue;
                }
            },
        };
        let trusted =
            opened.is_trusted(now, inner.config.revocation_lag) && !inner.opened.ended_here(*opened.session.id());
        let session = Arc::clone(&opened.session);
        return Some(Presented { sealed: sealed.into_owned(), session, asked_at: opened.asked_at(), trusted });
    }
    None
}

fn open(inner: &Inner, sealed: &str) -> Result<Arc<Session>, session::OpenError> {
    Session::open(Purpose::Session, inner.names.session(), sealed, &inner.keyring).map(Arc::new)
}

/// The session of a request even if it is over: signing out still wants its tokens.
pub(super) fn presented(inner: &Inner, head: &RequestHead) -> Option<Arc<Session>> {
    present(inner, head).map(|presented| presented.session)
}

/// The sealed value for the session cookie; remembered as opened, because it comes back with the next request.
/// `asked_at` is when the store last said that the session had not ended: writing a cookie does not ask it.
pub(super) fn seal(inner: &Inner, session: &Arc<Session>, asked_at: Timestamp) -> Result<String, TooLarge> {
    let sealed = session.seal(Purpose::Session, inner.names.session(), &inner.keyring, &*inner.edge.entropy)?;
    session::check_size(&sealed)?;
    inner.opened.insert(&sealed, Arc::clone(session), asked_at);
    Ok(sealed)
}

fn signed_in(session: Arc<Session>, cookies: Vec<String>) -> Authentication {
    Authentication { identity: Identity::Session(User::of_session(session)), cookies }
}

fn written(inner: &Inner, head: &RequestHead, session: Arc<Session>, sealed: &str) -> Authentication {
    match session::write_cookies(sealed, inner.names, head) {
        Ok(cookies) => signed_in(session, cookies),
        Err(_) => too_large(inner, head),
    }
}

/// Rule 5: it fitted at sign-in and grew since.
fn too_large(inner: &Inner, head: &RequestHead) -> Authentication {
    let cookies = session::clear_cookies(inner.names, head);
    Authentication { identity: Identity::Refused(Refusal::SessionTooLarge), cookies }
}

/// Rule 4.
fn anonymous(inner: &Inner, head: &RequestHead) -> Authentication {
    Authentication { identity: Identity::Anonymous, cookies: session::clear_cookies(inner.names, head) }
}

fn unavailable() -> Authentication {
    Authentication { identity: Identity::Refused(Refusal::ProviderUnavailable), cookies: Vec::new() }
}
