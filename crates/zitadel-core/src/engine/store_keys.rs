//! Every key that the engine writes to the store.
//!
//! Part of the format that replicas share: a change lets two versions that run side by side miss each other's entries.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::session_reference::{Digest, SessionReference};
use crate::{
    environment::StoreKey,
    protocol::state::State,
    session::{Session, SessionId},
    time::Timestamp,
};

/// Logins whose user is not known yet share the part of one user in the store: what anyone can start must not leave revoked
/// sessions and refreshes without room. No user has this subject.
const LOGINS: &str = "";

const ENDED_SESSION: &str = "ended/session";
const ENDED_SUBJECT: &str = "ended/sub";
const ENDED_PROVIDER_SESSION: &str = "ended/sid";

/// What this application's keys begin with, before they are hashed: two applications that share a store may have users
/// and sessions with the same ids.
pub(super) struct Namespace(Vec<u8>);

impl Namespace {
    pub(super) fn new(issuer: &str, client_id: &str) -> Self {
        Self([issuer.as_bytes(), b"\0", client_id.as_bytes(), b"\0"].concat())
    }

    fn of(&self, id: &str) -> Vec<u8> {
        [&self.0, id.as_bytes()].concat()
    }

    /// Set when a session of the provider (`sid`) ended: every session here that belongs to it ended.
    pub(super) fn ended_provider_session(&self, sid: &str) -> StoreKey {
        StoreKey::hashed(ENDED_PROVIDER_SESSION, &self.of(sid))
    }

    /// Set when all sessions of a user that had begun by then ended; the value is that moment.
    pub(super) fn ended_subject(&self, subject: &str) -> StoreKey {
        StoreKey::hashed(ENDED_SUBJECT, &self.of(subject)).for_subject(subject)
    }

    /// Set when a logout token was used, by its `jti`.
    pub(super) fn logout_token(&self, jti: &str) -> StoreKey {
        StoreKey::hashed("logout-token", &self.of(jti)).for_subject(LOGINS)
    }

    /// The sessions of a user that are in the store.
    pub(super) fn session_list(&self, subject: &str) -> StoreKey {
        StoreKey::hashed("session/list", &self.of(subject)).for_subject(subject)
    }

    /// What refers to this session when its body is in the store.
    pub(super) fn reference(&self, session: &Session) -> SessionReference {
        SessionReference {
            id: *session.id(),
            started_at: session.started_at(),
            expires_at: session.expires_at(),
            subject: self.digest(&session.claims().subject),
            provider_session: session.provider_session().map(|sid| self.digest(sid)),
        }
    }

    /// What the key of an end of this user, or of this session of the provider, is made of.
    pub(super) fn digest(&self, id: &str) -> Digest {
        Sha256::digest(self.of(id)).into()
    }

    /// The keys of everything that ends a session.
    pub(super) fn ends(&self, session: &Session) -> EndKeys {
        EndKeys {
            session: ended_session(session.id()),
            subject: self.ended_subject(&session.claims().subject),
            provider_session: session.provider_session().map(|sid| self.ended_provider_session(sid)),
        }
    }
}

/// Set when a session ended, until no copy of its cookie can be valid.
pub(super) fn ended_session(id: &SessionId) -> StoreKey {
    StoreKey::hashed(ENDED_SESSION, id.as_bytes())
}

/// Everything that ends one session. The values are moments, as text.
#[derive(PartialEq, Eq)]
pub(super) struct EndKeys {
    session: StoreKey,
    subject: StoreKey,
    provider_session: Option<StoreKey>,
}

impl EndKeys {
    /// Of a session whose body is in the store.
    pub(super) fn of_reference(reference: &SessionReference) -> Self {
        Self {
            session: ended_session(&reference.id),
            subject: StoreKey::with_digest(ENDED_SUBJECT, &reference.subject),
            provider_session: (reference.provider_session)
                .map(|digest| StoreKey::with_digest(ENDED_PROVIDER_SESSION, &digest)),
        }
    }

    /// Whether one of them ended a session that began then; `ended_at` is the value of a key.
    pub(super) fn is_ended(&self, started_at: Timestamp, ended_at: impl Fn(&str) -> Option<Timestamp>) -> bool {
        ended_at(self.session.as_str()).is_some()
            || self.provider_session.as_ref().is_some_and(|key| ended_at(key.as_str()).is_some())
            // A session that began later goes on.
            || ended_at(self.subject.as_str()).is_some_and(|at| started_at <= at)
    }

    /// For the store.
    pub(super) fn to_vec(&self) -> Vec<StoreKey> {
        let keys = [Some(&self.session), Some(&self.subject), self.provider_session.as_ref()];
        keys.into_iter().flatten().cloned().collect()
    }

    /// Whether one of them ended a session that began then, by what the store has for `keys`.
    pub(super) fn is_ended_by(&self, started_at: Timestamp, keys: &[StoreKey], values: &[Option<Vec<u8>>]) -> bool {
        self.is_ended(started_at, |key| {
            let (_, value) = keys.iter().zip(values).find(|(name, _)| name.as_str() == key)?;
            value.as_deref().map(Self::moment)
        })
    }

    /// Whether an announced key is one of these.
    pub(super) fn is_end(key: &str) -> bool {
        key.starts_with("ended/")
    }

    /// Anything that is there says "ended"; a moment that cannot be read is later than any session.
    pub(super) fn moment(value: &[u8]) -> Timestamp {
        Self::parse_value(value).unwrap_or(Timestamp::from_unix(u64::MAX))
    }

    pub(super) fn parse_value(value: &[u8]) -> Option<Timestamp> {
        str::from_utf8(value).ok()?.parse().ok().map(Timestamp::from_unix)
    }
}

/// The body of a stored session.
pub(super) fn session_body(id: &SessionId) -> StoreKey {
    StoreKey::hashed("session", id.as_bytes())
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

/// Written to see whether the store takes writes; never read.
pub(super) fn readiness() -> StoreKey {
    StoreKey::hashed("ready", b"")
}
