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

#[doc(inline)]
pub use crate::{
    access::{Authentication, Denied, Policy, Principal, Requirement},
    answer::{ErrorCode, ErrorPage, Pages},
    claims::Organization,
    config::{Config, ConfigBuilder, ConfigError, ConfiguredClient, SessionMode, UserInfoSource},
    endpoint::Endpoint,
    error::Error,
    flow::access_token::UserTokenError,
    http::{Reply, RequestHead, ResponseHeaders, ReturnTo},
    protocol::{
        AccessToken, AccessTokenKind, ClientAuthentication, EndSessionForm, LoginOptions, OAuthErrorCode, Prompt,
        SigningAlgorithm, TokenExchange,
    },
    roles::{RoleKey, RoleView, Roles},
    secret::Secret,
    service_account::ServiceAccount,
    time::Timestamp,
    token_source::{TokenSource, UserTokens},
    user::{AccessTokenInfo, SessionInfo, User, UserSession},
    zitadel::{Zitadel, ZitadelBuilder},
};
#[doc(hidden)]
pub use crate::{endpoint::MAX_FORM_BYTES, http::cookie::is_engine_cookie};
