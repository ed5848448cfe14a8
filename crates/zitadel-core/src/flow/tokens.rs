//! The provider calls that sign-in and refresh share: token endpoint, ID token, userinfo.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    error::Failure,
    protocol::{
        discovery::ProviderMetadata,
        id_token::{Expected, IdTokenError, VerifiedIdToken, verify},
        token::{TokenError, TokenResponse},
        user_info::{self, UserInfoError},
    },
    secret::Secret,
    time::Timestamp,
    zitadel::Inner,
};

/// Sends a request to the token endpoint and reads the answer.
pub(super) async fn redeem(inner: &Inner, request: http::Request<Vec<u8>>) -> Result<TokenResponse, Failure> {
    match inner.provider.send(request).await {
        Ok(response) => Ok(TokenResponse::parse(response.status().as_u16(), response.body())?),
        Err(error) => {
            tracing::debug!(error = %crate::edge::provider::chain(&error), "the token endpoint was out of reach");
            Err(TokenError::Unavailable.into())
        }
    }
}

/// Verifies an ID token, with one look for newer keys if its key is unknown.
pub(super) async fn verified(
    inner: &Inner,
    token: &Secret<String>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<VerifiedIdToken, Failure> {
    let keys = inner.provider.keys().await?;
    match verify(token.clone(), &keys, expected, now) {
        Err(error) if error.is_unknown_key() => {
            let newer = inner.provider.keys_newer_than(&keys).await;
            if Arc::ptr_eq(&newer, &keys) {
                return Err(error.into());
            }
            Ok(verify(token.clone(), &newer, expected, now)?)
        }
        verdict => Ok(verdict?),
    }
}

/// Userinfo for `subject`; `None` if the configuration or the provider has no use for it.
pub(super) async fn user_info(
    inner: &Inner,
    metadata: &ProviderMetadata,
    access_token: &Secret<String>,
    subject: &str,
) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(request) = user_info::request(metadata, access_token) else { return Ok(None) };
    let Ok(response) = inner.provider.send(request).await else {
        return Err(UserInfoError::Unavailable.into());
    };
    let content_type = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Some(user_info::parse(response.status().as_u16(), content_type, response.body(), subject)?))
}

impl Failure {
    /// Whether it may be different in a moment. Everything else is the provider's last word.
    pub(super) const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Provider(_)
                | Self::Store(_)
                | Self::Token(TokenError::Unavailable)
                | Self::UserInfo(UserInfoError::Unavailable)
        ) || matches!(self, Self::IdToken(error) if matches!(error, IdTokenError::UnknownKey))
    }
}
