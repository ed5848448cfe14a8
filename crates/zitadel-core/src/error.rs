//! `Failure` for the engine, `Error` for logs, and the only mapping from both to what clients may see.

use std::{fmt, sync::Arc};

use crate::{
    answer::ErrorCode,
    protocol::{
        OAuthErrorCode, access_token::AccessTokenError, discovery::DiscoveryError, introspection::IntrospectionError,
        service_account::ServiceAccountError, token::TokenError, token_exchange::TokenExchangeError,
    },
    provider::ProviderError,
};
#[cfg(feature = "login")]
use crate::{
    environment::StoreError,
    protocol::{
        authorization_response::CallbackError, end_session::LogoutError, id_token::IdTokenError,
        user_info::UserInfoError,
    },
    session::SessionTooLarge,
};

/// Everything that can go wrong after start-up, with its causes as [`source`](std::error::Error::source): for logs.
///
/// Clients never see it; they see the [`ErrorCode`] that [`code`](Self::code) returns.
#[derive(Clone)]
pub struct Error(Arc<Failure>);

/// The cases of [`Error`], for the engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[cfg(feature = "login")]
    #[error("the authorization response is not acceptable")]
    Callback(#[from] CallbackError),
    #[error("the provider is not available")]
    Provider(#[from] ProviderError),
    #[error("the token endpoint gave no tokens")]
    Token(#[from] TokenError),
    #[error("the access token was not exchanged")]
    TokenExchange(#[from] TokenExchangeError),
    #[cfg(feature = "login")]
    #[error("the ID token is not acceptable")]
    IdToken(#[from] IdTokenError),
    #[error("the access token is not acceptable")]
    AccessToken(#[from] AccessTokenError),
    #[error("introspection gave no acceptable answer")]
    Introspection(#[from] IntrospectionError),
    #[error("the introspection endpoint failed a moment ago and is not asked again yet: {}", .0.as_str())]
    NotIntrospected(ErrorCode),
    #[cfg(feature = "login")]
    #[error("userinfo is not acceptable")]
    UserInfo(#[from] UserInfoError),
    #[cfg(feature = "login")]
    #[error("the session does not fit into cookies")]
    SessionTooLarge(#[from] SessionTooLarge),
    #[cfg(feature = "login")]
    #[error("the store is not available")]
    Store(#[from] StoreError),
    #[cfg(feature = "login")]
    #[error("the logout response is not acceptable")]
    Logout(#[from] LogoutError),
    #[cfg(feature = "login")]
    #[error("there is no session")]
    NoSession,
    #[cfg(feature = "login")]
    #[error("the session ended at the provider")]
    SessionEnded,
    #[cfg(feature = "login")]
    #[error("the access token is no longer valid")]
    TokenExpired,
    #[cfg(feature = "login")]
    #[error("the access token is no longer valid, and could not be refreshed: {}", .0.as_str())]
    NotRefreshed(ErrorCode),
    #[cfg(feature = "login")]
    #[error("the token response has no ID token")]
    NoIdToken,
    #[cfg(feature = "login")]
    #[error("the application has no login")]
    NoLogin,
    #[error("there is no token for the service account")]
    ServiceAccount(#[from] ServiceAccountError),
    #[error("the token endpoint failed a moment ago and is not asked again yet: {}", .0.as_str())]
    NotRequested(ErrorCode),
}

#[cfg(feature = "login")]
impl Failure {
    /// Whether a later attempt may succeed. Everything else is the provider's final response, or a forged one.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Provider(_) | Self::Store(_) => true,
            Self::Token(error) => !error.is_final(),
            Self::IdToken(error) => error.is_unverified(),
            Self::UserInfo(error) => {
                error.is_unavailable()
                    || matches!(error, UserInfoError::Status(_) | UserInfoError::Malformed | UserInfoError::ContentType)
            }
            _ => false,
        }
    }
}

impl From<&Failure> for ErrorCode {
    /// The one place where an internal error becomes what clients may see.
    fn from(failure: &Failure) -> Self {
        match failure {
            #[cfg(feature = "login")]
            Failure::Callback(error) => error.into(),
            Failure::Provider(error) => error.into(),
            Failure::Token(error) => error.into(),
            Failure::TokenExchange(error) => error.into(),
            #[cfg(feature = "login")]
            Failure::UserInfo(error) if error.is_unavailable() => Self::ProviderUnavailable,
            #[cfg(feature = "login")]
            Failure::Store(_) => Self::StoreUnavailable,
            // The provider gave what it has: another login may help, an operator need not look at it.
            #[cfg(feature = "login")]
            Failure::IdToken(IdTokenError::AuthenticationTime) => Self::InsufficientAuthentication,
            #[cfg(feature = "login")]
            Failure::IdToken(_) | Failure::UserInfo(_) | Failure::NoIdToken => Self::LoginFailed,
            #[cfg(feature = "login")]
            Failure::SessionTooLarge(_) => Self::SessionTooLarge,
            #[cfg(feature = "login")]
            Failure::Logout(_) => Self::StateMismatch,
            #[cfg(feature = "login")]
            Failure::NoSession => Self::Unauthenticated,
            #[cfg(feature = "login")]
            Failure::SessionEnded | Failure::TokenExpired => Self::SessionExpired,
            // Within the pause after the keys were fetched nothing is known about a token that needs newer ones.
            Failure::AccessToken(AccessTokenError::KeysJustFetched) => Self::ProviderUnavailable,
            Failure::AccessToken(_) => Self::InvalidToken,
            Failure::Introspection(error) => error.into(),
            #[cfg(feature = "login")]
            Failure::NotRefreshed(reason) => *reason,
            Failure::NotIntrospected(reason) | Failure::NotRequested(reason) => *reason,
            Failure::ServiceAccount(error) if error.is_refusal() => Self::Misconfigured,
            Failure::ServiceAccount(_) => Self::ProviderUnavailable,
            #[cfg(feature = "login")]
            Failure::NoLogin => Self::EndpointMissing,
        }
    }
}

impl From<&TokenError> for ErrorCode {
    fn from(error: &TokenError) -> Self {
        match error {
            error if error.is_about_client() => Self::Misconfigured,
            // One code for all refusals: ZITADEL says `invalid_request` where the RFC says `invalid_grant`.
            TokenError::OAuth(_) | TokenError::Refused(_) => Self::OAuth(OAuthErrorCode::InvalidGrant),
            TokenError::Unavailable => Self::ProviderUnavailable,
            TokenError::Malformed | TokenError::NotBearer => Self::LoginFailed,
        }
    }
}

impl From<&TokenExchangeError> for ErrorCode {
    fn from(error: &TokenExchangeError) -> Self {
        match error {
            error if error.is_permanent() => Self::Misconfigured,
            TokenExchangeError::InvalidSubject => Self::SessionExpired,
            TokenExchangeError::Token(error) => error.into(),
            _ => Self::LoginFailed,
        }
    }
}

impl From<&IntrospectionError> for ErrorCode {
    fn from(error: &IntrospectionError) -> Self {
        match error {
            error if error.is_about_token() => Self::InvalidToken,
            // ZITADEL refuses a client in several words; whichever it is, no token is to blame.
            IntrospectionError::OAuth(_) => Self::Misconfigured,
            _ => Self::ProviderUnavailable,
        }
    }
}

#[cfg(feature = "login")]
impl From<&CallbackError> for ErrorCode {
    fn from(error: &CallbackError) -> Self {
        match error {
            CallbackError::NotPending | CallbackError::StateMismatch | CallbackError::IssuerMismatch => {
                Self::StateMismatch
            }
            CallbackError::Expired => Self::LoginExpired,
            CallbackError::Malformed => Self::InvalidCallback,
            CallbackError::OrganizationMismatch => Self::OrganizationMismatch,
            CallbackError::AuthenticationMismatch => Self::InsufficientAuthentication,
            // A refusal in words that are not on the list.
            CallbackError::Provider(OAuthErrorCode::Other) => Self::OAuth(OAuthErrorCode::InvalidGrant),
            CallbackError::Provider(code) => Self::OAuth(*code),
        }
    }
}

impl From<&ProviderError> for ErrorCode {
    fn from(error: &ProviderError) -> Self {
        match error {
            ProviderError::Metadata(DiscoveryError::Issuer | DiscoveryError::IssuerMismatch) => Self::Misconfigured,
            // Without metadata and keys no user can log in, whatever the reason; the log contains it.
            ProviderError::Transport(_)
            | ProviderError::Status(_)
            | ProviderError::Metadata(_)
            | ProviderError::Keys(_) => Self::ProviderUnavailable,
            ProviderError::BackingOff(failure) => (&**failure).into(),
            ProviderError::NoEndpoint(_) => Self::EndpointMissing,
        }
    }
}

impl Error {
    /// What a client may see.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        ErrorCode::from(&*self.0)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self(Arc::new(failure))
    }
}

impl From<Arc<Failure>> for Error {
    fn from(failure: Arc<Failure>) -> Self {
        Self(failure)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
