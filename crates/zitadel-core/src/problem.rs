//! `Problem`: what a person is told when something went wrong, by code.

/// A problem in words for a person: from a closed list of codes, never a provider's or attacker's text.
///
/// Applications with pages of their own render it: [`of_code`](Self::of_code) for a code that came in a
/// query (`/auth/error?error=access_denied`), or as the argument of [`Pages::problem`](crate::Pages::problem).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: &'static str,
    status: u16,
    title: &'static str,
    message: &'static str,
    incident: Option<String>,
    start_again: Option<String>,
}

/// code, status, title, message. OAuth's and OIDC's codes first, then ours.
const WORDS: &[(&str, u16, &str, &str)] = &[
    (
        "access_denied",
        403,
        "Sign-in was declined",
        "You or an administrator declined this sign-in. You can try again, perhaps with another account.",
    ),
    (
        "login_required",
        403,
        "Please sign in",
        "You are not signed in at the identity provider. Please sign in and try again.",
    ),
    (
        "interaction_required",
        403,
        "One more step is needed",
        "The identity provider needs you to do something first. Please sign in again.",
    ),
    ("account_selection_required", 403, "Choose an account", "Please sign in again and choose which account to use."),
    (
        "consent_required",
        403,
        "Your consent is needed",
        "The identity provider needs your consent first. Please sign in again.",
    ),
    (
        "temporarily_unavailable",
        503,
        "The identity provider is busy",
        "It cannot sign anyone in at the moment. Please try again in a minute.",
    ),
    (
        "server_error",
        502,
        "The identity provider had a problem",
        "Something went wrong there. Please try again in a minute.",
    ),
    (
        "invalid_request",
        502,
        "Sign-in is not set up correctly",
        "The identity provider did not understand the request. Please tell the operator of this site.",
    ),
    (
        "invalid_scope",
        502,
        "Sign-in is not set up correctly",
        "The identity provider refused the requested scopes. Please tell the operator of this site.",
    ),
    (
        "invalid_client",
        502,
        "Sign-in is not set up correctly",
        "The identity provider does not know this application. Please tell the operator of this site.",
    ),
    (
        "invalid_grant",
        502,
        "Sign-in did not complete",
        "The identity provider refused to finish this sign-in. Please start again.",
    ),
    (
        "unauthorized_client",
        502,
        "Sign-in is not set up correctly",
        "This application may not sign people in this way. Please tell the operator of this site.",
    ),
    (
        "unsupported_response_type",
        502,
        "Sign-in is not set up correctly",
        "The identity provider does not support this way to sign in. Please tell the operator of this site.",
    ),
    (
        "invalid_request_uri",
        502,
        "Sign-in is not set up correctly",
        "The identity provider refused the request. Please tell the operator of this site.",
    ),
    (
        "invalid_request_object",
        502,
        "Sign-in is not set up correctly",
        "The identity provider refused the request. Please tell the operator of this site.",
    ),
    (
        "request_not_supported",
        502,
        "Sign-in is not set up correctly",
        "The identity provider refused the request. Please tell the operator of this site.",
    ),
    (
        "request_uri_not_supported",
        502,
        "Sign-in is not set up correctly",
        "The identity provider refused the request. Please tell the operator of this site.",
    ),
    (
        "registration_not_supported",
        502,
        "Sign-in is not set up correctly",
        "The identity provider refused the request. Please tell the operator of this site.",
    ),
    (
        "state_mismatch",
        400,
        "This sign-in does not belong here",
        "It was not started in this browser, or it was already finished. Please start again.",
    ),
    (
        "expired_login",
        400,
        "The sign-in took too long",
        "For your safety a sign-in must finish within ten minutes. Please start again.",
    ),
    (
        "invalid_callback",
        400,
        "That link does not work",
        "The answer from the identity provider was not readable. Please start again.",
    ),
    (
        "cross_site",
        403,
        "That came from another site",
        "For your safety, requests that change something must come from this site itself. Please go back and try again here.",
    ),
    (
        "organisation_mismatch",
        403,
        "Wrong organisation",
        "You signed in, but with an account of another organisation. Please start again with the right one.",
    ),
    (
        "session_too_large",
        502,
        "Your profile is too large",
        "The identity provider sent more about you than a session can hold. Please tell the operator of this site.",
    ),
    (
        "sign_in_failed",
        502,
        "Sign-in did not complete",
        "The answer of the identity provider could not be verified. Please start again.",
    ),
    (
        "provider_unavailable",
        503,
        "The identity provider cannot be reached",
        "Please try again in a moment. Whoever is signed in here stays signed in.",
    ),
    (
        "forbidden",
        403,
        "Not for this account",
        "You are signed in, but your account does not have the role this page asks for.",
    ),
    ("unauthenticated", 401, "Please sign in", "This page is for people who are signed in."),
    (
        "session_expired",
        401,
        "Your session ended",
        "You were signed out, or your session became too old. Please sign in again.",
    ),
    ("method_not_allowed", 405, "That does not work here", "This address does not answer to that kind of request."),
    ("not_supported", 501, "Not available here", "The identity provider of this site does not offer that."),
    ("request_too_large", 413, "That is too much", "The request is larger than this address takes."),
    (
        "internal",
        500,
        "Something went wrong",
        "It is our fault, not yours. Please try again; if it happens again, tell the operator of this site.",
    ),
];

const UNKNOWN: (&str, u16, &str, &str) =
    ("unknown", 400, "Something went wrong", "The sign-in did not complete. Please start again.");

impl Problem {
    /// The words for a code; anything not on the list gives a general message and the code `unknown`.
    ///
    /// ```
    /// let problem = zitadel_core::Problem::of_code("access_denied");
    /// assert_eq!(problem.status(), 403);
    /// assert_eq!(zitadel_core::Problem::of_code("<script>").code(), "unknown");
    /// ```
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        let (code, status, title, message) = *WORDS.iter().find(|(known, ..)| *known == code).unwrap_or(&UNKNOWN);
        Self { code, status, title, message, incident: None, start_again: None }
    }

    /// Every code there are words for.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(code, ..)| *code)
    }

    /// The code: lower-case words and underscores, safe in a URL.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// A short heading.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// One or two sentences: what happened, what to do.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.message
    }

    /// A number that is also in the log record, for the operator; only where there is something to look up.
    #[must_use]
    pub fn incident(&self) -> Option<&str> {
        self.incident.as_deref()
    }

    /// Where "start again" leads: a local path, to be escaped like any other value.
    #[must_use]
    pub fn start_again(&self) -> Option<&str> {
        self.start_again.as_deref()
    }

    pub(crate) fn with_incident(mut self, incident: Option<String>) -> Self {
        self.incident = incident;
        self
    }

    pub(crate) fn with_start_again(mut self, path: String) -> Self {
        self.start_again = Some(path);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_known_once_and_is_an_error() {
        for code in Problem::codes() {
            assert_eq!(Problem::codes().filter(|other| *other == code).count(), 1, "{code}");
            assert!((400..600).contains(&Problem::of_code(code).status()), "{code}");
        }
    }
}
