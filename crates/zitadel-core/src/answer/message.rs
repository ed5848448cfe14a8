//! The texts for each error code: status, title and message, for a person.

use super::ErrorCode;
use crate::protocol::OAuthErrorCode;

/// What a person reads about an error.
#[derive(Clone, Copy)]
pub(super) struct Message {
    pub(super) status: u16,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
}

const fn message(status: u16, title: &'static str, text: &'static str) -> Message {
    Message { status, title, text }
}

/// For a code that is not on the list.
pub(super) const UNKNOWN: Message =
    message(400, "Something went wrong", "The sign-in did not complete. Please start again.");

const NOT_SET_UP: &str = "Sign-in is not set up correctly";
const REQUEST_REFUSED: &str = "The identity provider refused the request. Please tell the operator of this site.";

impl Message {
    /// The texts for a code. A new code does not compile until it has some.
    pub(super) const fn new(code: ErrorCode) -> Self {
        match code {
            ErrorCode::OAuth(code) => Self::for_oauth(code),
            ErrorCode::Unauthenticated => message(401, "Please sign in", "This page is for people who are signed in."),
            ErrorCode::SessionExpired => message(
                401,
                "Your session ended",
                "You were signed out, or your session became too old. Please sign in again.",
            ),
            ErrorCode::MalformedToken => message(
                400,
                "Malformed access token",
                "The Authorization header must be present once, with the scheme Bearer and one token.",
            ),
            ErrorCode::InvalidToken => message(
                401,
                "Invalid access token",
                "The access token has expired, was revoked, or was not issued for this application.",
            ),
            ErrorCode::Forbidden => message(
                403,
                "Not for this account",
                "You are signed in, but your account does not have the role this page asks for.",
            ),
            ErrorCode::InsufficientAuthentication => message(
                401,
                "Please confirm that it is you",
                "This page needs a more recent or a stronger sign-in. Please sign in again.",
            ),
            ErrorCode::CrossSite => message(
                403,
                "This request came from another site",
                "For your safety, requests that change something must come from this site. Please go back and try again here.",
            ),
            ErrorCode::StateMismatch => message(
                400,
                "This sign-in does not belong here",
                "It was not started in this browser, or it was already finished. Please start again.",
            ),
            ErrorCode::LoginExpired => message(
                400,
                "The sign-in took too long",
                "For your safety a sign-in must finish within a few minutes. Please start again; you will get to the page that you asked for.",
            ),
            ErrorCode::StillSignedIn => message(
                409,
                "You are still signed in",
                "This browser has a session at this site. To end it, sign out again.",
            ),
            ErrorCode::InvalidLogoutToken => message(400, "Invalid logout token", "The logout token was not accepted."),
            ErrorCode::InvalidCallback => message(
                400,
                "This link does not work",
                "The response of the identity provider was not readable. Please start again.",
            ),
            ErrorCode::OrganizationMismatch => message(
                403,
                "Wrong organization",
                "You signed in, but with an account of another organization. Please start again with the right one.",
            ),
            ErrorCode::SessionTooLarge => message(
                502,
                "Your profile is too large",
                "The identity provider sent more about you than a session can hold. Please tell the operator of this site.",
            ),
            ErrorCode::LoginFailed => message(
                502,
                "Sign-in did not complete",
                "The response of the identity provider could not be verified. Please start again.",
            ),
            ErrorCode::ProviderUnavailable => message(
                503,
                "The identity provider cannot be reached",
                "Please try again in a moment. If you are signed in here, you stay signed in.",
            ),
            ErrorCode::StoreUnavailable => message(
                503,
                "The session store cannot be reached",
                "This site cannot check your session at the moment. Please try again in a moment. If you are signed in \
                 here, you stay signed in.",
            ),
            ErrorCode::UpstreamUnavailable => message(
                502,
                "A part of this site cannot be reached",
                "The service behind this address does not answer. Please try again in a moment.",
            ),
            ErrorCode::Misconfigured => message(
                503,
                NOT_SET_UP,
                "The settings of this site do not match its identity provider. Please tell the operator of this site.",
            ),
            ErrorCode::EndpointMissing => {
                message(501, "Not available here", "The identity provider of this site does not offer this.")
            }
            ErrorCode::MethodNotAllowed => {
                message(405, "Method not allowed", "This address does not support that kind of request.")
            }
            ErrorCode::RequestTooLarge => {
                message(413, "Request too large", "The request is larger than this address accepts.")
            }
            ErrorCode::Internal => message(
                500,
                "Something went wrong",
                "The fault is ours. Please try again; if it happens again, tell the operator of this site.",
            ),
        }
    }

    /// Never a 5xx: these codes are in the query of the callback, where anyone can write them. A response of the token
    /// endpoint gets another code where it is not the user's to mend (`error.rs`).
    const fn for_oauth(code: OAuthErrorCode) -> Self {
        match code {
            OAuthErrorCode::AccessDenied => message(
                403,
                "Sign-in was declined",
                "You or an administrator declined this sign-in. You can try again, perhaps with another account.",
            ),
            OAuthErrorCode::LoginRequired => message(
                403,
                "Please sign in",
                "You are not signed in at the identity provider. Please sign in and try again.",
            ),
            OAuthErrorCode::InteractionRequired => message(
                403,
                "One more step is needed",
                "The identity provider needs you to do something first. Please sign in again.",
            ),
            OAuthErrorCode::AccountSelectionRequired => {
                message(403, "Choose an account", "Please sign in again and choose which account to use.")
            }
            OAuthErrorCode::ConsentRequired => message(
                403,
                "Your consent is needed",
                "The identity provider needs your consent first. Please sign in again.",
            ),
            OAuthErrorCode::TemporarilyUnavailable | OAuthErrorCode::SlowDown => message(
                400,
                "The identity provider is busy",
                "It cannot sign anyone in at the moment. Please try again in a minute.",
            ),
            OAuthErrorCode::ServerError => message(
                400,
                "The identity provider had a problem",
                "Something went wrong there. Please try again in a minute.",
            ),
            OAuthErrorCode::InvalidRequest => message(
                400,
                NOT_SET_UP,
                "The identity provider did not understand the request. Please tell the operator of this site.",
            ),
            OAuthErrorCode::InvalidScope => message(
                400,
                NOT_SET_UP,
                "The identity provider refused the requested scopes. Please tell the operator of this site.",
            ),
            OAuthErrorCode::InvalidClient => message(
                400,
                NOT_SET_UP,
                "The identity provider does not know this application. Please tell the operator of this site.",
            ),
            OAuthErrorCode::InvalidGrant => message(
                400,
                "ZITADEL did not complete this sign-in",
                "It refused to finish it. Perhaps it was finished already, or your account is not active yet. Please start \
                 again; if it happens again, tell the operator of this site.",
            ),
            OAuthErrorCode::UnauthorizedClient => message(
                400,
                NOT_SET_UP,
                "This application may not sign people in this way. Please tell the operator of this site.",
            ),
            OAuthErrorCode::UnsupportedResponseType | OAuthErrorCode::UnsupportedGrantType => message(
                400,
                NOT_SET_UP,
                "The identity provider does not support this way to sign in. Please tell the operator of this site.",
            ),
            OAuthErrorCode::InvalidRequestUri
            | OAuthErrorCode::InvalidRequestObject
            | OAuthErrorCode::InvalidTarget
            | OAuthErrorCode::RequestNotSupported
            | OAuthErrorCode::RequestUriNotSupported
            | OAuthErrorCode::RegistrationNotSupported => message(400, NOT_SET_UP, REQUEST_REFUSED),
            OAuthErrorCode::Other => UNKNOWN,
        }
    }
}
