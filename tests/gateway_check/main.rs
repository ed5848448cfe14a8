//! `zitadel-gateway check`: every finding, provoked; and what a good configuration gets.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken expectation ends the test"
)]

mod case;
mod document;
mod scenarios;
mod scripted_transport;

use tokio::task::JoinSet;
use zitadel_gateway::check::{Code, Severity, exit_status, to_json, to_text};

use crate::case::Case;

#[tokio::test]
async fn a_good_configuration_gets_neither_warnings_nor_errors() {
    let findings = Case::good().await.findings().await;
    for finding in &findings {
        assert!(finding.code.severity() <= Severity::Unknown, "{}", to_text(&findings));
    }
    assert_eq!(exit_status(&findings), 0);
    // What no client can see without a login is never said to be right.
    let unknown: Vec<_> = findings.iter().filter(|finding| finding.code.severity() == Severity::Unknown).collect();
    let codes: Vec<_> = unknown.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::AccessTokenTypeUnknown, Code::RoleAssertionUnknown]);
}

/// Each finding has a configuration that provokes it, and no other warning or error but those that follow from it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_finding_is_provoked_and_shows_no_secret() {
    let mut tests: JoinSet<()> = Code::ALL.iter().copied().map(is_provoked).collect();
    while let Some(outcome) = tests.join_next().await {
        outcome.unwrap();
    }
}

async fn is_provoked(code: Code) {
    let case = scenarios::provoking(code).await;
    let secrets = case.secrets();
    let findings = case.findings().await;
    let text = to_text(&findings);
    assert!(findings.iter().any(|finding| finding.code == code), "{}:\n{text}", code.name());
    let mut problems: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    problems.retain(|other| *other != code && other.severity() >= Severity::Warning);
    assert_eq!(problems, scenarios::consequences(code), "{}:\n{text}", code.name());
    let everything = format!("{text}{}{findings:?}", to_json(&findings));
    for secret in secrets {
        assert!(!everything.contains(&secret), "{}: a secret is shown:\n{text}", code.name());
    }
}

#[tokio::test]
async fn a_check_starts_no_login_and_leaves_no_session() {
    let case = Case::good().await;
    let emulator = case.emulator.clone();
    case.findings().await;
    for person in ["alice", "bob", "carol"] {
        assert_eq!(emulator.session_ids(person), Vec::<String>::new());
    }
    assert_eq!(emulator.count(zitadel_emulator::EndpointName::Login), 0);
}

#[tokio::test]
async fn a_provider_that_answers_every_uri_alike_tells_nothing() {
    let case = Case::good().await.answering(|uri, response| {
        let is_asked = uri.path().ends_with("/authorize") || uri.path().ends_with("/end_session");
        if is_asked { scripted_transport::redirect("/error?code=1") } else { response }
    });
    let findings = case.findings().await;
    let has = |code| findings.iter().any(|finding| finding.code == code);
    assert!(has(Code::RedirectUriUnknown) && has(Code::PostLogoutUriUnknown), "{}", to_text(&findings));
    assert!(!has(Code::RedirectUriOk) && !has(Code::PostLogoutUriOk), "{}", to_text(&findings));
}

#[tokio::test]
async fn an_error_that_comes_back_to_the_redirect_uri_shows_that_it_is_registered() {
    let case = Case::good().await.answering(|uri, response| match uri.path().ends_with("/authorize") {
        true => scripted_transport::redirect("http://localhost:8000/auth/callback?error=invalid_scope&state=x"),
        false => response,
    });
    let findings = case.findings().await;
    let has = |code| findings.iter().any(|finding| finding.code == code);
    assert!(has(Code::RedirectUriOk) && has(Code::AuthorizationRefused), "{}", to_text(&findings));
}

/// A personal access token needs no request, so that only the userinfo endpoint can say whether it is valid.
#[tokio::test]
async fn a_personal_access_token_is_tried() {
    for is_removed in [false, true] {
        let case = Case::good().await.without("ZITADEL_SERVICE_ACCOUNT_KEY");
        let case = case.options(|args| args.machine_token_callers_file = None);
        let token = case.robot.create_personal_access_token();
        if is_removed {
            case.robot.update(|robot| robot.personal_access_tokens.clear());
        }
        let findings = case.set("ZITADEL_SERVICE_ACCOUNT_TOKEN", &token).findings().await;
        let has = |code| findings.iter().any(|finding| finding.code == code);
        assert_eq!(has(Code::ServiceAccountRefused), is_removed, "{}", to_text(&findings));
        assert_eq!(has(Code::ServiceAccountOk), !is_removed, "{}", to_text(&findings));
        assert!(!to_text(&findings).contains(&token));
    }
}

/// The sentences that help most, to the word.
#[tokio::test]
async fn a_finding_says_what_zitadel_meant() {
    for (code, expected) in [
        (Code::ClientAuthenticationRefused, "the application has a client secret, and none was sent"),
        (Code::RedirectUriUnregistered, "http://localhost:8000/auth/other"),
        (Code::PostLogoutUriUnregistered, "http://localhost:8000/auth/logout/other"),
        (Code::DiscoveryIssuer, "http://elsewhere.localhost"),
        (Code::StoreInUse, "SESSION_STORE: names a file that is open already"),
        (Code::TrustedProxiesEveryone, "0.0.0.0/0"),
    ] {
        let findings = scenarios::provoking(code).await.findings().await;
        let finding = findings.iter().find(|finding| finding.code == code).unwrap();
        assert!(finding.sentence.contains(expected), "{}", finding.sentence);
    }
}
