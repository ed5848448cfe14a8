//! What goes wrong at the provider is refused, and told without a word about how.

use behaviours::{Answer, Setup, Subject};
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

/// A sign-in of alice while an endpoint of the provider misbehaves.
async fn sign_in_with(app: &Subject, endpoint: EndpointName, fault: Fault) -> Answer {
    app.emulator().clear_faults();
    let mut browser = app.browser();
    let begun = browser.begin().await.location().to_owned();
    let back = app.emulator().authorize_as(&begun, "alice");
    app.emulator().fault(endpoint, fault);
    let answer = browser.get(&back).await;
    answer.begins_no_session().is_not_stored();
    assert_eq!(browser.session(), []);
    assert_eq!(browser.attempts(), [], "the attempt is used up");
    app.emulator().clear_faults();
    answer
}

/// The page with its incident number taken out: the same for every cause, or it tells something.
fn without_incident(page: &Answer) -> String {
    page.body.replace(&page.incident(), "")
}

#[tokio::test]
async fn an_id_token_that_is_not_acceptable_is_refused_and_nobody_learns_why() {
    let app = subject::start().await;
    let mut told = Vec::new();
    for fault in [
        Fault::WrongIssuer,
        Fault::WrongNonce,
        Fault::MissingNonce,
        Fault::WrongAudience,
        Fault::WrongAzp,
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
        let answer = sign_in_with(&app, EndpointName::Token, fault.clone()).await;
        answer.is_page(502, "The answer of the identity provider could not be verified.");
        told.push((fault, without_incident(&answer)));
    }
    for (fault, page) in &told {
        assert_eq!(*page, told[0].1, "{fault:?} is told apart");
    }
    // And nothing of it stays: the next sign-in works.
    app.signed_in("alice").await.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn every_incident_has_a_number_of_its_own() {
    let app = subject::start().await;
    let first = sign_in_with(&app, EndpointName::Token, Fault::WrongNonce).await.incident();
    let second = sign_in_with(&app, EndpointName::Token, Fault::WrongNonce).await.incident();
    assert_ne!(first, second);
}

#[tokio::test]
async fn userinfo_about_somebody_else_is_refused() {
    let app = subject::start().await;
    for fault in [Fault::WrongSubject, Fault::MissingSub] {
        let answer = sign_in_with(&app, EndpointName::UserInfo, fault).await;
        answer.is_page(502, "could not be verified").incident();
    }
}

#[tokio::test]
async fn a_token_endpoint_that_talks_nonsense_is_refused() {
    let app = subject::start().await;
    let json = |status: u16, body: &str| Fault::StatusBody {
        status,
        content_type: "application/json".to_owned(),
        body: body.as_bytes().to_vec(),
    };
    for fault in [
        Fault::Html,
        json(200, "{}"),
        json(200, "[]"),
        json(200, r#"{"access_token":1}"#),
        json(200, r#"{"access_token":"a","access_token":"b","token_type":"Bearer","id_token":"x"}"#),
        json(200, r#"{"access_token":"SECRET-a","token_type":"Bearer","id_token":"SECRET-x"}"#),
        json(400, r#"{"error":"invalid_grant","error_description":"SECRET why"}"#),
        json(401, r#"{"error":"invalid_client"}"#),
        json(400, r#"{"error":"<script>SECRET</script>"}"#),
        json(200, "\u{0}\u{1}"),
    ] {
        let answer = sign_in_with(&app, EndpointName::Token, fault.clone()).await;
        assert_eq!(answer.status, 502, "{fault:?}: {}", answer.text());
        answer.hides("SECRET").incident();
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_told_apart_from_one_that_lies() {
    let app = subject::start().await;
    for (endpoint, fault) in [
        (EndpointName::Token, Fault::Status(500)),
        (EndpointName::Token, Fault::Status(503)),
        (EndpointName::Token, Fault::Drop),
        (EndpointName::Token, Fault::LoseResponse),
        (EndpointName::UserInfo, Fault::Status(500)),
        (EndpointName::UserInfo, Fault::Drop),
    ] {
        let answer = sign_in_with(&app, endpoint, fault.clone()).await;
        answer.is_page(503, "The identity provider cannot be reached").incident();
        assert!(answer.header("retry-after").is_some(), "{endpoint:?} {fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_does_not_fill_the_memory() {
    let app = subject::start().await;
    let answer = sign_in_with(&app, EndpointName::Token, Fault::Huge(3 << 20)).await;
    assert!(matches!(answer.status, 502 | 503), "{}", answer.status);
    answer.incident();
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_no_reason_to_believe() {
    for fault in [Fault::NoKeys, Fault::Status(500), Fault::Html, Fault::Huge(2 << 20), Fault::Drop] {
        // A fresh app each time: keys that were fetched once are kept.
        let app = subject::start().await;
        let answer = sign_in_with(&app, EndpointName::Keys, fault.clone()).await;
        assert!(matches!(answer.status, 502 | 503), "{fault:?}: {}", answer.status);
        answer.incident();
    }
}

#[tokio::test]
async fn metadata_that_is_not_acceptable_starts_no_sign_in() {
    for fault in [Fault::WrongIssuer, Fault::Status(404), Fault::Html, Fault::Huge(2 << 20), Fault::Drop] {
        let app = subject::start().await;
        app.emulator().fault(EndpointName::Discovery, fault.clone());
        let mut browser = app.browser();
        browser.get("/auth/login").await.is_page(200, "Sign in");
        let answer = browser.press("Sign in with ZITADEL").await;
        answer.is_page(503, "The identity provider cannot be reached").incident();
        assert_eq!(browser.cookies(), [], "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_without_a_refresh_token_is_a_session() {
    let app = subject::start().await;
    app.emulator().fault(EndpointName::Token, Fault::NoRefreshToken);
    let mut browser = app.signed_in("alice").await;
    browser.get("/profile").await.is_page(200, "Alice Anderson");
    browser.fetch("GET", "/auth/userinfo").await.is_json(200);
}

#[tokio::test]
async fn a_program_is_told_in_json_with_the_same_number_of_words() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let begun = browser.begin().await.location().to_owned();
    let back = app.emulator().authorize_as(&begun, "alice");
    app.emulator().fault(EndpointName::Token, Fault::WrongNonce);
    let told = browser.bare("GET", &back).await.is_json(502);
    let mut members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["error", "error_description", "incident"]);
    assert_eq!(told["error"], "sign_in_failed");
}

#[tokio::test]
async fn a_sign_in_with_a_wrong_client_secret_is_refused() {
    let app = subject::with(Setup::new().var("ZITADEL_CLIENT_SECRET", "not-the-secret")).await;
    app.emulator().client().set_auth_method(zitadel_emulator::AuthMethod::Basic);
    let mut browser = app.browser();
    let answer = browser.sign_in_as("alice").await;
    assert_eq!(answer.status, 502);
    answer.hides("not-the-secret").begins_no_session().incident();
}
