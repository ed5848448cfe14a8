//! Cookie → `Authentication`.

use std::sync::Arc;

use super::refresh::{self, Refreshed};
use crate::{
    boundary::{Authentication, RequestHead, authentication::Identity},
    edge::{Key, StoreError, provider::chain},
    error::Refusal,
    session::{self, Lifetime, Purpose, Session, SessionId},
    user::User,
    zitadel::{Inner, Zitadel},
};

/// A session as it came with a request.
pub(super) struct Presented {
    pub(super) sealed: String,
    pub(super) session: Arc<Session>,
}

pub(crate) async fn authenticate(z: &Zitadel, head: &RequestHead) -> Authentication {
    let inner = z.inner();
    let now = inner.edge.clock.now();
    let Some((presented, trusted)) = present(inner, head) else {
        return anonymous(inner, head);
    };
    if super::is_cross_site(z, head) {
        tracing::warn!("refused a request from another site");
        return Authentication { identity: Identity::Refused(Refusal::CrossSite), cookies: Vec::new() };
    }
    let session = presented.session;
    let lifetime = session.lifetime(now);
    if lifetime == Lifetime::Over {
        inner.opened.forget(&presented.sealed);
        tracing::debug!("a session reached its limit");
        return anonymous(inner, head);
    }
    if !trusted {
        match has_ended(inner, &session).await {
            Ok(false) => {}
            Ok(true) => {
                inner.opened.forget(&presented.sealed);
                tracing::debug!("a session that had ended was presented again");
                return anonymous(inner, head);
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "cannot tell whether a session ended");
                return unavailable();
            }
        }
        inner.opened.insert(&presented.sealed, Arc::clone(&session), now);
    }
    match lifetime {
        Lifetime::Over | Lifetime::Fresh => signed_in(session, Vec::new()),
        Lifetime::Touch => {
            let touched = Arc::new(session.touched(now));
            let sealed = seal(inner, &touched);
            written(inner, head, touched, &sealed)
        }
        Lifetime::Refresh { usable } => match refresh::refresh(z, &session).await {
            Refreshed::Renewed { session, sealed } => written(inner, head, session, &sealed),
            Refreshed::Ended => {
                inner.opened.forget(&presented.sealed);
                anonymous(inner, head)
            }
            Refreshed::Unavailable if usable => signed_in(session, Vec::new()),
            Refreshed::Unavailable => unavailable(),
        },
    }
}

/// The session in the cookies of a request, whatever its age; and whether the store need not be asked
/// about it again.
fn present(inner: &Inner, head: &RequestHead) -> Option<(Presented, bool)> {
    let now = inner.edge.clock.now();
    for sealed in session::read_cookies(inner.names, head) {
        if let Some(opened) = inner.opened.get(&sealed) {
            let trusted =
                opened.is_trusted(now, inner.config.revocation_lag) && !inner.opened.ended_here(*opened.session.id());
            let session = Arc::clone(&opened.session);
            return Some((Presented { sealed: sealed.into_owned(), session }, trusted));
        }
        match open(inner, &sealed) {
            Ok(session) => return Some((Presented { sealed: sealed.into_owned(), session }, false)),
            Err(error) => tracing::debug!(%error, "a session cookie did not open"),
        }
    }
    None
}

fn open(inner: &Inner, sealed: &str) -> Result<Arc<Session>, session::OpenError> {
    Session::open(Purpose::Session, inner.names.session(), sealed, &inner.keyring).map(Arc::new)
}

/// The session of a request even if it is over: signing out still wants its tokens.
pub(super) fn presented(inner: &Inner, head: &RequestHead) -> Option<Arc<Session>> {
    present(inner, head).map(|(presented, _)| presented.session)
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
