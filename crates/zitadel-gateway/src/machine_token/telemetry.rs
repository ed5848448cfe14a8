//! Who asked for machine tokens, and what they got: a counter and a log event, with the caller's name and never a secret.

use metrics::{counter, describe_counter};

/// The caller of a request without acceptable credentials. No name has parentheses.
pub(super) const UNKNOWN: &str = "(unknown)";
/// The caller of a request without credentials, with `DANGER_OPEN_MACHINE_TOKEN`.
pub(super) const ANYONE: &str = "(anyone)";

const REQUESTS: &str = "zitadel_gateway_machine_tokens_total";

/// What a request was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Issued,
    /// No credentials, or not those of a caller.
    Unauthenticated,
    /// An audience or a scope that the caller may not have.
    Refused,
    /// The provider gave no token, or could not be asked.
    Unavailable,
    /// There are no callers, or no service account.
    Disabled,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Unauthenticated => "unauthenticated",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Disabled => "disabled",
        }
    }
}

/// Tells the recorder of metrics what is counted.
pub(crate) fn describe() {
    describe_counter!(REQUESTS, "Requests for machine tokens, by caller and outcome");
}

/// Counts and logs an answer. Names are those of the callers file, so that there are few.
pub(super) fn answered(caller: &str, outcome: Outcome) {
    counter!(REQUESTS, "caller" => caller.to_owned(), "outcome" => outcome.word()).increment(1);
    match outcome {
        Outcome::Issued => {
            tracing::info!(name: "machine_token_issued", caller, "machine_token_issued");
        }
        _ => tracing::warn!(
            name: "machine_token_refused",
            caller,
            outcome = outcome.word(),
            "machine_token_refused"
        ),
    }
}
