//! What a refresh led to, for those who still hold the old cookie.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use zeroize::Zeroizing;

use super::{authenticate, refresh::Refreshed};
use crate::{
    edge::{Key, StoreError, provider::chain},
    session::{Purpose, Session},
    zitadel::Zitadel,
};

/// How long those with the old cookie can learn of the new session. Long enough for a slow page that was decided on
/// before the refresh and reaches the browser after it.
const SUCCESSOR_LIFETIME: Duration = Duration::from_secs(300);
/// How many refreshes the cookie of a request can be behind when its session is signed out.
const HOPS: usize = 8;

/// What a refresh leaves in the store: the sealed successor, or nothing if there will be none.
const NO_SUCCESSOR: &[u8] = b"";

/// How much is remembered of refreshes that landed, in bytes; thousands of them.
const MOST_LANDED: u64 = 16 * 1024 * 1024;

/// Refreshes that landed, by what is in the store. Whoever comes late gets the very cookie that the others got: one
/// value, and nothing to seal for each of them.
pub(super) struct Landed(Cache<String, Refreshed>);

impl Default for Landed {
    fn default() -> Self {
        let weight = |stored: &String, _: &Refreshed| u32::try_from(stored.len().saturating_mul(4)).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(MOST_LANDED).weigher(weight).time_to_live(SUCCESSOR_LIFETIME).build())
    }
}

/// Where the successor of this session is to be found: by its id and its refresh token. A provider may hand out one
/// token twice; that must not make two sessions one.
pub(super) fn key(session: &Session) -> Option<Key> {
    let token = session.refresh_token()?;
    let both = Zeroizing::new([session.id().as_bytes(), token.expose().as_bytes()].concat());
    Some(Key::hashed("successor", &both))
}

/// The session that replaced this one, or the one that replaced that one, if there is one lately.
pub(super) async fn newest(z: &Zitadel, session: &Arc<Session>) -> Option<Arc<Session>> {
    let mut newest = None;
    for _ in 0..HOPS {
        let current = newest.as_ref().unwrap_or(session);
        match successor(z, current, &key(current)?).await {
            Ok(Some(Refreshed::Renewed { session, .. })) => newest = Some(session),
            _ => break,
        }
    }
    newest
}

/// What a refresh of this token led to, if there was one lately.
pub(super) async fn successor(z: &Zitadel, session: &Session, key: &Key) -> Result<Option<Refreshed>, StoreError> {
    let inner = z.inner();
    let Some(value) = inner.edge.store.get(key).await? else { return Ok(None) };
    if value == NO_SUCCESSOR {
        return Ok(Some(Refreshed::Ended));
    }
    let stored = str::from_utf8(&value).unwrap_or_default();
    let outcome = match inner.flights.landed.0.get(stored) {
        Some(outcome) => outcome,
        None => match Session::open(Purpose::Successor, key.as_str(), stored, &inner.keyring) {
            Ok(opened) => renewed(z, stored, Arc::new(opened)),
            // Sealed with a secret that this replica does not have yet. The token is dead all the same.
            Err(_) => return Ok(Some(Refreshed::Unavailable)),
        },
    };
    Ok(match &outcome {
        // A provider that does not rotate: what the token led to last time is not what it leads to next.
        Refreshed::Renewed { session: next, .. } if next.refresh_count() <= session.refresh_count() => None,
        _ => Some(outcome),
    })
}

/// A successor as everybody in this process gets it.
pub(super) fn renewed(z: &Zitadel, stored: &str, session: Arc<Session>) -> Refreshed {
    let inner = z.inner();
    inner.flights.landed.0.get_with(stored.into(), || {
        match authenticate::seal(inner, &session, inner.edge.clock.now()) {
            Ok(sealed) => Refreshed::Renewed { session, sealed: sealed.into() },
            Err(_) => Refreshed::TooLarge,
        }
    })
}

/// Puts a successor into the store, and returns what is there then; `None` if it is too large for that. A store that
/// fails now costs the others their session, not us.
pub(super) async fn publish(z: &Zitadel, key: &Key, session: &Session) -> Option<String> {
    let inner = z.inner();
    let sealed = session.seal(Purpose::Successor, key.as_str(), &inner.keyring, &*inner.edge.entropy).ok()?;
    if let Err(error) = inner.edge.store.put(key, sealed.clone().into_bytes(), SUCCESSOR_LIFETIME).await {
        tracing::error!(error = %chain(&error), "a refreshed session could not be published");
    }
    Some(sealed)
}

/// Nobody need ask with this token again.
pub(super) async fn give_up(z: &Zitadel, key: &Key) -> Refreshed {
    let store = &z.inner().edge.store;
    if let Err(error) = store.put(key, NO_SUCCESSOR.to_vec(), SUCCESSOR_LIFETIME).await {
        tracing::error!(error = %chain(&error), "the end of a session could not be published");
    }
    Refreshed::Ended
}
