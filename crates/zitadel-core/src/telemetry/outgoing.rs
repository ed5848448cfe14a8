//! What is logged and counted of the provider and of the store.

use std::{error::Error, time::Duration};

use tracing::Span;

use super::{
    labels::{Document, LabelValue as _, Outcome, ProviderEndpoint, ProviderReason, StoreOperation},
    metrics, spans,
};
use crate::error_chain::Chain;

// The provider.

/// A request to the provider ended: with a status, or without an answer.
pub(crate) fn provider_request_ended(
    span: &Span,
    endpoint: ProviderEndpoint,
    answer: Result<u16, ProviderReason>,
    duration: Duration,
) {
    let (outcome, reason) = match answer {
        Ok(200..300) => (Outcome::Ok, None),
        Ok(400..500) => (Outcome::Refused, Some(ProviderReason::HttpStatus)),
        Ok(_) => (Outcome::Failed, Some(ProviderReason::HttpStatus)),
        Err(reason) => (Outcome::Failed, Some(reason)),
    };
    metrics::provider_requests(endpoint, outcome, reason);
    metrics::provider_request_duration(endpoint, duration);
    spans::record_provider_answer(span, outcome, reason, answer.ok());
}

/// Metadata or keys were fetched.
pub(crate) fn provider_document_fetched(document: Document) {
    metrics::provider_documents(document, Outcome::Ok, None);
}

pub(crate) fn provider_fetch_failed(document: Document, reason: ProviderReason, error: &dyn Error) {
    metrics::provider_documents(document, Outcome::Failed, Some(reason));
    let (document, reason) = (document.word(), reason.word());
    event!(warn, "provider_fetch_failed", document, reason, error = %Chain(error));
}

pub(crate) fn issuer_mismatch(configured: &str, document: &str) {
    let hint = "ZITADEL_DOMAIN must equal the issuer of the document exactly (often a trailing slash differs, or http)";
    event!(error, "issuer_mismatch", configured, document, hint);
}

pub(crate) fn s256_not_listed() {
    event!(warn, "s256_not_listed");
}

/// `skipped` keys are of a kind that is not used for signatures here.
pub(crate) fn keys_fetched(keys: usize, skipped: usize) {
    event!(debug, "keys_fetched", keys, skipped);
}

/// The token endpoint responded without tokens. `description` is the provider's `error_description`.
#[cfg(feature = "login")]
pub(crate) fn token_request_refused(status: u16, description: Option<&str>, error: &dyn Error) {
    event!(info, "token_request_refused", status, description, error = %Chain(error));
}

/// The provider does not accept this client as it is configured. `description` is the provider's `error_description`.
#[cfg(feature = "login")]
pub(crate) fn client_misconfigured(description: Option<&str>, error: &dyn Error) {
    let hint = "ZITADEL_CLIENT_ID, ZITADEL_CLIENT_SECRET and ZITADEL_CLIENT_AUTH, or ZITADEL_APP_KEY, must be those of the application in the \
                ZITADEL console, and it must have the grant types \"Authorization Code\" and \"Refresh Token\"";
    event!(error, "client_misconfigured", description, hint, error = %Chain(error));
}

/// `dependency` is `zitadel` or `store`; `reason` is the word in the response.
pub(crate) fn readiness_failed(dependency: &'static str, reason: &'static str, error: &dyn Error) {
    event!(warn, "readiness_failed", dependency, reason, error = %Chain(error));
}

// The store.

/// A call of the store ended. A failure is logged where it is known what it means.
pub(crate) fn store_call_ended(span: &Span, operation: StoreOperation, is_ok: bool, duration: Duration) {
    let outcome = if is_ok { Outcome::Ok } else { Outcome::Failed };
    metrics::store_calls(operation, outcome);
    metrics::store_call_duration(operation, duration);
    spans::record_outcome(span, outcome);
}
