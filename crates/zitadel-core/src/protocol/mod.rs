//! The protocol: one file per object of the specifications.
//!
//! Every function here is pure. Time is an argument ([`Timestamp`](crate::time::Timestamp)), random bytes are
//! arguments, requests are values (`http::Request<Vec<u8>>`) that the flows send, responses are a status and a body
//! that the flows received. So every rule is tested without a network and without sleeping, and the flows read like the
//! specification.
//!
//! Rules of this folder:
//!
//! 1. No `async`, no clock, no randomness, no environment: the layering test keeps everything that has them above.
//! 2. One error enum per concern. Text from outside never enters a `Display`; a provider's `error` becomes an
//!    [`OAuthErrorCode`], a closed list.
//! 3. What was checked is a type: [`VerifiedIdToken`](id_token::VerifiedIdToken) exists only after
//!    [`id_token::verify`], [`CodeGrant`](authorization::CodeGrant) only after
//!    [`PendingLogin::accept`](authorization::PendingLogin::accept).
//! 4. Tokens, codes and verifiers are [`Secret`](crate::Secret); `Debug` shows neither them nor claims.
//!
//! Specifications: OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0; RFC 6749 (OAuth 2.0),
//! 6750 (bearer tokens), 7009 (revocation), 7662 (introspection), 7515, 7517, 7518, 7519 (JOSE and JWT), 7521, 7523 (assertions), 7636 (PKCE), 8037
//! (Ed25519), 8725 (JWT best practice), 9068 (JWT access tokens), 9207 (`iss` in the response), 9470
//! (step-up authentication), 8693 (token exchange). Where ZITADEL differs, a comment says so.

pub(crate) mod access_token;
pub(crate) mod assertion;
pub(crate) mod authentication_context;
#[cfg(feature = "login")]
pub(crate) mod authorization;
#[cfg(feature = "login")]
pub(crate) mod authorization_response;
pub(crate) mod base64url;
pub(crate) mod client;
pub(crate) mod client_auth;
pub(crate) mod discovery;
#[cfg(feature = "login")]
pub(crate) mod end_session;
pub(crate) mod endpoint_url;
#[cfg(feature = "login")]
pub(crate) mod id_token;
pub(crate) mod introspection;
pub(crate) mod issued_token;
pub(crate) mod jws;
pub(crate) mod jwt;
pub(crate) mod key;
pub(crate) mod key_file;
pub(crate) mod key_set;
#[cfg(feature = "login")]
pub(crate) mod login_options;
#[cfg(feature = "login")]
pub(crate) mod logout_token;
pub(crate) mod oauth_error;
#[cfg(feature = "login")]
pub(crate) mod pkce;
#[cfg(feature = "login")]
pub(crate) mod query;
pub(crate) mod retry_after;
#[cfg(feature = "login")]
pub(crate) mod revocation;
pub(crate) mod role;
pub(crate) mod scope;
pub(crate) mod service_account;
pub(crate) mod signing_algorithm;
#[cfg(feature = "login")]
pub(crate) mod state;
#[cfg(feature = "login")]
pub(crate) mod step_up;
pub(crate) mod strict_json;
pub(crate) mod token;
pub(crate) mod token_exchange;
#[cfg(feature = "login")]
pub(crate) mod token_request;
pub(crate) mod user_claims;
#[cfg(feature = "login")]
pub(crate) mod user_info;

#[cfg(test)]
pub(crate) mod test_claims;
#[cfg(test)]
pub(crate) mod test_keys;

pub use self::{
    access_token::AccessTokenKind, client_auth::ClientAuthentication, issued_token::AccessToken,
    oauth_error::OAuthErrorCode, signing_algorithm::SigningAlgorithm, token_exchange::TokenExchange,
};
#[cfg(feature = "login")]
pub use self::{
    end_session::EndSessionForm,
    login_options::{LoginOptions, Prompt},
};
