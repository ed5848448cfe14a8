//! Cookie → `Authentication`.

use std::sync::Arc;

use super::refresh::{self, Refreshed};
use crate::{
    boundary::{Authentication, RequestHead, authentication::Identity},
    edge::{Key, StoreError, provider::chain},
    error::Refusal,
    session::{self, Lifetime, Purpose, Session, SessionId},
    time::Timestamp,
    user::User,
    zitadel::{Inner, Zitadel},
};

/// A session as it came with a request.
struct Presented {
    sealed: String,
    session: Arc<Session>,
    /// Whether the store said so recently that it had not ended that it need not be asked again.
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
    let Presented { sealed, session, trusted } = presented;
    if !trusted {
        match has_ended(inner, &session).await {
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
        inner.opened.insert(&sealed, Arc::clone(&session), inner.edge.clock.now());
    }
    let Lifetime::Refresh { usable } = lifetime else { return good(inner, head, session, lifetime) };
    match refresh::refresh(z, &session).await {
        Refreshed::Renewed { session, sealed } => written(inner, head, session, &sealed),
        Refreshed::Ended => {
            inner.opened.forget(&sealed);
            anonymous(inner, head)
        }
        Refreshed::Unavailable if usable => signed_in(session, Vec::new()),
        Refreshed::Unavailable => unavailable(),
    }
}

/// Everything that needs no waiting: which for nearly every request is everything.
fn look(z: &Zitadel, head: &RequestHead) -> Step {
    let inner = z.inner();
    let Some(presented) = present(inner, head) else { return Step::Done(anonymous(inner, head)) };
    if super::is_cross_site(z, head) {
        tracing::warn!("refused a request from another site");
        let identity = Identity::Refused(Refusal::CrossSite);
        return Step::Done(Authentication { identity, cookies: Vec::new() });
    }
    match presented.session.lifetime(inner.edge.clock.now()) {
        Lifetime::Over => {
            inner.opened.forget(&presented.sealed);
            tracing::debug!("a session reached its limit");
            Step::Done(anonymous(inner, head))
        }
        lifetime @ (Lifetime::Touch | Lifetime::Fresh) if presented.trusted => {
            Step::Done(good(inner, head, presented.session, lifetime))
        }
        lifetime => Step::Ask(presented, lifetime),
    }
}

/// A session that is good as it is, but may want its idle limit counted anew.
fn good(inner: &Inner, head: &RequestHead, session: Arc<Session>, lifetime: Lifetime) -> Authentication {
    match lifetime {
        Lifetime::Touch => {
            let touched = Arc::new(session.touched(inner.edge.clock.now()));
            let sealed = seal(inner, &touched);
            written(inner, head, touched, &sealed)
        }
        Lifetime::Fresh | Lifetime::Over | Lifetime::Refresh { .. } => signed_in(session, Vec::new()),
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
        return Some(Presented { sealed: sealed.into_owned(), session: Arc::clone(&opened.session), trusted });
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
pub(super) fn seal(inner: &Inner, session: &Arc<Session>) -> String {
    let sealed = session.seal(Purpose::Session, inner.names.session(), &inner.keyring, &*inner.edge.entropy);
    inner.opened.insert(&sealed, Arc::clone(session), inner.edge.clock.now());
    sealed
}

pub(super) fn ended_key(id: &SessionId) -> Key {
    Key::hashed("ended/session", id.as_bytes())
}

async fn has_ended(inner: &Inner, session: &Session) -> Result<bool, StoreError> {
    if inner.opened.ended_here(*session.id()) {
        return Ok(true);
    }
    Ok(inner.edge.store.get(&ended_key(session.id())).await?.is_some())
}

fn signed_in(session: Arc<Session>, cookies: Vec<String>) -> Authentication {
    Authentication { identity: Identity::Session(User::of_session(session)), cookies }
}

fn written(inner: &Inner, head: &RequestHead, session: Arc<Session>, sealed: &str) -> Authentication {
    match session::write_cookies(sealed, inner.names, head) {
        Ok(cookies) => signed_in(session, cookies),
        Err(error) => {
            // It fitted at sign-in and grew at a refresh. The old cookie would be a dead end: end it here.
            tracing::error!(error = %chain(&error), "a session grew too large for cookies");
            let cookies = session::clear_cookies(inner.names, head);
            Authentication { identity: Identity::Refused(Refusal::SessionTooLarge), cookies }
        }
    }
}

/// Nobody; whatever session cookies came are no good and are removed.
fn anonymous(inner: &Inner, head: &RequestHead) -> Authentication {
    Authentication { identity: Identity::Anonymous, cookies: session::clear_cookies(inner.names, head) }
}

fn unavailable() -> Authentication {
    Authentication { identity: Identity::Refused(Refusal::ProviderUnavailable), cookies: Vec::new() }
}
