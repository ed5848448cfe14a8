//! Refresh, exactly once.
//!
//! ZITADEL's refresh tokens work once: of two requests that refresh at the same time the second would find
//! its token dead and sign the user out. So a session takes its turn, and publishes what became of it.
//!
//! # Rules
//!
//! 1. One refresh per token at a time: in this process by a shared task, between replicas by `put_new`. The turn lasts
//!    longer than a token call can; nothing else happens within it.
//! 2. What it led to is kept for 300 seconds for those who still hold the old cookie: they answer with the same session.
//!    It is published as soon as the tokens are rotated, before userinfo is asked, and again when the claims are known.
//! 3. It runs in a task of its own: a client that hangs up must not lose the only copy of a rotated token.
//! 4. Any OAuth error with a 4xx status ends the session, after one more look for a successor. (ZITADEL says
//!    `invalid_request` where the RFC says `invalid_grant`.) What ends is the *cookie* with this token: a newer one
//!    of the same session, of which a late request knows nothing, lives on.
//! 5. Network trouble and 5xx keep the session while the access token lives; then the answer is 503. While it lives,
//!    nobody waits longer than [`PATIENCE`] (2 s) for it.
//! 6. Once the tokens are rotated nothing that goes wrong afterwards may lose them, except a lie or a no: an ID
//!    token or userinfo about somebody else ends the session, and so does userinfo that is refused.
//! 7. A session that was signed out while it was being refreshed stays signed out, and its new tokens are revoked.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, future::Shared};

use super::{
    ending,
    successor::{Landed, give_up, key, publish, renewed, successor},
    tokens,
};
use crate::{
    config::UserInfoAtSignIn,
    edge::{BoxFuture, Key, StoreError, provider::chain},
    error::Failure,
    protocol::{
        discovery::ProviderMetadata,
        id_token::{Expected, Nonce},
        token::{self, TokenResponse},
    },
    session::{Session, UserInfo},
    time::Timestamp,
    zitadel::{Inner, Zitadel},
};

/// How long a turn lasts at most; the token endpoint's answer takes less (`edge/reqwest.rs`: 8 s).
const TURN: Duration = Duration::from_secs(10);
/// A turn that was given back: nobody needs it, because the successor is there, or the provider is in trouble.
const TURN_OVER: Duration = Duration::from_secs(1);
/// If claims could not be brought up to date, the next attempt comes this soon.
const CATCH_UP: Duration = Duration::from_secs(60);
/// How long a request whose access token still lives waits for a refresh. The refresh goes on.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Waiting for another replica: first pause, longest pause, number of looks (about 12 s in all).
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
const LOOKS: u32 = 64;

/// What became of a session whose tokens were due.
#[derive(Clone)]
pub(crate) enum Refreshed {
    /// A new session, and its cookie value: everyone who waited sets the same.
    Renewed { session: Arc<Session>, sealed: Arc<str> },
    /// The provider will not refresh it any more, or it was signed out meanwhile.
    Ended,
    /// It was refreshed and is larger now than cookies can hold; it was ended.
    TooLarge,
    /// It could not be asked just now.
    Unavailable,
}

/// Refreshes under way in this process, and those that landed lately.
#[derive(Default)]
pub(crate) struct Flights {
    airborne: Mutex<HashMap<Key, Flight>>,
    pub(super) landed: Landed,
}

/// `None` if the task was lost.
type Flight = Shared<BoxFuture<'static, Option<Refreshed>>>;

pub(crate) async fn refresh(z: &Zitadel, session: &Arc<Session>) -> Refreshed {
    let Some(key) = key(session) else { return Refreshed::Unavailable };
    let flights = &z.inner().flights;
    // Twice: a flight is lost if the runtime of its task ends (an actix-web worker that stops).
    for _ in 0..2 {
        let flight = {
            let mut flights = flights.lock();
            match flights.get(&key) {
                Some(flight) => flight.clone(),
                None => {
                    let flight = depart(z.clone(), Arc::clone(session), key.clone());
                    flights.insert(key.clone(), flight.clone());
                    flight
                }
            }
        };
        if let Some(outcome) = flight.clone().await {
            return outcome;
        }
        // Its task did not come as far as removing it.
        flights.land(&key, &flight);
    }
    Refreshed::Unavailable
}

/// Starts the one refresh of this token in this process.
fn depart(z: Zitadel, session: Arc<Session>, key: Key) -> Flight {
    let task = tokio::spawn(async move {
        let outcome = turn(&z, &session, &key).await.unwrap_or_else(|error| {
            tracing::error!(error = %chain(&error), "a refresh could not be coordinated");
            Refreshed::Unavailable
        });
        // By now the successor is in the store: whoever comes after the flight is gone finds it there.
        z.inner().flights.lock().remove(&key);
        outcome
    });
    async move { task.await.inspect_err(|error| tracing::error!(%error, "a refresh did not finish")).ok() }
        .boxed()
        .shared()
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.airborne.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes this very flight, if it is still there.
    fn land(&self, key: &Key, flight: &Flight) {
        let mut flights = self.lock();
        if flights.get(key).is_some_and(|other| other.ptr_eq(flight)) {
            flights.remove(key);
        }
    }
}

async fn turn(z: &Zitadel, session: &Arc<Session>, key: &Key) -> Result<Refreshed, StoreError> {
    let inner = z.inner();
    let store = &inner.edge.store;
    // Nothing slow may happen within the turn but the one call it is for.
    let metadata = match inner.provider.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => {
            tracing::debug!(error = %chain(&error), "a refresh has to wait for discovery");
            return Ok(successor(z, session, key).await?.unwrap_or(Refreshed::Unavailable));
        }
    };
    let turn = Key::hashed("refreshing", key.as_str().as_bytes());
    let mut mine = vec![0; 16];
    inner.edge.entropy.fill(&mut mine);
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        if let Some(outcome) = successor(z, session, key).await? {
            return Ok(outcome);
        }
        // Rule 5: right after a failure nobody asks again.
        if inner.provider.is_quiet() {
            return Ok(Refreshed::Unavailable);
        }
        if store.put_new(&turn, mine.clone(), TURN).await? {
            // Somebody may have finished between our look and our turn.
            return match successor(z, session, key).await? {
                Some(outcome) => {
                    store.swap(&turn, &mine, Vec::new(), TURN_OVER).await?;
                    Ok(outcome)
                }
                None => {
                    renew(z, session, key, &metadata, async || {
                        // Ours only: if it ran out, somebody else has it by now.
                        if let Err(error) = store.swap(&turn, &mine, Vec::new(), TURN_OVER).await {
                            tracing::warn!(error = %chain(&error), "a turn could not be given back");
                        }
                    })
                    .await
                }
            };
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    tracing::warn!("another replica holds a refresh for too long");
    Ok(Refreshed::Unavailable)
}

/// It is our turn: ask the provider, and publish what came of it.
async fn renew(
    z: &Zitadel,
    session: &Arc<Session>,
    key: &Key,
    metadata: &ProviderMetadata,
    give_back: impl AsyncFnOnce(),
) -> Result<Refreshed, StoreError> {
    let inner = z.inner();
    let token = session.refresh_token().unwrap_or_default();
    let request = token::refresh_request(metadata, &inner.config.client(), &token);
    let response = match tokens::redeem(inner, request).await {
        Ok(response) => response,
        Err(failure) if failure.is_transient() => {
            tracing::warn!(error = %chain(&failure), "a refresh failed for now");
            inner.provider.keep_quiet();
            give_back().await;
            return Ok(Refreshed::Unavailable);
        }
        Err(failure) => {
            if let Some(outcome) = successor(z, session, key).await? {
                return Ok(outcome);
            }
            tracing::info!(error = %chain(&failure), "a session ended because its tokens could not be refreshed");
            return Ok(give_up(z, key).await);
        }
    };

    // Rule 6: from here on the old token is dead. Before anything else, the new one is known to the others; with
    // the claims of before, so it is to be refreshed soon, should nothing better follow.
    let now = inner.edge.clock.now();
    let rotated = session.refreshed(None, &response, UserInfo::Unavailable, now).due_at(now.plus(CATCH_UP));
    publish(z, key, &rotated).await;
    give_back().await;
    if ended_meanwhile(inner, session).await {
        // Rule 7.
        ending::discard(z, response).await;
        return Ok(give_up(z, key).await);
    }
    let fresh = match catch_up(inner, session, &response, metadata, now).await {
        Ok(fresh) => Arc::new(fresh),
        Err(failure) => {
            tracing::error!(error = %chain(&failure), "a session ended because its new tokens do not fit it");
            ending::discard(z, response).await;
            return Ok(give_up(z, key).await);
        }
    };
    let Some(stored) = publish(z, key, &fresh).await else { return too_large(z, key, &fresh).await };
    if ended_meanwhile(inner, session).await {
        // Whoever ended it found the first successor, and revoked its tokens.
        return Ok(give_up(z, key).await);
    }
    tracing::debug!(count = fresh.refresh_count(), "refreshed a session");
    match renewed(z, &stored, Arc::clone(&fresh)) {
        Refreshed::TooLarge => too_large(z, key, &fresh).await,
        outcome => Ok(outcome),
    }
}

/// It fitted at sign-in and grew since.
async fn too_large(z: &Zitadel, key: &Key, session: &Arc<Session>) -> Result<Refreshed, StoreError> {
    tracing::error!("a session grew too large for cookies at a refresh and was ended");
    if let Err(error) = ending::end(z, session).await {
        tracing::error!(error = %chain(&error), "a session that grew too large could not be marked as ended");
    }
    give_up(z, key).await;
    Ok(Refreshed::TooLarge)
}

/// Rule 7, and rule 6: a store that cannot be asked now must not cost the session its rotated tokens. The next request
/// asks it again, and is refused as long as it does not answer.
async fn ended_meanwhile(inner: &Inner, session: &Session) -> bool {
    ending::has_ended(inner, session).await.unwrap_or_else(|error| {
        tracing::error!(error = %chain(&error), "cannot tell whether a session ended while it was refreshed");
        false
    })
}

/// The claims that go with the new tokens.
async fn catch_up(
    inner: &Inner,
    session: &Session,
    response: &TokenResponse,
    metadata: &ProviderMetadata,
    now: Timestamp,
) -> Result<Session, Failure> {
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
        UserInfoAtSignIn::Fetch => tokens::user_info(inner, metadata, &response.access_token, subject).await,
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
        Err(_) => return Err(fetched.err().unwrap_or(Failure::SessionEnded)),
    };
    let fresh = session.refreshed(proof.as_ref(), response, user_info, now);
    Ok(if up_to_date { fresh } else { fresh.due_at(now.plus(CATCH_UP)) })
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}
