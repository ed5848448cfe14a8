//! Every metric: its name, labels and help text, defined once. `docs/operations.md` lists them, and a test compares.
//!
//! Names follow the conventions of Prometheus. Labels are words of closed lists ([`LabelValue`]): no user, session, address or
//! text from outside is ever part of a metric. Nothing is counted for a request whose session is in memory.
#![cfg_attr(not(feature = "login"), expect(dead_code, reason = "the documented metrics are the same in every build"))]

use std::time::Duration;

use super::labels::{Document, Flow, LabelValue, Outcome, ProviderEndpoint, ProviderReason, StoreOperation};

/// Upper bounds of the buckets of histograms, in seconds: from a store in the same data center to the twelve seconds for
/// which a request may wait for a refresh.
///
/// An exporter that is not told about them shows quantiles of one process, which cannot be added up over replicas.
#[cfg(feature = "metrics")]
pub const DURATION_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0];

/// What kind of metric it is.
#[cfg(any(test, feature = "metrics"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Histogram,
}

/// A metric as exporters and documentation see it.
#[cfg(any(test, feature = "metrics"))]
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
    /// Each with the type of its values.
    #[cfg(test)]
    pub(super) labels: &'static [(&'static str, &'static str)],
}

/// `counter name(label: Type) = "zitadel_…", "help";` or `histogram …`.
macro_rules! metrics {
    ($($kind:ident $function:ident($($label:ident: $type:ty),*) = $name:literal, $help:literal;)*) => {
        $(metrics!(@$kind $function($($label: $type),*), $name, $help);)*

        #[cfg(any(test, feature = "metrics"))]
        pub(super) const ALL: &[Metric] = &[
            $(Metric {
                name: $name,
                kind: metrics!(@kind $kind),
                help: $help,
                #[cfg(test)]
                labels: &[$((stringify!($label), stringify!($type))),*],
            },)*
        ];
    };
    (@counter $function:ident($($label:ident: $type:ty),*), $name:literal, $help:literal) => {
        #[doc = $help]
        pub(super) fn $function($($label: $type),*) {
            #[cfg(feature = "metrics")]
            ::metrics::counter!($name $(, stringify!($label) => $label.word())*).increment(1);
            #[cfg(not(feature = "metrics"))]
            let _ = ($($label,)*);
        }
    };
    (@histogram $function:ident($($label:ident: $type:ty),*), $name:literal, $help:literal) => {
        #[doc = $help]
        pub(super) fn $function($($label: $type,)* duration: Duration) {
            #[cfg(feature = "metrics")]
            ::metrics::histogram!($name $(, stringify!($label) => $label.word())*).record(duration.as_secs_f64());
            #[cfg(not(feature = "metrics"))]
            let _ = ($($label,)* duration);
        }
    };
    (@kind counter) => { Kind::Counter };
    (@kind histogram) => { Kind::Histogram };
}

metrics! {
    counter login_starts() = "zitadel_login_starts_total", "Logins that were sent to the provider.";
    counter logins(outcome: Outcome, reason: impl LabelValue) = "zitadel_logins_total",
        "Logins that ended, or could not start, by how and why.";
    counter refreshes(outcome: Outcome, reason: impl LabelValue) = "zitadel_refreshes_total",
        "Refreshes that this process attempted, by how they ended and why.";
    counter claim_updates(outcome: Outcome) = "zitadel_claim_updates_total",
        "Attempts to read claims again that a refresh could not update.";
    counter logouts(outcome: Outcome) = "zitadel_logouts_total",
        "Sessions that users ended here; failed if other replicas do not know it.";
    counter provider_logout_failures(reason: impl LabelValue) = "zitadel_provider_logout_failures_total",
        "Logouts that ended the session here, but could not send the browser to the provider.";
    counter back_channel_logouts(outcome: Outcome) = "zitadel_back_channel_logouts_total",
        "Logout tokens that the provider sent, and what came of them.";
    counter rejected_sessions(reason: impl LabelValue) = "zitadel_rejected_sessions_total",
        "Requests whose session cookie gave no user, by reason.";
    counter access_tokens(kind: impl LabelValue, outcome: Outcome) = "zitadel_access_tokens_total",
        "Access tokens of callers that were not in memory, by their form and whether they were accepted.";
    counter service_account_tokens(outcome: Outcome) = "zitadel_service_account_tokens_total",
        "Requests for access tokens of the application itself, by how they ended.";
    histogram flow_duration(flow: Flow) = "zitadel_flow_duration_seconds",
        "Time that endpoints of the library took to answer, and refreshes to have a result.";
    counter provider_requests(endpoint: ProviderEndpoint, outcome: Outcome, reason: Option<ProviderReason>) =
        "zitadel_provider_requests_total", "Requests to the provider, by endpoint, how they ended and why.";
    histogram provider_request_duration(endpoint: ProviderEndpoint) = "zitadel_provider_request_duration_seconds",
        "Time until the provider answered or the request failed.";
    counter provider_documents(document: Document, outcome: Outcome, reason: Option<ProviderReason>) =
        "zitadel_provider_documents_total", "Fetches of metadata and keys, by how they ended and why.";
    counter store_calls(operation: StoreOperation, outcome: Outcome) = "zitadel_store_calls_total",
        "Calls of the store, by operation and how they ended.";
    histogram store_call_duration(operation: StoreOperation) = "zitadel_store_call_duration_seconds",
        "Time until the store answered or failed.";
    counter store_subscription_interruptions() = "zitadel_store_subscription_interruptions_total",
        "Times from which the store could not tell which sessions end on other replicas.";
    counter ends_dropped() = "zitadel_ends_dropped_total",
        "Ends of sessions of which other replicas will not learn, because too many waited for the store.";
    counter background_tasks_lost() = "zitadel_background_tasks_lost_total",
        "Tasks that panicked, or whose runtime ended before them.";
}

/// Tells the recorder of the application what each metric of this library means, for the `# HELP` lines of an exporter.
/// Call it once, after the recorder was installed.
///
/// What is measured, with every label and value: `docs/operations.md`.
#[cfg(feature = "metrics")]
pub fn describe() {
    for metric in ALL {
        match metric.kind {
            Kind::Counter => ::metrics::describe_counter!(metric.name, metric.help),
            Kind::Histogram => ::metrics::describe_histogram!(metric.name, ::metrics::Unit::Seconds, metric.help),
        }
    }
}

#[cfg(test)]
mod tests;
