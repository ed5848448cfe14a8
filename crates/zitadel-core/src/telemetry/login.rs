//! The events of login, sessions and logout.

use std::{error::Error, fmt, time::Duration};

use super::{
    labels::{Flow, LabelValue, Outcome, ProviderReason, RefreshReason, SessionRejection},
    metrics,
};
use crate::error_chain::Chain;

/// What a failure interrupted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Login,
    UserInfo,
}

/// How serious a failure is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Severity {
    Info,
    Warning,
    Error,
}

// Flows.

/// A flow has its answer.
pub(crate) fn flow_took(flow: Flow, duration: Duration) {
    metrics::flow_duration(flow, duration);
}

// Logins.

/// A browser is sent to the provider.
pub(crate) fn login_started() {
    metrics::login_starts();
    event!(debug, "login_started");
}

pub(crate) fn login_completed(access_token_kind: impl fmt::Debug, cookie_bytes: usize) {
    metrics::logins(Outcome::Ok, None::<ProviderReason>);
    event!(info, "login_completed", ?access_token_kind, cookie_bytes);
}

/// The `error_description` of an authorization response, as the provider sent it.
pub(crate) fn login_error_described(description: &str) {
    event!(info, "login_error_described", description);
}

/// A page to return to that a login does not keep; `reason` says why.
pub(crate) fn return_to_dropped(reason: &'static str) {
    event!(debug, "return_to_dropped", reason);
}

/// A callback that came again: the response is that of the first one.
pub(crate) fn callback_repeated() {
    event!(debug, "callback_repeated");
}

/// The code of a login was redeemed by a request whose outcome is not there: its replica ended, or it was too long ago.
pub(crate) fn login_outcome_missing() {
    event!(warn, "login_outcome_missing");
}

/// The store failed before the code of a login was redeemed: the same callback can be opened again.
pub(crate) fn login_not_coordinated(error: &dyn Error) {
    event!(error, "login_not_coordinated", error = %Chain(error));
}

/// A repeated callback of this login will have to start again.
pub(crate) fn login_outcome_not_published(error: &dyn Error) {
    event!(error, "login_outcome_not_published", error = %Chain(error));
}

/// A failure that was answered with `code`. `incident` is the number on the page.
pub(crate) fn operation_failed(
    operation: Operation,
    severity: Severity,
    code: impl LabelValue,
    incident: Option<&str>,
    error: &dyn Error,
) {
    if let Operation::Login = operation {
        let outcome = if incident.is_some() { Outcome::Failed } else { Outcome::Refused };
        metrics::logins(outcome, code);
    }
    let (code, error) = (code.word(), Chain(error));
    macro_rules! failed {
        ($name:literal) => {
            match severity {
                Severity::Info => event!(info, $name, code, incident, %error),
                Severity::Warning => event!(warn, $name, code, incident, %error),
                Severity::Error => event!(error, $name, code, incident, %error),
            }
        };
    }
    match operation {
        Operation::Login => failed!("login_failed"),
        Operation::UserInfo => failed!("user_info_failed"),
    }
}

/// A page was opened at another name of the application's host, and is opened again at that of `ZITADEL_CALLBACK_URL`.
pub(crate) fn redirected_to_own_host() {
    event!(debug, "redirected_to_own_host");
}

/// A request that was refused because it comes from another site. `other_origin`: the application was opened at another
/// address than that of `ZITADEL_CALLBACK_URL` (`127.0.0.1` is not `localhost`).
pub(crate) fn cross_site_request_refused(other_origin: bool) {
    metrics::rejected_sessions(SessionRejection::CrossSite);
    let hint = other_origin.then_some(
        "the application was opened at another address than that of ZITADEL_CALLBACK_URL (`127.0.0.1` is not `localhost`)",
    );
    event!(warn, "cross_site_request_refused", hint);
}

// Sessions.

pub(crate) fn session_cookie_rejected(error: &dyn Error) {
    metrics::rejected_sessions(SessionRejection::Cookie);
    event!(debug, "session_cookie_rejected", error = %Chain(error));
}

pub(crate) fn session_expired() {
    metrics::rejected_sessions(SessionRejection::Expired);
    event!(debug, "session_expired");
}

pub(crate) fn revoked_session_presented() {
    metrics::rejected_sessions(SessionRejection::Revoked);
    event!(debug, "revoked_session_presented");
}

/// It is unknown whether a session was revoked.
pub(crate) fn revocation_check_failed(error: &dyn Error) {
    event!(error, "revocation_check_failed", error = %Chain(error));
}

/// Other replicas do not know that a session was revoked.
pub(crate) fn revocation_not_stored(error: &dyn Error) {
    event!(error, "revocation_not_stored", error = %Chain(error));
}

/// The store now tells this process which sessions end on other replicas.
pub(crate) fn store_subscribed() {
    event!(info, "store_subscribed");
}

/// The store cannot tell which sessions end: it is asked every `revocation_lag` and session until it can.
pub(crate) fn store_subscription_interrupted() {
    metrics::store_subscription_interruptions();
    event!(warn, "store_subscription_interrupted");
}

/// An end that the store did not take at first is known to other replicas now.
pub(crate) fn end_stored_late() {
    event!(info, "end_stored_late");
}

/// Too many ends wait for the store: other replicas will not learn of this one.
pub(crate) fn end_dropped() {
    metrics::ends_dropped();
    event!(error, "end_dropped");
}

/// A session that may be valid is answered with 503; `code` says what is missing. The event is that of the cause.
pub(crate) fn session_unavailable(code: impl LabelValue) {
    metrics::rejected_sessions(code);
}

/// A session could not be read from the store.
pub(crate) fn session_not_read(error: &dyn Error) {
    event!(error, "session_not_read", error = %Chain(error));
}

/// A session could not be written to the store: its cookie holds it instead.
pub(crate) fn session_not_stored(error: &dyn Error) {
    event!(error, "session_not_stored", error = %Chain(error));
}

/// A cookie refers to a session that is not in the store: it is over.
pub(crate) fn stored_session_absent() {
    metrics::rejected_sessions(SessionRejection::Absent);
    event!(debug, "stored_session_absent");
}

/// The list of a user's sessions could not be written: it is with the next change of one of them.
pub(crate) fn session_list_not_written(error: &dyn Error) {
    event!(warn, "session_list_not_written", error = %Chain(error));
}

// Refresh.

pub(crate) fn session_refreshed(refresh_count: u32) {
    metrics::refreshes(Outcome::Ok, None::<RefreshReason>);
    event!(debug, "session_refreshed", refresh_count);
}

/// A refresh failed and may succeed later.
pub(crate) fn refresh_failed(reason: RefreshReason, error: &dyn Error) {
    metrics::refreshes(Outcome::Failed, reason);
    event!(warn, "refresh_failed", error = %Chain(error));
}

/// The ID token of a refresh names another time of authentication than the one before it; the session keeps that one.
pub(crate) fn auth_time_changed(before: impl fmt::Display, after: impl fmt::Display) {
    event!(warn, "auth_time_changed", %before, %after);
}

/// The provider will not refresh a session again: it ended.
pub(crate) fn refresh_refused(error: &dyn Error) {
    metrics::refreshes(Outcome::Ended, RefreshReason::Refused);
    event!(info, "refresh_refused", error = %Chain(error));
}

/// The new tokens do not belong to the session: it ended.
pub(crate) fn refresh_rejected(error: &dyn Error) {
    metrics::refreshes(Outcome::Ended, RefreshReason::Rejected);
    event!(error, "refresh_rejected", error = %Chain(error));
}

/// A session no longer fits into cookies: it ended.
pub(crate) fn refreshed_session_too_large() {
    metrics::refreshes(Outcome::Ended, RefreshReason::SessionTooLarge);
    event!(error, "refreshed_session_too_large");
}

/// The tokens were refreshed; `part` could not be read. Userinfo is tried again.
pub(crate) fn refresh_incomplete(part: &'static str, error: &dyn Error) {
    event!(warn, "refresh_incomplete", part, error = %Chain(error));
}

/// Claims that a refresh could not update are current again.
pub(crate) fn claims_updated() {
    metrics::claim_updates(Outcome::Ok);
    event!(debug, "claims_updated");
}

/// Userinfo still cannot be read. `expired`: the earlier claims are no longer used, roles among them.
pub(crate) fn claims_not_updated(expired: bool, error: &dyn Error) {
    metrics::claim_updates(Outcome::Failed);
    event!(warn, "claims_not_updated", expired, error = %Chain(error));
}

/// A refresh waits for the provider's metadata.
pub(crate) fn refresh_deferred(error: &dyn Error) {
    metrics::refreshes(Outcome::Failed, RefreshReason::ProviderUnavailable);
    event!(debug, "refresh_deferred", error = %Chain(error));
}

/// The store failed while replicas agreed on who refreshes.
pub(crate) fn refresh_not_coordinated(error: &dyn Error) {
    metrics::refreshes(Outcome::Failed, RefreshReason::StoreUnavailable);
    event!(error, "refresh_not_coordinated", error = %Chain(error));
}

/// A refresh waited too long for its turn: another replica held the lease, or too many sessions are due.
pub(crate) fn refresh_lease_timed_out() {
    metrics::refreshes(Outcome::Failed, RefreshReason::LeaseTimedOut);
    event!(warn, "refresh_lease_timed_out");
}

pub(crate) fn refresh_lease_not_released(error: &dyn Error) {
    event!(warn, "refresh_lease_not_released", error = %Chain(error));
}

/// Requests with the cookie from before a refresh do not find its result on other replicas, until the store takes it.
pub(crate) fn refresh_result_not_published(error: &dyn Error) {
    event!(error, "refresh_result_not_published", error = %Chain(error));
}

/// The store took a result that it did not take at first.
pub(crate) fn refresh_result_published_late() {
    event!(info, "refresh_result_published_late");
}

// Logout.

pub(crate) fn logout_completed() {
    metrics::logouts(Outcome::Ok);
    event!(info, "logout_completed");
}

/// A logout of which other replicas do not know.
pub(crate) fn logout_not_stored(error: &dyn Error) {
    metrics::logouts(Outcome::Failed);
    revocation_not_stored(error);
}

/// The session ended here, and the browser could not be sent to the provider.
pub(crate) fn provider_logout_failed(code: impl LabelValue, error: &dyn Error) {
    metrics::provider_logout_failures(code);
    event!(warn, "provider_logout_failed", error = %Chain(error));
}

pub(crate) fn logout_callback_rejected(error: &dyn Error) {
    event!(warn, "logout_callback_rejected", error = %Chain(error));
}

/// The provider said that a session ended: one (`by_sid`), or all of a user.
pub(crate) fn back_channel_logout_completed(by_sid: bool) {
    metrics::back_channel_logouts(Outcome::Ok);
    event!(info, "back_channel_logout_completed", by_sid);
}

/// The application ended all sessions of a user.
pub(crate) fn sessions_ended() {
    event!(info, "sessions_ended");
}

/// What ended may not be known to other replicas.
pub(crate) fn back_channel_logout_failed(error: &dyn Error) {
    metrics::back_channel_logouts(Outcome::Failed);
    event!(error, "back_channel_logout_failed", error = %Chain(error));
}

pub(crate) fn logout_token_rejected(error: &dyn Error) {
    metrics::back_channel_logouts(Outcome::Refused);
    event!(warn, "logout_token_rejected", error = %Chain(error));
}

pub(crate) fn logout_token_repeated() {
    metrics::back_channel_logouts(Outcome::Repeated);
    event!(debug, "logout_token_repeated");
}

pub(crate) fn token_not_revoked(error: &dyn Error) {
    event!(warn, "token_not_revoked", error = %Chain(error));
}
