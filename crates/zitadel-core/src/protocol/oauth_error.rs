//! `OAuthErrorCode`: the error codes of the specifications, as a closed list.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// An OAuth 2.0 or OpenID Connect error code (RFC 6749 §4.1.2.1 and §5.2, OIDC Core §3.1.2.6, Core 1.0 §6).
        ///
        /// A closed list, because a provider's text is text from outside: it reaches neither a page nor a `Display`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum OAuthErrorCode {
            $($(#[$doc])* $variant,)*
            /// A code that is not on the list.
            Other,
        }

        impl OAuthErrorCode {
            /// Every code on the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as the specifications spell it; `unknown` for [`Other`](Self::Other).
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other => "unknown",
                }
            }
        }
    };
}

codes! {
    /// The user or the provider denied the request.
    AccessDenied = "access_denied",
    /// The user is not signed in at the provider, and `prompt=none` was requested.
    LoginRequired = "login_required",
    /// The provider needs to show a page, and `prompt=none` was requested.
    InteractionRequired = "interaction_required",
    /// The user has to choose an account.
    AccountSelectionRequired = "account_selection_required",
    /// The user has to consent.
    ConsentRequired = "consent_required",
    /// The provider is overloaded or in maintenance.
    TemporarilyUnavailable = "temporarily_unavailable",
    /// The provider met an unexpected condition.
    ServerError = "server_error",
    /// A parameter is missing, repeated or malformed. ZITADEL also says so where the RFC says `invalid_grant`.
    InvalidRequest = "invalid_request",
    /// A requested scope is unknown or not allowed.
    InvalidScope = "invalid_scope",
    /// The client is unknown or could not be authenticated.
    InvalidClient = "invalid_client",
    /// The code or refresh token is invalid, expired, revoked or was issued to another client.
    InvalidGrant = "invalid_grant",
    /// The client may not use this grant.
    UnauthorizedClient = "unauthorized_client",
    /// The provider does not support the grant.
    UnsupportedGrantType = "unsupported_grant_type",
    /// The audience of a token exchange is not acceptable (RFC 8693 §2.2.2).
    InvalidTarget = "invalid_target",
    /// The client sends too many requests (RFC 8628 §3.5; some providers say so everywhere).
    SlowDown = "slow_down",
    /// The provider does not support the response type.
    UnsupportedResponseType = "unsupported_response_type",
    /// The `request_uri` cannot be used.
    InvalidRequestUri = "invalid_request_uri",
    /// The request object is invalid.
    InvalidRequestObject = "invalid_request_object",
    /// The provider does not support `request`.
    RequestNotSupported = "request_not_supported",
    /// The provider does not support `request_uri`.
    RequestUriNotSupported = "request_uri_not_supported",
    /// The provider does not support `registration`.
    RegistrationNotSupported = "registration_not_supported",
}

impl OAuthErrorCode {
    /// Whether a provider that says so may answer differently in a moment, whatever the status.
    pub(crate) const fn is_transient(self) -> bool {
        matches!(self, Self::TemporarilyUnavailable | Self::ServerError | Self::SlowDown)
    }

    /// Whether a token endpoint that says so at a refresh will not renew this grant again: the token is dead, or the user
    /// must do something first. Everything else is about this client, or no answer of a token endpoint.
    #[cfg(feature = "login")]
    pub(crate) const fn ends_grant(self) -> bool {
        matches!(
            self,
            Self::InvalidGrant
                | Self::InvalidRequest
                | Self::AccessDenied
                | Self::LoginRequired
                | Self::InteractionRequired
                | Self::AccountSelectionRequired
                | Self::ConsentRequired
        )
    }

    /// Whether a token endpoint that says so refuses this client, whichever token it sends: its registration or its
    /// configuration is wrong.
    pub(crate) const fn is_about_client(self) -> bool {
        matches!(self, Self::InvalidClient | Self::UnauthorizedClient | Self::UnsupportedGrantType | Self::InvalidScope)
    }

    /// The code of this name; [`Other`](Self::Other) for everything that is not on the list.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::ALL.iter().copied().find(|code| code.as_str() == name).unwrap_or(Self::Other)
    }
}

impl fmt::Display for OAuthErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A provider's text (`error_description`, `issuer`), made fit for one line of a log and nothing else: printable ASCII,
/// at most 200 characters. It tells an operator what a code does not (ZITADEL: `Errors.App.NotFound`).
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_parsed_from_its_own_text() {
        for code in OAuthErrorCode::ALL {
            assert_eq!(OAuthErrorCode::parse(code.as_str()), *code);
        }
    }

    #[test]
    fn a_provider_cannot_use_our_own_codes() {
        for ours in ["cross_site", "forbidden", "session_expired", "internal", "<script>", "unknown", ""] {
            assert_eq!(OAuthErrorCode::parse(ours), OAuthErrorCode::Other);
        }
    }

    #[test]
    fn a_description_is_one_short_line_in_the_log() {
        assert_eq!(printable("Errors.App.NotFound"), "Errors.App.NotFound");
        assert_eq!(printable("a\nERROR forged\u{202e}"), "a?ERROR forged?");
        assert_eq!(printable(&"x".repeat(1000)).len(), 200);
    }
}
