//! Every span: its name and fields, defined once. `docs/operations.md` lists them.
//!
//! Fields are words of closed lists, as the labels of metrics are. While no `tracing` subscriber is set there are no spans:
//! with the feature `log` each would be a line of its own.

use tracing::{Span, dispatcher, field::Empty, subscriber::NoSubscriber};

#[cfg(feature = "login")]
use super::labels::Flow;
use super::labels::{LabelValue, Outcome, ProviderEndpoint, ProviderReason, StoreOperation};

macro_rules! span {
    ($level:ident, $name:literal $(, $($fields:tt)+)?) => {
        match dispatcher::get_default(|dispatch| dispatch.is::<NoSubscriber>()) {
            true => Span::none(),
            false => tracing::span!(tracing::Level::$level, $name $(, $($fields)+)?),
        }
    };
}

/// A flow, from the request for it to its answer.
#[cfg(feature = "login")]
pub(crate) fn flow(flow: Flow) -> Span {
    match flow {
        Flow::Login => span!(INFO, "login"),
        Flow::Callback => span!(INFO, "callback"),
        Flow::Logout => span!(INFO, "logout"),
        Flow::LogoutCallback => span!(INFO, "logout_callback"),
        Flow::BackChannelLogout => span!(INFO, "back_channel_logout"),
        Flow::Refresh => span!(INFO, "refresh"),
        Flow::Session => span!(INFO, "session"),
        Flow::UserInfo => span!(INFO, "userinfo"),
    }
}

/// One request to the provider.
pub(crate) fn provider_request(endpoint: ProviderEndpoint) -> Span {
    span!(DEBUG, "provider_request", endpoint = endpoint.word(), outcome = Empty, reason = Empty, status = Empty)
}

/// One call of the store.
pub(crate) fn store(operation: StoreOperation) -> Span {
    span!(DEBUG, "store", operation = operation.word(), outcome = Empty)
}

/// How what a span stands for ended.
pub(super) fn record_outcome(span: &Span, outcome: Outcome) {
    span.record("outcome", outcome.word());
}

/// What became of a request to the provider.
pub(super) fn record_provider_answer(
    span: &Span,
    outcome: Outcome,
    reason: Option<ProviderReason>,
    status: Option<u16>,
) {
    record_outcome(span, outcome);
    span.record("reason", reason.word());
    if let Some(status) = status {
        span.record("status", status);
    }
}

/// The user of a request, for a span of the application that declares this field (a name of OpenTelemetry).
pub(crate) fn record_user_id(subject: &str) {
    Span::current().record("enduser.id", subject);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_subscriber_there_are_no_spans_that_the_log_crate_would_print() {
        tracing::subscriber::with_default(NoSubscriber::new(), || {
            assert!(flow(Flow::Login).metadata().is_none());
            assert!(store(StoreOperation::Get).metadata().is_none());
        });
        let subscriber = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
        tracing::subscriber::with_default(subscriber, || {
            assert_eq!(flow(Flow::Login).metadata().map(|metadata| metadata.name()), Some("login"));
        });
    }
}
