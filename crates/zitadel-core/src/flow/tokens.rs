//! The provider calls that sign-in and refresh share: token endpoint, ID token, userinfo.

use serde_json::{Map, Value};

use crate::{
    error::Failure,
    protocol::{
        discovery::ProviderMetadata,
        id_token::{Expected, VerifiedIdToken, verify},
        token::{self, TokenError, TokenResponse},
        user_info::{self, UserInfoError},
    },
    secret::Secret,
    time::Timestamp,
    zitadel::Inner,
};

/// Sends a request to the token endpoint and reads the answer.
pub(super) async fn redeem(inner: &Inner, request: http::Request<Vec<u8>>) -> Result<TokenResponse, Failure> {
    match inner.provider.send(request).await {
        Ok(response) => {
            let answer = TokenResponse::parse(response.status().as_u16(), response.body());
            if let Err(error) = &answer {
                let description = token::description_for_the_log(response.body());
                tracing::info!(%error, description, status = response.status().as_u16(), "no tokens");
            }
            Ok(answer?)
        }
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
    match verify(token, &keys, expected, now) {
        Err(error) if error.wants_newer_keys() => {
            let newer = inner.provider.keys_newer_than(&keys).await?;
            Ok(verify(token, &newer, expected, now)?)
        }
        verdict => Ok(verdict?),
    }
}

/// Userinfo for `subject`; `None` if the provider has no such endpoint.
pub(super) async fn user_info(
    inner: &Inner,
    metadata: &ProviderMetadata,
    access_token: &Secret<String>,
    subject: &str,
) -> Result<Option<Map<String, Value>>, Failure> {
    let request = match user_info::user_info_request(metadata, access_token) {
        Ok(request) => request,
        Err(UserInfoError::NoEndpoint) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Ok(response) = inner.provider.send(request).await else {
        return Err(UserInfoError::Unavailable.into());
    };
    let content_type = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Some(user_info::parse(response.status().as_u16(), content_type, response.body(), subject)?))
}

impl Failure {
    /// Whether it may be different in a moment. Everything else is the provider's last word, or a lie.
    pub(super) const fn is_transient(&self) -> bool {
        match self {
            Self::Provider(_) | Self::Store(_) => true,
            Self::Token(error) => !error.is_final(),
            Self::IdToken(error) => error.is_unknown_key(),
            Self::UserInfo(error) => {
                matches!(error, UserInfoError::Unavailable | UserInfoError::Malformed | UserInfoError::ContentType)
            }
            _ => false,
        }
    }
}
