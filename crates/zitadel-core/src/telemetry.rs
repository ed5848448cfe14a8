//! Every event that the engine logs: its name, level and fields, defined once.
//!
//! The message of an event *is* its name, so that a search for the name finds the record in any format. Names and fields
//! are stable; `docs/troubleshooting.md` lists them. No field holds a token, a code, a secret, a cookie or a claim.
//! `error` is an error with its causes on one line.
//!
//! An event that stands for an outcome counts it, so that log and metrics agree (`metrics.rs`).

use std::{error::Error, time::Duration};

use crate::error_chain::Chain;

macro_rules! event {
    ($level:ident, $name:literal $(, $($fields:tt)+)?) => {
        tracing::$level!(name: $name, $($($fields)+,)? $name)
    };
}

mod labels;
#[cfg(feature = "login")]
mod login;
pub(crate) mod metrics;
mod outgoing;
mod spans;

use self::labels::Outcome;
pub(crate) use self::{
    labels::{Document, LabelValue, ProviderEndpoint, ProviderReason, StoreOperation},
    outgoing::*,
    spans::{provider_request as provider_request_span, record_user_id, store as store_span},
};
#[cfg(feature = "login")]
pub(crate) use self::{
    labels::{Flow, RefreshReason},
    login::*,
    spans::flow as flow_span,
};

// Access tokens for other APIs.

/// A handler asked for the access token of a user, and there is none.
pub(crate) fn user_token_not_available(error: &dyn Error) {
    event!(info, "user_token_not_available", error = %Chain(error));
}

/// An API to which requests are forwarded gave no answer.
pub(crate) fn upstream_unavailable(error: &dyn Error) {
    event!(warn, "upstream_unavailable", error = %Chain(error));
}

/// An access token was not exchanged, and will not be until something is changed.
pub(crate) fn token_exchange_refused(hint: &'static str, description: Option<&str>, error: &dyn Error) {
    event!(error, "token_exchange_refused", description, hint, error = %Chain(error));
}

/// An access token was not exchanged just now.
pub(crate) fn token_exchange_failed(error: &dyn Error) {
    event!(warn, "token_exchange_failed", error = %Chain(error));
}

// Access tokens of callers.

/// A token that was not in memory is accepted.
pub(crate) fn access_token_accepted(kind: impl LabelValue) {
    metrics::access_tokens(kind, Outcome::Ok);
}

/// A token is not acceptable: 401.
pub(crate) fn access_token_rejected(kind: impl LabelValue, error: &dyn Error) {
    metrics::access_tokens(kind, Outcome::Refused);
    let kind = kind.word();
    event!(info, "access_token_rejected", kind, error = %Chain(error));
}

/// It is unknown whether a token is acceptable: 503.
pub(crate) fn access_token_not_verified(kind: impl LabelValue, code: impl LabelValue, error: &dyn Error) {
    metrics::access_tokens(kind, Outcome::Failed);
    let (kind, code) = (kind.word(), code.word());
    event!(warn, "access_token_not_verified", kind, code, error = %Chain(error));
}

/// The provider does not let this application introspect. `description` is the provider's `error_description`.
pub(crate) fn introspection_refused(status: u16, description: Option<&str>, error: &dyn Error) {
    let hint = "the key file (ZITADEL_APP_KEY), or the client id and its secret, must be those of an API application in the ZITADEL \
                console, or of another one that authenticates; a key must not have expired, and this machine's clock must be right";
    event!(error, "introspection_refused", status, description, hint, error = %Chain(error));
}

// Tokens of the application itself.

pub(crate) fn service_account_token_obtained(expires_in: Option<Duration>) {
    metrics::service_account_tokens(Outcome::Ok);
    let expires_in = expires_in.map(|lifetime| lifetime.as_secs());
    event!(debug, "service_account_token_obtained", expires_in);
}

/// A token was obtained that introspection will call inactive at the API of any project.
pub(crate) fn service_account_without_project() {
    let hint = "the token names no project: to call the API of one, add urn:zitadel:iam:org:project:id:PROJECT_ID:aud to \
                ZITADEL_SERVICE_ACCOUNT_SCOPES";
    event!(warn, "service_account_without_project", hint);
}

/// There is no token now, and there may be one later.
pub(crate) fn service_account_failed(error: &dyn Error) {
    metrics::service_account_tokens(Outcome::Failed);
    event!(warn, "service_account_failed", error = %Chain(error));
}

/// The provider refuses the service account. `key` is the id of the key file and its expiration, both public.
pub(crate) fn service_account_refused(
    status: u16,
    description: Option<&str>,
    key: Option<(&str, Option<&str>)>,
    error: &dyn Error,
) {
    metrics::service_account_tokens(Outcome::Refused);
    let (key_id, key_expiration) = key.map_or((None, None), |(id, expiration)| (Some(id), expiration));
    let hint = "the key or the secret must be the current one of an active service account of the instance that ZITADEL_DOMAIN names, \
                a key must not have expired, and this machine's clock must be right";
    event!(error, "service_account_refused", status, description, key_id, key_expiration, hint, error = %Chain(error));
}

// Refresh.

/// A background task panicked, or its runtime ended.
pub(crate) fn background_task_lost(error: &dyn Error) {
    metrics::background_tasks_lost();
    event!(error, "background_task_lost", error = %Chain(error));
}

// The application.

/// The application uses the adapter or the engine incorrectly; `hint` says what to change.
pub(crate) fn application_misconfigured(hint: &'static str) {
    event!(error, "application_misconfigured", hint);
}

#[cfg(feature = "reqwest")]
pub(crate) fn no_trusted_certificates(error: &dyn Error) {
    event!(warn, "no_trusted_certificates", error = %Chain(error));
}

#[cfg(feature = "reqwest")]
pub(crate) fn http_client_failed(error: &dyn Error) {
    event!(error, "http_client_failed", error = %Chain(error));
}

#[cfg(test)]
mod tests;
