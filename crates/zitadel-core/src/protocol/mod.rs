//! The protocol: one file per object of the specifications, and nothing that waits, looks at a clock, rolls
//! dice or opens a socket.
//!
//! Every function here is a pure one. Time is an argument ([`Timestamp`](crate::time::Timestamp)), random
//! bytes are arguments, requests are values (`http::Request<Vec<u8>>`) that the shell sends, answers are a
//! status and a body that the shell received. So every rule below is tested without a network and without
//! sleeping, and the shell (`flow/`) reads like the specification.
//!
//! Rules of this folder:
//!
//! 1. No `crate::flow`, `crate::edge`, `crate::config`, `tokio`, `async`, `std::env`, clock or randomness.
//! 2. One error enum per concern. Text from outside never enters a `Display`; a provider's `error` becomes a
//!    [`ProviderCode`](provider_code::ProviderCode), a closed list.
//! 3. What was checked is a type: [`VerifiedIdToken`](id_token::VerifiedIdToken) exists only after
//!    [`id_token::verify`], [`CodeGrant`](authorization::CodeGrant) only after
//!    [`PendingLogin::accept`](authorization::PendingLogin::accept).
//! 4. Tokens, codes and verifiers are [`Secret`](crate::Secret); `Debug` shows neither them nor claims.
//!
//! Specifications: OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0; RFC 6749 (OAuth 2.0),
//! 6750 (bearer tokens), 7009 (revocation), 7515, 7517, 7518, 7519 (JOSE and JWT), 7636 (PKCE), 8037
//! (Ed25519), 8725 (JWT best practice), 9207 (`iss` in the answer). Where ZITADEL differs, the comment says so.

pub(crate) mod authorization;
pub(crate) mod authorization_response;
pub(crate) mod base64url;
pub(crate) mod claims;
pub(crate) mod client;
pub(crate) mod discovery;
pub(crate) mod end_session;
pub(crate) mod id_token;
pub(crate) mod jws;
pub(crate) mod key;
pub(crate) mod key_set;
pub(crate) mod login_options;
pub(crate) mod pkce;
pub(crate) mod provider_code;
pub(crate) mod query;
pub(crate) mod revocation;
pub(crate) mod role;
pub(crate) mod scope;
pub(crate) mod signing_algorithm;
pub(crate) mod strict_json;
pub(crate) mod token;
pub(crate) mod user_info;

#[cfg(test)]
pub(crate) mod test_keys;

pub use self::{
    client::ClientAuthentication,
    login_options::{LoginOptions, Prompt},
    signing_algorithm::SigningAlgorithm,
};
