//! What became of a login, kept in the store for requests that bring the same callback again: browsers repeat and
//! duplicate it, and a response may be lost.
//!
//! # Rules
//!
//! 1. A login is claimed before its code is redeemed, for as long as a login may take: a provider may revoke all tokens
//!    when a code comes twice. If it failed there are no tokens to lose, and the claim goes with the outcome: anyone can
//!    start logins that fail, and they must not fill the store.
//! 2. The outcome is kept for [`OUTCOME_LIFETIME`], sealed for a purpose of its own, under a key made of `state`: only the
//!    browser with the cookie of this login asks for it.
//! 3. Every request gets the very same cookie, on every replica. A session that was revoked meanwhile is no outcome.

use std::{borrow::Cow, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    found_session::StoredCookie, refresh_outcome::CookieValue, sealed_cookie::sealable_by_postcard, sessions::Sessions,
    store_keys, stored_sessions::Read,
};
use crate::{
    answer::ErrorCode,
    environment::{StoreError, StoreKey},
    protocol::state::State,
    session::{Purpose, Session, chunk},
    telemetry,
    time::Timestamp,
};

/// How long an outcome is kept: long enough for a reload after a lost response.
const OUTCOME_LIFETIME: Duration = Duration::from_secs(60);

/// What became of a login after its callback was accepted.
#[derive(Clone)]
pub(crate) enum LoginOutcome {
    Completed {
        session: Arc<Session>,
        cookie: CookieValue,
    },
    /// `incident` is the number on the page and in the log.
    Failed {
        code: ErrorCode,
        incident: Option<Arc<str>>,
    },
    /// Its code was redeemed before, and the outcome is not known any more.
    Redeemed,
}

/// Who may redeem the code of a login.
pub(crate) enum LoginClaim {
    Ours,
    /// Another request, since then.
    TakenAt(Timestamp),
}

/// The format in the store.
#[derive(Serialize, Deserialize)]
enum StoredOutcome {
    Completed { cookie: String },
    Failed { code: String, incident: Option<String> },
}

sealable_by_postcard!(StoredOutcome);

impl Sessions {
    /// Where the outcome of a login is kept.
    pub(crate) fn login_key(&self, state: &State) -> StoreKey {
        store_keys::login_outcome(state)
    }

    /// Rule 1: only the first caller may redeem the code.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer: then nobody may.
    pub(crate) async fn claim_login(&self, key: &StoreKey, lifetime: Duration) -> Result<LoginClaim, StoreError> {
        let (key, now) = (store_keys::login_claim(key), self.clock.now());
        if self.store.put_if_absent(&key, now.to_string().into_bytes(), lifetime).await? {
            return Ok(LoginClaim::Ours);
        }
        let claimed_at = self.store.get(&key).await?.and_then(|value| str::from_utf8(&value).ok()?.parse().ok());
        Ok(LoginClaim::TakenAt(claimed_at.map(Timestamp::from_unix).unwrap_or_default()))
    }

    /// The outcome of a login, if there was one recently.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn login_outcome(&self, key: &StoreKey) -> Result<Option<LoginOutcome>, StoreError> {
        let Some(value) = self.store.get(key).await? else { return Ok(None) };
        let sealed = str::from_utf8(&value).unwrap_or_default();
        let Ok(stored) = self.sealer.keyring.open_value(Purpose::LoginOutcome, key.as_str(), sealed) else {
            // Sealed with a secret that this replica does not have yet.
            return Ok(Some(LoginOutcome::Redeemed));
        };
        let (cookie, session) = match stored {
            StoredOutcome::Completed { cookie } => match self.session_of(&cookie).await? {
                Some(session) => (cookie, session),
                None => return Ok(Some(LoginOutcome::Redeemed)),
            },
            StoredOutcome::Failed { code, incident } => {
                let code = ErrorCode::parse(&code).unwrap_or(ErrorCode::LoginFailed);
                return Ok(Some(LoginOutcome::Failed { code, incident: incident.map(Arc::from) }));
            }
        };
        Ok(Some(match self.is_ended(&session).await? {
            true => LoginOutcome::Redeemed,
            false => LoginOutcome::Completed { cookie: CookieValue::new(&cookie, &session), session },
        }))
    }

    /// The session that a login made, by its cookie.
    async fn session_of(&self, cookie: &str) -> Result<Option<Arc<Session>>, StoreError> {
        if !chunk::is_reference(cookie) {
            return Ok(self.sealer.session().open(cookie).ok().map(Arc::new));
        }
        let Ok(reference) = self.open_reference(cookie) else { return Ok(None) };
        Ok(
            match self
                .read(StoredCookie { reference: Box::new(reference), cookie: Cow::Borrowed(cookie.as_bytes()) })
                .await?
            {
                Read::Session(loaded) => Some(loaded.session),
                Read::Ended | Read::Absent => None,
            },
        )
    }

    /// Keeps the outcome of a login for later callers. If the store fails now, they have to start again.
    pub(crate) async fn publish_login(&self, key: &StoreKey, outcome: &LoginOutcome) {
        let stored = match outcome {
            LoginOutcome::Completed { cookie, .. } => StoredOutcome::Completed { cookie: cookie.as_str().to_owned() },
            LoginOutcome::Failed { code, incident } => StoredOutcome::Failed {
                code: code.as_str().to_owned(),
                incident: incident.as_deref().map(str::to_owned),
            },
            LoginOutcome::Redeemed => return,
        };
        let nonce = self.sealer.nonce();
        let Ok(sealed) = self.sealer.keyring.seal_value(Purpose::LoginOutcome, key.as_str(), &stored, &nonce);
        if let Err(error) = self.store.put(key, sealed.into_bytes(), OUTCOME_LIFETIME).await {
            telemetry::login_outcome_not_published(&error);
            return;
        }
        if matches!(outcome, LoginOutcome::Failed { .. }) {
            let (claim, now) = (store_keys::login_claim(key), self.clock.now());
            // It expires by itself, later.
            let _ = self.store.put(&claim, now.to_string().into_bytes(), OUTCOME_LIFETIME).await;
        }
    }
}
