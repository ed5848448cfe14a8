//! `ProviderCode`: the reasons a provider gives for saying no, as a closed list.

use std::fmt;

/// An OAuth 2.0 or OpenID Connect error code (RFC 6749 §4.1.2.1 and §5.2, OIDC Core §3.1.2.6).
///
/// A closed list, because the provider's text is a stranger's text: it reaches neither a page nor a `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ProviderCode {
    AccessDenied,
    LoginRequired,
    InteractionRequired,
    AccountSelectionRequired,
    ConsentRequired,
    TemporarilyUnavailable,
    ServerError,
    InvalidRequest,
    InvalidScope,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedResponseType,
    InvalidRequestUri,
    InvalidRequestObject,
    RequestNotSupported,
    RequestUriNotSupported,
    RegistrationNotSupported,
    /// A code that is not on the list.
    Other,
}

impl ProviderCode {
    /// Every code with a name of its own.
    const NAMED: [Self; 18] = [
        Self::AccessDenied,
        Self::LoginRequired,
        Self::InteractionRequired,
        Self::AccountSelectionRequired,
        Self::ConsentRequired,
        Self::TemporarilyUnavailable,
        Self::ServerError,
        Self::InvalidRequest,
        Self::InvalidScope,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedResponseType,
        Self::InvalidRequestUri,
        Self::InvalidRequestObject,
        Self::RequestNotSupported,
        Self::RequestUriNotSupported,
        Self::RegistrationNotSupported,
    ];

    /// The code of this name; [`Other`](Self::Other) for everything else.
    pub(crate) fn of(name: &str) -> Self {
        Self::NAMED.into_iter().find(|code| code.as_str() == name).unwrap_or(Self::Other)
    }

    /// The code as [`Problem::of_code`](crate::Problem::of_code) knows it; `unknown` for [`Other`](Self::Other).
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::ConsentRequired => "consent_required",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::Other => "unknown",
        }
    }
}

impl fmt::Display for ProviderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A provider's text (`error_description`, `issuer`), made fit for one line of a log and nothing else: printable ASCII, at most
/// 200 characters. It tells an operator what a code does not (ZITADEL: `Errors.App.NotFound`).
pub(crate) fn for_the_log(description: &str) -> String {
    description.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn there_are_words_for_every_code() {
        for code in ProviderCode::NAMED.into_iter().chain([ProviderCode::Other]) {
            assert_eq!(Problem::of_code(code.as_str()).code(), code.as_str());
            assert_eq!(ProviderCode::of(code.as_str()), code);
        }
    }

    #[test]
    fn a_provider_cannot_speak_in_our_codes() {
        for ours in ["cross_site", "forbidden", "session_expired", "internal", "<script>", ""] {
            assert_eq!(ProviderCode::of(ours), ProviderCode::Other);
        }
    }

    #[test]
    fn a_description_is_one_short_line_in_the_log() {
        assert_eq!(for_the_log("Errors.App.NotFound"), "Errors.App.NotFound");
        assert_eq!(for_the_log("a\nERROR forged\u{202e}"), "a?ERROR forged?");
        assert_eq!(for_the_log(&"x".repeat(1000)).len(), 200);
    }
}
