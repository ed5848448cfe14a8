//! Every key that the engine writes to the store.
//!
//! Part of the format that replicas share: a change lets two versions that run side by side miss each other's entries.

use zeroize::Zeroizing;

use crate::{
    environment::StoreKey,
    protocol::state::State,
    session::{Session, SessionId},
};

/// Logins whose user is not known yet share the part of one user in the store: what anyone can start must not leave revoked
/// sessions and refreshes without room. No user has this subject.
const LOGINS: &str = "";

/// Set when a session was revoked, until no copy of its cookie can be valid.
pub(super) fn revoked(id: &SessionId) -> StoreKey {
    StoreKey::hashed("ended/session", id.as_bytes())
}

/// What a refresh of this session led to: by its id and its refresh token, because a provider may issue one token
/// twice. `None` for a session without one.
pub(super) fn successor(session: &Session) -> Option<StoreKey> {
    let token = session.refresh_token()?;
    let both = Zeroizing::new([session.id().as_bytes(), token.expose().as_bytes()].concat());
    Some(StoreKey::hashed("successor", &both).for_subject(&session.claims().subject))
}

/// The lease of the replica that refreshes; `successor` is the key of its result.
pub(super) fn refresh_lease(successor: &StoreKey) -> StoreKey {
    StoreKey::hashed("refreshing", successor.as_str().as_bytes()).for_subject_of(successor)
}

/// What became of a login, for a minute.
pub(super) fn login_outcome(state: &State) -> StoreKey {
    StoreKey::hashed("login", state.text().as_bytes()).for_subject(LOGINS)
}

/// Set by the replica that redeems the code of a login; `outcome` is the key of what becomes of it.
pub(super) fn login_claim(outcome: &StoreKey) -> StoreKey {
    StoreKey::hashed("login/claimed", outcome.as_str().as_bytes()).for_subject_of(outcome)
}

/// Never written; read to see whether the store answers.
pub(super) fn readiness() -> StoreKey {
    StoreKey::hashed("ready", b"")
}
