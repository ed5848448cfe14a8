//! ID tokens that are not acceptable create no session, and outsiders do not learn why.

use zitadel_core::{Endpoint, LoginOptions, Reply};
use zitadel_emulator::{EndpointName, Fault, SigningAlgorithm};

use crate::support::{App, BASE, Log, assert_page, emulator_with, incident, json, location, query};

/// A login while the token endpoint behaves like this.
async fn login_with(app: &App, fault: Fault) -> Reply {
    let mut browser = app.browser();
    app.emulator.fault(EndpointName::Token, fault);
    let reply = browser.login("alice", "/profile").await;
    assert!(browser.cookies.is_empty(), "neither a session nor the pending login is left");
    app.emulator.clear_faults();
    reply
}

#[tokio::test]
async fn unacceptable_id_token_creates_no_session_and_the_page_does_not_say_why() {
    let app = App::new();
    let mut pages = Vec::new();
    for fault in [
        Fault::WrongNonce,
        Fault::MissingNonce,
        Fault::WrongAudience,
        Fault::WrongAzp,
        Fault::WrongIssuer,
        Fault::ExpiredIdToken,
        Fault::FutureIdToken,
        Fault::MissingSub,
        Fault::WrongSubject,
        Fault::WrongAtHash,
        Fault::ForeignKey,
        Fault::UnknownKid,
        Fault::AlgNone,
        Fault::AlgHs256,
        Fault::TamperedSignature,
        Fault::NoIdToken,
        Fault::NoAccessToken,
        Fault::WrongTokenType,
    ] {
        let reply = login_with(&app, fault.clone()).await;
        assert_page(&reply, 502, "The response of the identity provider could not be verified.");
        pages.push((fault.clone(), reply.body.replace(incident(&reply), "")));
        let next = app.browser().login("alice", "/profile").await;
        assert_eq!(next.status, 302, "{fault:?}: the next login works");
    }
    for (fault, page) in &pages {
        assert_eq!(*page, pages[0].1, "{fault:?} can be distinguished");
    }
}

#[tokio::test]
async fn refused_id_token_names_in_the_log_the_claim_the_algorithm_or_both_issuers() {
    for (fault, words) in [
        (Fault::WrongNonce, vec!["`nonce`"]),
        (Fault::MissingNonce, vec!["`nonce`"]),
        (Fault::WrongAudience, vec!["`aud`"]),
        (Fault::WrongAzp, vec!["`azp`"]),
        (Fault::WrongIssuer, vec!["`iss`", "`http://elsewhere.localhost`", "`https://zitadel.example`"]),
        (Fault::ExpiredIdToken, vec!["`exp`"]),
        (Fault::FutureIdToken, vec!["`iat`"]),
        (Fault::MissingSub, vec!["`sub`"]),
        (Fault::WrongAtHash, vec!["`at_hash`"]),
        (Fault::AlgNone, vec!["`none`"]),
        (Fault::AlgHs256, vec!["`HS256`"]),
    ] {
        let (app, log) = (App::new(), Log::collect());
        login_with(&app, fault.clone()).await;
        let event = log.event("login_failed");
        assert!(event.contains("ERROR") && words.iter().all(|word| event.contains(word)), "{fault:?}: {event}");
    }
    let pinned = App::with(emulator_with(SigningAlgorithm::Es256), &[("ZITADEL_SIGNING_ALG", "RS256")]);
    let log = Log::collect();
    pinned.browser().login("alice", "/").await;
    let event = log.event("login_failed");
    assert!(event.contains("ES256") && event.contains("ZITADEL_SIGNING_ALG is RS256"), "{event}");
}

#[tokio::test]
async fn incident_number_is_different_each_time() {
    let app = App::new();
    let (first, second) = (login_with(&app, Fault::WrongNonce).await, login_with(&app, Fault::WrongNonce).await);
    assert_ne!(incident(&first), incident(&second));
}

#[tokio::test]
async fn failed_login_of_a_script_is_json_with_an_incident_number() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    app.emulator.fault(EndpointName::Token, Fault::WrongNonce);
    let head = browser.request("GET", callback.strip_prefix(BASE).unwrap());
    let body = json(&browser.serve(Endpoint::Callback, &head, "").await, 502);
    let mut members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["error", "error_description", "incident"]);
    assert_eq!(body["error"], "sign_in_failed");
}

#[tokio::test]
async fn signing_algorithms_of_zitadel_are_accepted_and_a_pinned_one_excludes_the_others() {
    for algorithm in SigningAlgorithm::ALL {
        let emulator = emulator_with(algorithm);
        App::with(emulator.clone(), &[]).logged_in("alice").await;
        App::with(emulator.clone(), &[("ZITADEL_SIGNING_ALG", algorithm.name())]).logged_in("alice").await;
        let other = if algorithm == SigningAlgorithm::Rs256 { "ES256" } else { "RS256" };
        let pinned = App::with(emulator, &[("ZITADEL_SIGNING_ALG", other)]);
        assert_eq!(pinned.browser().login("alice", "/").await.status, 502);
    }
}

#[tokio::test]
async fn user_of_another_organization_than_requested_is_rejected() {
    let app = App::new();
    let options = LoginOptions::new().organization("310000000000000002");
    for (user, status) in [("bob", 302), ("alice", 403)] {
        let mut browser = app.browser();
        let reply = app.zitadel.login(&browser.navigation("GET", "/"), &options, None).await;
        browser.store_cookies(&reply);
        // The emulator restricts the login to the organization of the scope, as ZITADEL does. The check must not rely on
        // that.
        let url = location(&reply).replace("urn%3Azitadel%3Aiam%3Aorg%3Aid%3A310000000000000002", "email");
        assert!(!query(&url)["scope"].contains("310000000000000002"));
        let callback = app.emulator.authorize_as(&url, user);
        let reply = browser.callback(&callback).await;
        assert_eq!(reply.status, status, "{user}");
        if status == 403 {
            assert!(reply.body.contains("Wrong organization"));
            assert_eq!(app.emulator.count(EndpointName::Revoke), 1, "the redeemed tokens are revoked");
        }
    }
}
