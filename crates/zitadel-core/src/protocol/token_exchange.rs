//! Token exchange (RFC 8693): an access token of a user for another one, for fewer audiences or scopes.
//!
//! 1. The subject token is an access token (§2.1), and there is no actor: the new token says nothing about this application.
//!    With an actor ZITADEL calls it impersonation, which it permits to few.
//! 2. Every audience is an `audience` of its own (§2.1). ZITADEL knows no `resource`. It only narrows: an audience that the
//!    subject token does not have is [`InvalidTarget`](TokenExchangeError::InvalidTarget), a scope that it does not have
//!    [`InvalidScope`](TokenExchangeError::InvalidScope).
//! 3. `requested_token_type` is sent for a JWT only; otherwise the provider decides.
//! 4. The response is read by the rules of the [token endpoint](super::token). Its `token_type` is `Bearer`: `N_A` (§2.2.1) goes with what
//!    is no access token, such as an ID token.
//! 5. `issued_token_type` is present (§2.2.1), and an access token or a JWT; a JWT if one was requested.
//! 6. `invalid_request` means that the subject token is not acceptable (§2.2.2), unless ZITADEL's description says that the feature is
//!    off, or names another rule of token exchange. A client without the grant is told from one that is unknown.
//! 7. A refresh token and an ID token of the response are not used.

use std::time::Duration;

use http::Request;

use super::{
    client::{self, Client},
    discovery::ProviderMetadata,
    issued_token::AccessToken,
    oauth_error::OAuthErrorCode,
    scope::is_scope_token,
    strict_json::{self, text},
    token::{TokenError, TokenResponse},
};
use crate::{secret::Secret, time::Timestamp};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What ZITADEL's descriptions of its own rules begin with.
const OWN_RULES: &str = "Errors.TokenExchange.";
const FEATURE_DISABLED: &str = "Errors.TokenExchange.FeatureDisabled";

/// What an access token is exchanged for (RFC 8693 §2.1); for [`Zitadel::exchange_token`](crate::Zitadel::exchange_token).
///
/// ```
/// use zitadel_core::TokenExchange;
///
/// const BILLING: &str = "170086774599581953";
/// let exchange = TokenExchange::audience(BILLING).scope("openid").scope("email").jwt();
/// # let _ = exchange;
/// ```
#[derive(Clone, Debug)]
#[must_use = "pass it to `Zitadel::exchange_token`"]
pub struct TokenExchange {
    audiences: Vec<String>,
    scopes: Vec<String>,
    is_jwt: bool,
}

impl TokenExchange {
    /// A token for this audience only: at ZITADEL a project id or a client id. The access token must have it already; the scope
    /// `urn:zitadel:iam:org:project:id:PROJECT_ID:aud` in `ZITADEL_SCOPES` adds a project at login.
    pub fn audience(audience: impl Into<String>) -> Self {
        Self { audiences: vec![audience.into()], scopes: Vec::new(), is_jwt: false }
    }

    /// For this audience, too.
    pub fn and_audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// With this scope, and others that are named so, and no further ones. Without any, the scopes stay as they are.
    ///
    /// # Panics
    ///
    /// If it is not one scope (RFC 6749 §3.3): empty, or with a space.
    #[track_caller]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        assert!(is_scope_token(&scope), "a scope is one word: call `scope` once for each");
        self.scopes.push(scope);
        self
    }

    /// As a JWT, which an API can verify by itself; otherwise the token is of the kind that the application has.
    pub const fn jwt(mut self) -> Self {
        self.is_jwt = true;
        self
    }
}

/// Why there is no exchanged token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenExchangeError {
    #[error("token exchange is turned off at the provider")]
    FeatureDisabled,
    #[error("the provider does not permit this application to exchange tokens (`{0}`)")]
    NotPermitted(OAuthErrorCode),
    #[error("the access token does not have the audience it should be exchanged for")]
    InvalidTarget,
    #[error("the access token does not have the scope it should be exchanged for")]
    InvalidScope,
    #[error("the provider does not accept the access token that should be exchanged")]
    InvalidSubject,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the token endpoint gave a token of another type than was requested")]
    OtherType,
    #[error("the application has no client id to exchange tokens with")]
    NoClient,
}

impl TokenExchangeError {
    /// Whether it stays so until the application, or its settings at the provider, are changed.
    pub(crate) const fn is_permanent(self) -> bool {
        match self {
            Self::FeatureDisabled
            | Self::NotPermitted(_)
            | Self::InvalidTarget
            | Self::InvalidScope
            | Self::NoClient
            | Self::Token(TokenError::OAuth(_) | TokenError::Refused(_)) => true,
            Self::InvalidSubject | Self::OtherType | Self::Token(_) => false,
        }
    }
}

/// Rules 1 to 3.
pub(crate) fn exchange_request(
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    subject: &AccessToken,
    exchange: &TokenExchange,
) -> Request<Vec<u8>> {
    let scope = exchange.scopes.join(" ");
    let mut fields =
        vec![("grant_type", GRANT_TYPE), ("subject_token", subject.expose()), ("subject_token_type", ACCESS_TOKEN)];
    fields.extend(exchange.audiences.iter().map(|audience| ("audience", audience.as_str())));
    if !scope.is_empty() {
        fields.push(("scope", &scope));
    }
    if exchange.is_jwt {
        fields.push(("requested_token_type", JWT));
    }
    client::form_request(metadata.token_endpoint(), metadata, client, &fields)
}

/// Reads the response. `now`: from when its lifetime counts.
///
/// # Errors
///
/// [`TokenExchangeError`], by rules 4 to 6.
pub(crate) fn parse(
    status: u16,
    body: &[u8],
    exchange: &TokenExchange,
    now: Timestamp,
) -> Result<AccessToken, TokenExchangeError> {
    let TokenResponse { access_token, expires_in, .. } =
        TokenResponse::parse(status, body).map_err(|error| refusal(error, body))?;
    // It is an object, or there would be no tokens.
    let members = strict_json::object(body).map_err(|_| TokenError::Malformed)?;
    match text(&members, "issued_token_type") {
        Some(JWT) => {}
        Some(ACCESS_TOKEN) if !exchange.is_jwt => {}
        _ => return Err(TokenExchangeError::OtherType),
    }
    Ok(issued(access_token, expires_in, now))
}

fn issued(token: Secret<String>, expires_in: Option<Duration>, now: Timestamp) -> AccessToken {
    AccessToken::new(token, expires_in.map(|lifetime| now.saturating_add(lifetime)))
}

/// Rule 6.
fn refusal(error: TokenError, body: &[u8]) -> TokenExchangeError {
    let TokenError::OAuth(code) = error else { return error.into() };
    let members = strict_json::object(body).unwrap_or_default();
    let description = text(&members, "error_description").unwrap_or_default();
    match code {
        OAuthErrorCode::InvalidRequest if description == FEATURE_DISABLED => TokenExchangeError::FeatureDisabled,
        OAuthErrorCode::InvalidRequest if description.starts_with(OWN_RULES) => TokenExchangeError::NotPermitted(code),
        OAuthErrorCode::InvalidRequest | OAuthErrorCode::InvalidGrant => TokenExchangeError::InvalidSubject,
        OAuthErrorCode::UnauthorizedClient | OAuthErrorCode::UnsupportedGrantType | OAuthErrorCode::AccessDenied => {
            TokenExchangeError::NotPermitted(code)
        }
        OAuthErrorCode::InvalidTarget => TokenExchangeError::InvalidTarget,
        OAuthErrorCode::InvalidScope => TokenExchangeError::InvalidScope,
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests;
