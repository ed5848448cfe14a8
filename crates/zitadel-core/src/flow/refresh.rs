//! Refresh, exactly once.
//!
//! ZITADEL's refresh tokens work once: of two requests that refresh at the same time the second would find
//! its token dead and sign the user out. So a session takes its turn, and publishes what became of it.
//!
//! # Rules
//!
//! 1. One refresh per token at a time: in this process by a shared task, between replicas by `put_new`.
//! 2. What it led to is kept for those who still hold the old cookie: they answer with the same session.
//! 3. It runs in a task of its own: a client that hangs up must not lose the only copy of a rotated token.
//! 4. Any OAuth error with a 4xx status ends the session, after one more look for a successor. (ZITADEL says
//!    `invalid_request` where the RFC says `invalid_grant`.)
//! 5. Network trouble and 5xx keep the session while the access token lives; then the answer is 503.
//! 6. Once the tokens are rotated nothing that goes wrong afterwards may lose them, except a lie or a no: an ID
//!    token or userinfo about somebody else ends the session, and so does userinfo that is refused.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, future::Shared};

use super::{authenticate, tokens};
use crate::{
    config::UserInfoAtSignIn,
    edge::{BoxFuture, Key, StoreError, provider::chain},
    error::Failure,
    protocol::{
        id_token::{Expected, Nonce},
        token,
    },
    session::{Purpose, Session, UserInfo},
    time::Timestamp,
    zitadel::Zitadel,
};

/// How long those with the old cookie can learn of the new session.
const SUCCESSOR_LIFETIME: Duration = Duration::from_secs(60);
/// How long a turn lasts at most; the token endpoint's answer takes less (`edge/reqwest.rs`: 8 s).
const TURN: Duration = Duration::from_secs(10);
/// If claims could not be brought up to date, the next attempt comes this soon.
const CATCH_UP: Duration = Duration::from_secs(60);
/// Waiting for another replica: first pause, longest pause, number of looks (about 12 s in all).
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
const LOOKS: u32 = 64;

/// What became of a session whose tokens were due.
#[derive(Clone)]
pub(crate) enum Refreshed {
    /// A new session, and its cookie value: everyone who waited sets the same.
    Renewed { session: Arc<Session>, sealed: Arc<str> },
    /// The provider will not refresh it any more.
    Ended,
    /// It could not be asked just now.
    Unavailable,
}

/// Refreshes under way in this process.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Key, Flight>>);

type Flight = Shared<BoxFuture<'static, Refreshed>>;

/// What a refresh leaves in the store: the sealed successor, or nothing if there will be none.
const NO_SUCCESSOR: &[u8] = b"";

pub(crate) async fn refresh(z: &Zitadel, session: &Arc<Session>) -> Refreshed {
    let Some(token) = session.refresh_token() else { return Refreshed::Unavailable };
    let key = Key::hashed("successor", token.expose().as_bytes());
    let flight = {
        let mut flights = z.inner().flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        match flights.get(&key) {
            Some(flight) => flight.clone(),
            None => {
                let flight = depart(z.clone(), Arc::clone(session), key.clone());
                flights.insert(key, flight.clone());
                flight
            }
        }
    };
    flight.await
}

/// Starts the one refresh of this token in this process.
fn depart(z: Zitadel, session: Arc<Session>, key: Key) -> Flight {
    let task = tokio::spawn(async move {
        let landing = Landing { z: z.clone(), key: key.clone() };
        let outcome = take_turn(&z, &session, &key).await;
        // By now the successor is in the store: whoever comes after the flight is gone finds it there.
        drop(landing);
        outcome
    });
    async move {
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a refresh did not finish");
            Refreshed::Unavailable
        })
    }
    .boxed()
    .shared()
}

/// Removes the flight when it has landed, even if it crashed.
struct Landing {
    z: Zitadel,
    key: Key,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.z.inner().flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

async fn take_turn(z: &Zitadel, session: &Arc<Session>, key: &Key) -> Refreshed {
    match turn(z, session, key).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(error = %chain(&error), "a refresh could not be coordinated");
            Refreshed::Unavailable
        }
    }
}

async fn turn(z: &Zitadel, session: &Arc<Session>, key: &Key) -> Result<Refreshed, StoreError> {
    let inner = z.inner();
    let store = &inner.edge.store;
    let turn = Key::hashed("refreshing", key.as_str().as_bytes());
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        if let Some(outcome) = successor(z, key).await? {
            return Ok(outcome);
        }
        // Rule 5: right after a failure nobody asks again.
        if inner.provider.is_quiet() {
            return Ok(Refreshed::Unavailable);
        }
        if store.put_new(&turn, b"1".to_vec(), TURN).await? {
            // Somebody may have finished between our look and our turn.
            let outcome = match successor(z, key).await? {
                Some(outcome) => outcome,
                None => renew(z, session, key).await?,
            };
            store.remove(&turn).await?;
            return Ok(outcome);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    tracing::warn!("another replica holds a refresh for too long");
    Ok(Refreshed::Unavailable)
}

/// What a refresh of this token led to, if there was one lately.
async fn successor(z: &Zitadel, key: &Key) -> Result<Option<Refreshed>, StoreError> {
    let inner = z.inner();
    let Some(value) = inner.edge.store.get(key).await? else { return Ok(None) };
    if value == NO_SUCCESSOR {
        return Ok(Some(Refreshed::Ended));
    }
    let opened = str::from_utf8(&value)
        .ok()
        .and_then(|sealed| Session::open(Purpose::Successor, key.as_str(), sealed, &inner.keyring).ok());
    Ok(opened.map(|session| renewed(z, Arc::new(session))))
}

fn renewed(z: &Zitadel, session: Arc<Session>) -> Refreshed {
    let sealed = authenticate::seal(z.inner(), &session).into();
    Refreshed::Renewed { session, sealed }
}

/// It is our turn: ask the provider, and publish what came of it.
async fn renew(z: &Zitadel, session: &Arc<Session>, key: &Key) -> Result<Refreshed, StoreError> {
    let inner = z.inner();
    match exchange(z, session).await {
        Ok(fresh) => {
            let sealed = fresh.seal(Purpose::Successor, key.as_str(), &inner.keyring, &*inner.edge.entropy);
            // Rule 6: the tokens are rotated. A store that fails now costs the others their session, not us.
            if let Err(error) = inner.edge.store.put(key, sealed.into_bytes(), SUCCESSOR_LIFETIME).await {
                tracing::error!(error = %chain(&error), "a refreshed session could not be published");
            }
            tracing::debug!(count = fresh.refresh_count(), "refreshed a session");
            Ok(renewed(z, Arc::new(fresh)))
        }
        Err(failure) if failure.is_transient() => {
            tracing::warn!(error = %chain(&failure), "a refresh failed for now");
            inner.provider.keep_quiet();
            Ok(Refreshed::Unavailable)
        }
        Err(failure) => {
            if let Some(outcome) = successor(z, key).await? {
                return Ok(outcome);
            }
            tracing::info!(error = %chain(&failure), "a session ended because its tokens could not be refreshed");
            inner.opened.end(*session.id());
            inner.edge.store.put(key, NO_SUCCESSOR.to_vec(), SUCCESSOR_LIFETIME).await?;
            let now = inner.edge.clock.now();
            let rest = session.expires_at().since(now).max(Duration::from_secs(1));
            inner.edge.store.put(&authenticate::ended_key(session.id()), ended_at(now), rest).await?;
            Ok(Refreshed::Ended)
        }
    }
}

/// When a session ended, as the store holds it.
pub(super) fn ended_at(now: Timestamp) -> Vec<u8> {
    now.to_string().into_bytes()
}

async fn exchange(z: &Zitadel, session: &Session) -> Result<Session, Failure> {
    let inner = z.inner();
    let token = session.refresh_token().ok_or(Failure::NoSession)?;
    let metadata = inner.provider.metadata().await?;
    let request = token::refresh_request(&metadata, &inner.config.client(), &token);
    let response = tokens::redeem(inner, request).await?;
    let now = inner.edge.clock.now();

    // From here on the old token is dead (rule 6).
    let subject = session.claims().subject.as_str();
    let mut up_to_date = true;
    let proof = match &response.id_token {
        None => None,
        Some(id_token) => {
            let earlier = session.nonce();
            let expected = Expected {
                issuer: &inner.config.issuer,
                client_id: &inner.config.client_id,
                nonce: earlier.as_deref().map_or(Nonce::NotChecked, Nonce::MayBeAbsent),
                access_token: Some(response.access_token.expose()),
                signing_alg: inner.config.signing_alg,
                max_age: None,
                subject: Some(subject),
            };
            match tokens::verified(inner, id_token, &expected, now).await {
                Ok(proof) => Some(proof),
                Err(failure) if failure.is_transient() => {
                    tracing::warn!(error = %chain(&failure), "a refreshed ID token could not be checked yet");
                    up_to_date = false;
                    None
                }
                Err(lie) => return Err(lie),
            }
        }
    };
    let fetched = match inner.config.user_info_at_sign_in {
        UserInfoAtSignIn::Fetch => tokens::user_info(inner, &metadata, &response.access_token, subject).await,
        UserInfoAtSignIn::Skip => Ok(None),
    };
    let user_info = match &fetched {
        Ok(Some(claims)) => UserInfo::Fresh(claims),
        Ok(None) => UserInfo::NotUsed,
        Err(failure) if failure.is_transient() => {
            tracing::warn!(error = %chain(failure), "claims could not be brought up to date");
            up_to_date = false;
            UserInfo::Unavailable
        }
        Err(_) => return fetched.and(Err(Failure::SessionEnded)),
    };
    let fresh = session.refreshed(proof.as_ref(), &response, user_info, now);
    Ok(if up_to_date { fresh } else { fresh.due_at(now.plus(CATCH_UP)) })
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}
