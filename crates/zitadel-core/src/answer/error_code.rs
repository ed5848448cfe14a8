//! `ErrorCode`: everything that a client may learn about an error.

use crate::{protocol::OAuthErrorCode, telemetry::LabelValue};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Why a request was not served, as far as a client may know. A closed list, without any text from outside.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// The provider responded with an error code of the specifications.
            OAuth(OAuthErrorCode),
        }

        impl ErrorCode {
            /// Every code but those of the provider.
            const OWN: &'static [Self] = &[$(Self::$variant,)*];

            /// The code: lower-case words and underscores, safe in a URL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::OAuth(code) => code.as_str(),
                }
            }
        }
    };
}

codes! {
    /// Authentication is required, and the request carries none.
    Unauthenticated = "unauthenticated",
    /// There was a session, and it, or its access token, is no longer valid.
    SessionExpired = "session_expired",
    /// The `Authorization` header is not one bearer token (RFC 6750 §3.1: `invalid_request`).
    MalformedToken = "malformed_token",
    /// The access token is not acceptable: expired, revoked, for another audience, or not an access token of the provider (RFC 6750 §3.1).
    InvalidToken = "invalid_token",
    /// The user is authenticated, but lacks the role that is required.
    Forbidden = "forbidden",
    /// The user must authenticate again, more recently or with a stronger method (RFC 9470).
    InsufficientAuthentication = "insufficient_user_authentication",
    /// An unsafe request (or a WebSocket) from another site; or one with a session and without evidence that it comes
    /// from this site.
    CrossSite = "cross_site",
    /// The response belongs to no login or logout of this browser.
    StateMismatch = "state_mismatch",
    /// The login took longer than `LOGIN_TIMEOUT`.
    LoginExpired = "expired_login",
    /// The browser came back from the provider's logout and has a session here.
    StillSignedIn = "still_signed_in",
    /// The request of a back-channel logout has no acceptable logout token.
    InvalidLogoutToken = "invalid_logout_token",
    /// The parameters of the callback are not a response of the provider.
    InvalidCallback = "invalid_callback",
    /// The user does not belong to the organization that was requested.
    OrganizationMismatch = "organisation_mismatch",
    /// The session does not fit into three cookies, 11,700 bytes.
    SessionTooLarge = "session_too_large",
    /// The provider's response could not be verified.
    LoginFailed = "sign_in_failed",
    /// The provider is not available right now.
    ProviderUnavailable = "provider_unavailable",
    /// The store is not available right now.
    StoreUnavailable = "store_unavailable",
    /// The API behind this application, to which it forwards requests, does not answer.
    UpstreamUnavailable = "upstream_unavailable",
    /// The settings of this application do not match the provider: another issuer, or a client that it does not accept.
    Misconfigured = "misconfigured",
    /// The provider has no endpoint for this.
    EndpointMissing = "not_supported",
    /// The endpoint does not support this method.
    MethodNotAllowed = "method_not_allowed",
    /// The request's body is larger than [`MAX_FORM_BYTES`](crate::MAX_FORM_BYTES).
    RequestTooLarge = "request_too_large",
    /// A fault of this application.
    Internal = "internal",
}

impl LabelValue for ErrorCode {
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl ErrorCode {
    /// Every code, those of the provider among them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OWN.iter().copied().chain(OAuthErrorCode::ALL.iter().copied().map(Self::OAuth))
    }

    /// Seconds after which a retry is worthwhile, for `Retry-After` (RFC 9110 §10.2.3); `None` where time heals nothing.
    pub(crate) const fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::ProviderUnavailable | Self::StoreUnavailable => Some("5"),
            _ => None,
        }
    }

    /// The code of this name; `None` for text that is not on the list.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::all().find(|known| known.as_str() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_parsed_from_its_own_text() {
        for code in ErrorCode::all() {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
        }
        assert_eq!(ErrorCode::parse("<script>"), None);
    }
}
