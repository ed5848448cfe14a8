//! Token responses for a refresh token, and errors instead of them.

use std::collections::BTreeSet;

use zitadel_core::Endpoint;

use super::{
    logins::{assert_user, client, user_info},
    provider::{Recorded, TOKEN, USER_INFO},
    recorded::{Entry, Kind, all, named, of_kind},
};
use crate::support::{Log, json};

/// Between login and refresh; an ID token may be issued this much in the future.
const BETWEEN: u64 = 45;

/// The response that gave the refresh token of this request; if none is recorded, its own.
fn predecessor(refresh: &Entry) -> Entry {
    let token = refresh.field("refresh_token");
    let mut entries = all();
    entries.retain(|entry| matches!(entry.kind, Kind::Login | Kind::Refresh) && entry.text("refresh_token") == token);
    entries.pop().unwrap_or_else(|| named(&refresh.name))
}

#[tokio::test]
async fn every_recorded_refresh_renews_the_session_of_its_user() {
    let mut chained = 0;
    for refresh in of_kind(Kind::Refresh) {
        let before = predecessor(&refresh);
        chained += usize::from(before.name != refresh.name);
        let user_info = user_info(&refresh);
        let mut application = Recorded::application(&client(&refresh), refresh.time - BETWEEN);
        application.log_in_with_due_tokens(&before, &user_info).await;
        application.set_time(refresh.time);
        application.answer(TOKEN, &refresh);
        let user = application.browser.open("/").await.unwrap_or_else(|status| panic!("{}: {status}", refresh.name));
        assert_user(&user, &user_info);
        let session = user.session().unwrap();
        assert_eq!(session.refresh_count(), 1, "{}", refresh.name);
        assert_eq!(session.id_token_claims(), *refresh.id_token().as_object().unwrap(), "{}", refresh.name);
    }
    assert!(chained > 0, "no refresh follows a recorded response");
}

/// Of other grants, as a refresh may be answered, too (OIDC Core §12.2).
#[tokio::test]
async fn tokens_without_an_id_token_renew_the_session_as_well() {
    let (login, user_info) = (named("token-code-none"), named("userinfo"));
    for tokens in of_kind(Kind::OtherTokens).iter().filter(|tokens| tokens.id_token().is_null()) {
        let mut application = Recorded::application(&client(&login), login.time);
        application.log_in_with_due_tokens(&login, &user_info).await;
        application.set_time(login.time + BETWEEN);
        application.answer(TOKEN, tokens);
        let user = application.browser.open("/").await.unwrap_or_else(|status| panic!("{}: {status}", tokens.name));
        assert_user(&user, &user_info);
        assert_eq!(user.session().unwrap().refresh_count(), 1, "{}", tokens.name);
    }
}

/// Errors of other grants, too: what they mean depends on status and code alone.
#[tokio::test]
async fn recorded_errors_at_a_refresh_end_the_session_or_pass_or_are_our_own_misconfiguration() {
    let (login, user_info) = (named("token-code-none"), named("userinfo"));
    let mut outcomes = BTreeSet::new();
    for error in of_kind(Kind::RefreshError).into_iter().chain(of_kind(Kind::OtherError)) {
        let mut application = Recorded::application(&client(&login), login.time);
        application.log_in_with_due_tokens(&login, &user_info).await;
        application.set_time(login.time + BETWEEN);
        application.answer(TOKEN, &error);
        let log = Log::collect();
        let status = application.browser.open("/").await.map(|_| 200).unwrap_or_else(|status| status);
        let is_ended = application.browser.session_cookies().is_empty();
        let is_misconfigured = log.text().contains("client_misconfigured");
        let expected = match (error.status, error.text("error").as_str()) {
            (500, _) => (503, false, false),
            // Nobody is signed out because of a wrong secret.
            (_, "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope") => {
                (503, false, true)
            }
            _ => (302, true, false),
        };
        assert_eq!((status, is_ended, is_misconfigured), expected, "{}", error.name);
        outcomes.insert(expected);
    }
    assert_eq!(outcomes.len(), 3, "each outcome was recorded");
}

#[tokio::test]
async fn recorded_refusals_of_userinfo_end_the_session_when_its_refresh_is_refused_too() {
    let (login, good) = (named("token-code-none"), named("userinfo"));
    for refusal in of_kind(Kind::UserInfoError) {
        let mut application = Recorded::application(&client(&login), login.time);
        application.log_in(&login, &good).await.unwrap();
        application.forget(USER_INFO);
        application.forget(TOKEN);
        application.answer(USER_INFO, &refusal);
        application.answer(TOKEN, &named("refresh-revoked"));
        application.set_time(login.time + BETWEEN);
        let head = application.browser.request("GET", "/auth/userinfo");
        let reply = application.browser.serve(Endpoint::UserInfo, &head, "").await;
        assert_eq!(json(&reply, 401)["error"], "session_expired", "{}", refusal.name);
        assert!(application.browser.session_cookies().is_empty(), "{}", refusal.name);
    }
}
