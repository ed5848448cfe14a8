//! The provider calls that login and refresh share: token endpoint, ID token, userinfo.

use std::time::Duration;

use serde_json::{Map, Value};

use super::keys::verify_with_keys;
use crate::{
    engine::LoginEngine,
    error::Failure,
    protocol::{
        discovery::ProviderMetadata,
        id_token::{Expected, IdTokenError, Nonce, VerifiedIdToken, verify},
        key_set::KeySet,
        retry_after::retry_after,
        token::{self, TokenResponse},
        user_info::{self, UserInfoError},
    },
    provider::{Provider, ProviderError},
    secret::Secret,
    session::Session,
    telemetry::{self, ProviderEndpoint},
    time::Timestamp,
};

/// What varies between the ID token of a login and that of a refresh.
pub(super) struct ExpectedToken<'a> {
    pub(super) nonce: Nonce<'a>,
    pub(super) max_age: Option<Duration>,
    pub(super) subject: Option<&'a str>,
}

/// Why a token request gave no tokens, and when the provider wants to be asked again.
pub(super) struct Refused {
    pub(super) failure: Failure,
    pub(super) retry_after: Option<Duration>,
}

/// Sends a request to the token endpoint and reads the response.
pub(super) async fn request(engine: &LoginEngine, request: http::Request<Vec<u8>>) -> Result<TokenResponse, Failure> {
    request_with_pause(engine, request).await.map_err(|refused| refused.failure)
}

/// The same, with the pause that a response without tokens asks for.
pub(super) async fn request_with_pause(
    engine: &LoginEngine,
    request: http::Request<Vec<u8>>,
) -> Result<TokenResponse, Refused> {
    let sent = engine.provider.send(ProviderEndpoint::Token, request).await;
    let response = sent.map_err(|error| Refused { failure: error.into(), retry_after: None })?;
    let status = response.status().as_u16();
    TokenResponse::parse(status, response.body()).map_err(|error| {
        let description = token::loggable_description(response.body());
        telemetry::token_request_refused(status, description.as_deref(), &error);
        if error.is_about_client() {
            telemetry::client_misconfigured(description.as_deref(), &error);
        }
        let retry_after = retry_after(response.headers(), engine.environment.clock.now());
        Refused { failure: error.into(), retry_after }
    })
}

/// Verifies an ID token, with one attempt at newer keys if its key may have been rotated.
pub(super) async fn verify_id_token(
    engine: &LoginEngine,
    id_token: &Secret<String>,
    access_token: &Secret<String>,
    expected: ExpectedToken<'_>,
    now: Timestamp,
) -> Result<VerifiedIdToken, Failure> {
    let client = &engine.config.client;
    let expected = Expected {
        issuer: engine.provider.issuer(),
        client_id: &client.id,
        nonce: expected.nonce,
        access_token: Some(access_token.expose()),
        signing_algorithm: engine.config.signing_algorithm,
        max_age: expected.max_age,
        subject: expected.subject,
    };
    let verify = |keys: &KeySet| verify(id_token, keys, &expected, now);
    verify_with_keys(&engine.provider, verify, IdTokenError::may_be_key_rotation, |_| IdTokenError::KeysJustFetched)
        .await
}

/// Userinfo for the user of a session.
pub(super) async fn current_user_info(engine: &LoginEngine, session: &Session) -> Result<Map<String, Value>, Failure> {
    let metadata = engine.provider.metadata().await?;
    let subject = session.claims().subject.as_str();
    user_info(&engine.provider, &metadata, &session.access_token(), subject)
        .await?
        .ok_or_else(|| ProviderError::NoEndpoint("userinfo_endpoint").into())
}

/// Userinfo for `subject`; `None` if the provider has no such endpoint.
pub(super) async fn user_info(
    provider: &Provider,
    metadata: &ProviderMetadata,
    access_token: &Secret<String>,
    subject: &str,
) -> Result<Option<Map<String, Value>>, Failure> {
    let request = match user_info::user_info_request(metadata, access_token) {
        Ok(request) => request,
        Err(UserInfoError::NoEndpoint) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let response = provider.send(ProviderEndpoint::UserInfo, request).await?;
    let content_type = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Some(user_info::parse(response.status().as_u16(), content_type, response.body(), subject)?))
}
