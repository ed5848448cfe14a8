//! Token responses for a code, and errors instead of them.

use std::collections::BTreeSet;

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;
use zitadel_core::{
    ErrorCode, OAuthErrorCode, Secret, User,
    internals::{Verifier, log_in},
};

use super::{
    provider::{ISSUER, Recorded, TOKEN, USER_INFO},
    recorded::{Entry, Kind, instance, named, of_kind},
};
use crate::support::{Log, query};

/// Userinfo of the person in this ID token: one that is recorded for the access token, or another of the same person.
pub(super) fn user_info(tokens: &Entry) -> Entry {
    let subject = tokens.claim("sub");
    let mut recorded = of_kind(Kind::UserInfo);
    recorded.retain(|entry| entry.text("sub") == subject);
    let has_same_token = |entry: &Entry| entry.bearer == tokens.text("access_token");
    let at = recorded
        .iter()
        .position(has_same_token)
        .or_else(|| recorded.iter().position(|it| it.json()["name"].is_string()));
    recorded.swap_remove(at.unwrap_or_else(|| panic!("no userinfo of {subject} is recorded, for {}", tokens.name)))
}

/// The client of an ID token.
pub(super) fn client(tokens: &Entry) -> String {
    let client = tokens.claim("azp");
    let instance = instance();
    let mut applications = instance.as_object().unwrap().values();
    assert!(applications.any(|it| it["client"] == *client), "{}: {client} is no application", tokens.name);
    client
}

/// The user is the one whom the user name belongs to in `instance.json`, with every claim of userinfo.
#[track_caller]
pub(super) fn assert_user(user: &User, user_info: &Entry) {
    let (claims, instance) = (user_info.json(), instance());
    let text = |name: &str| claims[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let person = text("preferred_username").unwrap_or_else(|| panic!("{} names nobody", user_info.name));
    assert_eq!(user.subject(), instance[&person]["id"], "{person}");
    assert_eq!(user.preferred_username().map(str::to_owned), Some(person));
    assert_eq!(user.name().map(str::to_owned), text("name"));
    assert_eq!(user.email().map(str::to_owned), text("email"));
    assert_eq!(user.email_verified(), claims["email_verified"] == true);
    let organization = text("urn:zitadel:iam:user:resourceowner:id");
    assert_eq!(user.organization().map(|it| it.id().to_owned()), organization);
    if let Some(organization) = organization {
        assert!([&instance["org"], &instance["org2"]].iter().any(|known| **known == *organization), "{organization}");
    }
    let project = format!("urn:zitadel:iam:org:project:{}:roles", instance["project"].as_str().unwrap());
    let expected: BTreeSet<_> =
        claims[&project].as_object().into_iter().flatten().map(|(role, _)| role.as_str()).collect();
    assert_eq!(user.roles().keys().collect::<BTreeSet<_>>(), expected);
    let metadata = claims["urn:zitadel:iam:user:metadata"].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(user.metadata().count(), metadata);
}

#[tokio::test]
async fn every_recorded_login_gives_the_user_of_the_instance() {
    let mut logged_in = 0;
    for tokens in of_kind(Kind::Login) {
        let is_complete = tokens.json()["id_token"].is_string();
        let (client, user_info) = match is_complete {
            true => (client(&tokens), user_info(&tokens)),
            false => (instance()["web-none"]["client"].as_str().unwrap().to_owned(), named("userinfo")),
        };
        let mut application = Recorded::application(&client, tokens.time);
        match application.log_in(&tokens, &user_info).await {
            Ok(user) => {
                assert_user(&user, &user_info);
                assert_eq!(
                    Value::Object(user.session().unwrap().id_token_claims()),
                    tokens.id_token(),
                    "{}",
                    tokens.name
                );
                logged_in += 1;
            }
            Err(code) => assert!(!is_complete && code == ErrorCode::LoginFailed, "{}: {code:?}", tokens.name),
        }
    }
    assert!(logged_in > 20, "{logged_in}");
}

#[tokio::test]
async fn recorded_login_is_refused_for_another_client_another_nonce_and_another_time() {
    let (tokens, user_info) = (named("token-code-none"), named("userinfo"));
    let sibling = instance()["web-basic"]["client"].as_str().unwrap().to_owned();
    let own = client(&tokens);
    let expires_at = tokens.id_token()["exp"].as_u64().unwrap();
    for (client, time) in [(&sibling, tokens.time), (&own, expires_at + 61), (&own, tokens.time - 61)] {
        let outcome = Recorded::application(client, time).log_in(&tokens, &user_info).await;
        assert_eq!(outcome.unwrap_err(), ErrorCode::LoginFailed, "{client} at {time}");
    }
    let application = Recorded::application(&own, tokens.time);
    application.answer(USER_INFO, &user_info);
    application.answer(TOKEN, &tokens);
    let other = log_in(&application.zitadel, "another nonce").await;
    assert_eq!(other.unwrap_err(), ErrorCode::LoginFailed);
    // With its own everything is right.
    assert!(Recorded::application(&own, expires_at + 59).log_in(&tokens, &user_info).await.is_ok());
}

/// Machines and exchanged tokens: the engine does not request them yet, but their ID tokens are those of the same provider.
#[test]
fn id_tokens_of_other_grants_verify() {
    let verifier = Verifier::new(named("keys-after-rotation").body.as_bytes()).unwrap();
    let mut verified = 0;
    for tokens in of_kind(Kind::OtherTokens).iter().filter(|tokens| tokens.json()["id_token"].is_string()) {
        let token = Secret::from(tokens.text("id_token"));
        assert!(verifier.accepts(&token, ISSUER, &tokens.claim("azp"), tokens.time), "{}", tokens.name);
        assert!(!verifier.accepts(&token, ISSUER, "another client", tokens.time), "{}", tokens.name);
        verified += 1;
    }
    assert!(verified > 8, "{verified}");
}

/// The algorithm of a token, from its header.
fn algorithm(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode_to_vec(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["alg"].as_str().unwrap().to_owned()
}

#[test]
fn recorded_logins_are_signed_with_every_algorithm_of_the_key_set() {
    let keys = named("keys-after-rotation").json();
    let published: BTreeSet<_> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap().to_owned()).collect();
    let logins = of_kind(Kind::Login);
    let tokens = logins.iter().map(|tokens| tokens.text("id_token")).filter(|token| !token.is_empty());
    assert_eq!(tokens.map(|token| algorithm(&token)).collect::<BTreeSet<_>>(), published);
    assert_eq!(published.len(), 6, "RS384 was not recorded");
}

/// Through the whole callback: nothing of it depends on a nonce.
#[tokio::test]
async fn recorded_errors_at_a_login_are_refusals_or_our_own_misconfiguration() {
    for error in of_kind(Kind::LoginError) {
        let expected = match error.text("error").as_str() {
            "invalid_client" | "unauthorized_client" | "unsupported_grant_type" => ErrorCode::Misconfigured,
            _ => ErrorCode::OAuth(OAuthErrorCode::InvalidGrant),
        };
        let mut application = Recorded::application(&client(&named("token-code-none")), error.time);
        application.answer(TOKEN, &error);
        let state = query(&application.browser.start_login("/profile").await).remove("state").unwrap();
        let log = Log::collect();
        let reply = application.browser.callback(&format!("/auth/callback?code=recorded&state={state}")).await;
        assert!(application.browser.cookies.is_empty(), "{}", error.name);
        let event = log.event("login_failed");
        assert!(event.contains(&format!("code=\"{}\"", expected.as_str())), "{}: {event}", error.name);
        let is_ours = expected == ErrorCode::Misconfigured;
        assert_eq!(reply.status >= 500, is_ours, "{}: {}", error.name, reply.status);
        assert_eq!(log.text().contains("client_misconfigured"), is_ours, "{}", error.name);
        let description = error.text("error_description");
        assert!(log.text().contains(&description), "the log says what ZITADEL said: {description}");
    }
}
