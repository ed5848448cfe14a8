#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

// In the order of the layering test (ARCHITECTURE.md): each module uses only those above it.
mod error_chain;
mod secret;
mod table;
mod telemetry;
mod time;

mod http;

pub mod environment;

mod claims;
mod roles;

mod protocol;

#[cfg(feature = "login")]
mod session;

mod user;

mod answer;

pub mod config;

mod provider;

mod error;

mod engine;

mod access;

mod flow;

mod endpoint;

mod service_account;
mod zitadel;

mod token_source;
#[cfg(feature = "login")]
mod user_tokens;

mod adapter;

/// Counters and latencies, through the facade `metrics`: what a recorder of the application needs to know.
///
/// Every metric with its labels: `docs/operations.md`.
#[cfg(feature = "metrics")]
pub mod metrics {
    pub use crate::telemetry::metrics::{DURATION_BUCKETS, describe};
}

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;

#[cfg(feature = "login")]
#[doc(hidden)]
pub use crate::http::cookie::is_engine_cookie;
#[doc(inline)]
pub use crate::{
    access::{Authentication, Denied, Policy, Principal, Requirement},
    answer::{ErrorCode, ErrorPage},
    claims::Organization,
    config::{Config, ConfigBuilder, ConfigError, ConfiguredClient},
    endpoint::Endpoint,
    error::Error,
    flow::access_token::UserTokenError,
    http::{Reply, RequestHead, ResponseHeaders},
    protocol::{AccessToken, AccessTokenKind, ClientAuthentication, OAuthErrorCode, SigningAlgorithm, TokenExchange},
    roles::{RoleKey, RoleView, Roles},
    secret::Secret,
    service_account::ServiceAccount,
    time::Timestamp,
    token_source::TokenSource,
    user::{AccessTokenInfo, User},
    zitadel::{Zitadel, ZitadelBuilder},
};
#[cfg(feature = "login")]
#[doc(inline)]
pub use crate::{
    answer::Pages,
    config::{SessionMode, UserInfoSource},
    http::ReturnTo,
    protocol::{EndSessionForm, LoginOptions, Prompt},
    user::{SessionInfo, UserSession},
    user_tokens::UserTokens,
};
#[doc(hidden)]
pub use crate::{endpoint::MAX_FORM_BYTES, http::is_loopback};
