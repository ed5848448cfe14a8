//! What this workspace's benches measure and its tests replay, and no application should use: no part of it is covered by
//! semantic versioning.

use std::sync::Arc;

use crate::{
    answer::ErrorCode,
    engine::LoginOutcome,
    flow::redeem,
    http::RequestHead,
    protocol::{
        access_token,
        authorization::CodeGrant,
        id_token::{Expected, Nonce, verify},
        key_set::KeySet,
        pkce::CodeVerifier,
        state::State,
    },
    secret::Secret,
    session::Session,
    time::Timestamp,
    user::User,
    zitadel::Zitadel,
};

/// An opened session.
#[derive(Debug)]
pub struct Opened(Arc<Session>);

impl Opened {
    /// Opens the value of a session cookie, past every cache.
    #[must_use]
    pub fn open(zitadel: &Zitadel, sealed: &str) -> Option<Self> {
        zitadel.login_engine()?.sessions.open_uncached(sealed).map(|session| Self(Arc::new(session)))
    }

    /// Finds the session cookie in a request and opens it, past every cache.
    #[must_use]
    pub fn find(zitadel: &Zitadel, head: &RequestHead) -> Option<Self> {
        zitadel.login_engine()?.sessions.find_uncached(head).map(|session| Self(Arc::new(session)))
    }

    /// Seals it again.
    #[must_use]
    pub fn seal(&self, zitadel: &Zitadel) -> String {
        zitadel.login_engine().map(|engine| engine.sessions.seal_uncached(&self.0)).unwrap_or_default()
    }

    /// The user of this session.
    #[must_use]
    pub fn user(&self) -> User {
        User::from_session(Arc::clone(&self.0))
    }

    /// Its ID token.
    #[must_use]
    pub fn id_token(&self) -> Secret<String> {
        self.0.id_token_hint().token
    }

    /// Its access token.
    #[must_use]
    pub fn access_token(&self) -> Secret<String> {
        self.0.access_token()
    }

    /// Its refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> Option<Secret<String>> {
        self.0.refresh_token()
    }

    /// The bytes that a codec without compression would have to decode.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        postcard::to_allocvec(&*self.0).unwrap_or_default()
    }

    /// Decodes [`encoded`](Self::encoded).
    #[must_use]
    pub fn decode(encoded: &[u8]) -> Option<Self> {
        postcard::from_bytes(encoded).ok().map(|session| Self(Arc::new(session)))
    }
}

/// A login with the token response that the provider gives now, whose ID token has this nonce: everything that follows the
/// callback's own checks. Recorded ID tokens hold nonces that no login of this engine makes.
///
/// # Errors
///
/// What the page of the callback would show.
pub async fn log_in(zitadel: &Zitadel, nonce: &str) -> Result<Vec<String>, ErrorCode> {
    let engine = zitadel.login_engine().ok_or(ErrorCode::EndpointMissing)?;
    let key = engine.sessions.login_key(&State::new(engine.environment.random()));
    let grant = CodeGrant {
        code: Secret::from("recorded"),
        verifier: CodeVerifier::new(&engine.environment.random()),
        nonce: Secret::from(nonce),
        organization: None,
        max_age: None,
        is_persistent: false,
        step_up: None,
    };
    match redeem::redeem(engine, &key, grant).await {
        Ok(LoginOutcome::Completed { cookie, .. }) => {
            engine.sessions.write(&cookie, &RequestHead::new("GET", "/")).map_err(|_| ErrorCode::SessionTooLarge)
        }
        Ok(LoginOutcome::Failed { code, .. }) => Err(code),
        Ok(LoginOutcome::Redeemed) => Err(ErrorCode::StateMismatch),
        Err(failure) => Err(ErrorCode::from(&failure)),
    }
}

/// A verifier with its keys parsed.
#[derive(Debug)]
pub struct Verifier(KeySet);

impl Verifier {
    /// From the body of a key set.
    #[must_use]
    pub fn new(key_set: &[u8]) -> Option<Self> {
        KeySet::parse(key_set).ok().map(Self)
    }

    /// String to verified claims; whether it was accepted.
    #[must_use]
    pub fn accepts(&self, token: &Secret<String>, issuer: &str, client_id: &str, now: u64) -> bool {
        let expected = Expected {
            issuer,
            client_id,
            nonce: Nonce::NotChecked,
            access_token: None,
            signing_algorithm: None,
            max_age: None,
            subject: None,
        };
        verify(token, &self.0, &expected, Timestamp::from_unix(now)).is_ok()
    }

    /// The same for an access token that a caller presents.
    #[must_use]
    pub fn accepts_access_token(&self, token: &str, issuer: &str, audiences: &[String], now: u64) -> bool {
        let expected = access_token::Expected { issuer, audiences };
        access_token::verify(token, &self.0, &expected, Timestamp::from_unix(now)).is_ok()
    }
}
