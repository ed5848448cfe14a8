use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::{
    claims::Organization,
    protocol::{
        discovery::tests::{metadata, metadata_with},
        login_options::Prompt,
        oauth_error::OAuthErrorCode,
    },
};

const ISSUER: &str = "https://id.example";
const NOW: u64 = 1_800_000_000;
const TIMEOUT: Duration = Duration::from_secs(600);

fn return_to() -> ReturnTo {
    serde_json::from_value(json!("/profile?tab=roles")).unwrap()
}

/// 0, 1, 2, … 95: state, nonce and verifier are different.
fn pending(options: &LoginOptions) -> PendingLogin {
    let random: Vec<u8> = (0..96).collect();
    PendingLogin::new(random.try_into().unwrap(), return_to(), options, at(NOW))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

fn list(scopes: &str) -> Vec<String> {
    scopes.split_ascii_whitespace().map(str::to_owned).collect()
}

fn url(scopes: &str, options: &LoginOptions) -> Url {
    let redirect_uri = RedirectUrl::new("https://app.example/auth/callback?a=b".to_owned()).unwrap();
    authorization_url(&metadata(), "170@app", &redirect_uri, &list(scopes), &pending(options), options)
}

fn query(url: &Url) -> BTreeMap<String, String> {
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let query: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(query.len(), pairs.len(), "a parameter appears twice in {url}");
    query
}

fn answer(query: &str) -> AuthorizationResponse {
    AuthorizationResponse::parse(Some(query)).unwrap()
}

fn accept(query: &str, iss_required: bool, now: u64) -> Result<CodeGrant, CallbackError> {
    let pending = pending(&LoginOptions::new());
    let query = query.replace("STATE", &pending.state().text());
    pending.accept(answer(&query), ISSUER, iss_required, TIMEOUT, at(now))
}

#[test]
fn rule_1_state_nonce_and_verifier_are_32_bytes_of_their_own() {
    let pending = pending(&LoginOptions::new());
    assert_eq!(pending.state().text(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    assert_eq!(pending.state().cookie_suffix(), "AAECAwQF");
    let grant = accept("code=c&state=STATE", false, NOW).unwrap();
    assert_eq!(grant.nonce.expose(), "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8");
    assert_eq!(grant.verifier.expose(), "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8");
    assert_eq!(grant.code.expose(), "c");
}

#[test]
fn rule_2_an_attempt_can_be_answered_for_ten_minutes() {
    assert!(accept("code=c&state=STATE", false, NOW + 599).is_ok());
    let late = accept("code=c&state=STATE", false, NOW + 600);
    assert!(matches!(late, Err(CallbackError::Expired)));
}

#[test]
fn rule_3_the_request_has_everything_that_protects_it() {
    let url = url(scope::DEFAULT_SCOPES, &LoginOptions::new());
    assert!(url.as_str().starts_with("https://id.example/oauth/v2/authorize?"), "{url}");
    let query = query(&url);
    let pending = pending(&LoginOptions::new());
    let challenge = CodeVerifier::new(pending.verifier.expose()).challenge();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "170@app"),
        ("redirect_uri", "https://app.example/auth/callback?a=b"),
        ("scope", scope::DEFAULT_SCOPES),
        ("state", &pending.state().text()),
        ("nonce", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(query[name], value, "{name}");
    }
    assert_eq!(query.len(), 8);
    assert!(!url.as_str().contains(CodeVerifier::new(pending.verifier.expose()).expose()));
}

#[test]
fn rule_3_openid_is_always_asked_for_and_nothing_twice() {
    let scopes = |configured| query(&url(configured, &LoginOptions::new()))["scope"].clone();
    assert_eq!(scopes("profile  email\nprofile"), "openid profile email");
    assert_eq!(scopes("email openid"), "openid email");
    assert_eq!(scopes(""), "openid");
}

#[test]
fn a_sign_in_can_ask_for_more() {
    let options = LoginOptions::new()
        .prompt(Prompt::SelectAccount)
        .login_hint("alice@acme.example")
        .ui_locales(["de-CH", "de"])
        .max_age(Duration::from_secs(300))
        .organization("17");
    let query = query(&url("openid", &options));
    assert_eq!(query["prompt"], "select_account");
    assert_eq!(query["login_hint"], "alice@acme.example");
    assert_eq!(query["ui_locales"], "de-CH de");
    assert_eq!(query["max_age"], "300");
    assert_eq!(query["scope"], "openid urn:zitadel:iam:org:id:17");
    let pending = pending(&options);
    let response = answer(&format!("code=c&state={}", pending.state().text()));
    let grant = pending.accept(response, ISSUER, false, TIMEOUT, at(NOW)).unwrap();
    assert_eq!(grant.organization.as_deref(), Some("17"));
    assert_eq!(grant.max_age, Some(Duration::from_secs(300)));
}

#[test]
fn an_organization_id_cannot_smuggle_a_scope_in() {
    let options = LoginOptions::new().organization("17 urn:zitadel:iam:org:project:id:zitadel:aud");
    assert_eq!(query(&url("openid", &options))["scope"], "openid");
}

#[test]
fn the_query_of_the_endpoint_is_kept() {
    let metadata = metadata_with("authorization_endpoint", "https://id.example/authorize?tenant=1");
    let redirect_uri = RedirectUrl::new("https://app.example/cb".to_owned()).unwrap();
    let options = LoginOptions::new();
    let url = authorization_url(&metadata, "app", &redirect_uri, &list("openid"), &pending(&options), &options);
    assert_eq!(query(&url)["tenant"], "1");
    assert_eq!(query(&url)["client_id"], "app");
}

#[test]
fn rule_4_an_answer_that_says_no_is_an_answer() {
    let refused = accept("error=access_denied&state=STATE", false, NOW);
    assert!(matches!(refused, Err(CallbackError::Provider(OAuthErrorCode::AccessDenied))));
}

#[test]
fn rule_5_a_foreign_state_is_refused_whatever_else_the_answer_says() {
    for query in
        ["code=c&state=x", "code=c&state=STATEx", "error=access_denied&state=AAECAwQF", "code=c&state=x&iss=evil"]
    {
        assert!(matches!(accept(query, false, NOW), Err(CallbackError::StateMismatch)), "{query}");
    }
}

#[test]
fn rule_6_the_issuer_of_the_answer_is_ours() {
    assert!(accept("code=c&state=STATE&iss=https%3A%2F%2Fid.example", true, NOW).is_ok());
    assert!(accept("code=c&state=STATE&iss=https%3A%2F%2Fid.example", false, NOW).is_ok());
    for query in [
        "code=c&state=STATE&iss=https%3A%2F%2Fevil.example",
        "code=c&state=STATE&iss=https%3A%2F%2Fid.example%2F",
        "code=c&state=STATE&iss=",
        "error=access_denied&state=STATE&iss=https%3A%2F%2Fevil.example",
    ] {
        for required in [true, false] {
            assert!(matches!(accept(query, required, NOW), Err(CallbackError::IssuerMismatch)), "{query}");
        }
    }
    assert!(matches!(accept("code=c&state=STATE", true, NOW), Err(CallbackError::IssuerMismatch)));
}

#[test]
fn rule_7_the_user_is_of_the_requested_organization() {
    let organization = |id: &str| Organization { id: id.into(), name: None, primary_domain: None };
    let member = Claims { organization: Some(organization("17")), ..Claims::default() };
    assert!(check_organization(None, &Claims::default()).is_ok());
    assert!(check_organization(None, &member).is_ok());
    assert!(check_organization(Some("17"), &member).is_ok());
    for (requested, claims) in [("18", &member), ("17", &Claims::default()), ("", &member)] {
        let refused = check_organization(Some(requested), claims);
        assert!(matches!(refused, Err(CallbackError::OrganizationMismatch)));
    }
}

#[test]
fn an_attempt_survives_its_cookie() {
    let options = LoginOptions::new().organization("17").max_age(Duration::from_secs(1));
    let bytes = postcard::to_allocvec(&pending(&options)).unwrap();
    assert!(bytes.len() < 140, "{}", bytes.len());
    let read: PendingLogin = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(read.state().text(), pending(&options).state().text());
    assert_eq!(read.started_at(), at(NOW));
    assert_eq!(*read.return_to(), return_to());
    assert_eq!(read.organization.as_deref(), Some("17"));
    assert_eq!(read.max_age, Some(1));
    assert!(postcard::from_bytes::<PendingLogin>(&bytes[..60]).is_err());
}

#[test]
fn debug_shows_nothing_that_must_not_be_seen() {
    let shown =
        format!("{:?} {:?}", pending(&LoginOptions::new()), accept("code=canary&state=STATE", false, NOW).unwrap());
    assert!(!shown.contains("canary") && !shown.contains("AAEC") && !shown.contains("profile"), "{shown}");
}
