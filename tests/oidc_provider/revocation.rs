//! The provider is what the scenarios need: without this test they could pass at a provider that accepts a code twice.

use std::time::Duration;

use behaviours::{Browser, Request, Response};

use crate::provider::{CLIENT_ID, Provider};

const REDIRECT_URI: &str = "http://localhost/auth/callback";
/// RFC 7636, appendix B.
const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
#[ignore = "needs Node.js and npm: cargo xtask test"]
async fn provider_revokes_all_tokens_of_a_code_that_comes_twice() {
    let provider = Provider::start(Duration::ZERO).await;
    let mut browser = Browser::at(provider.issuer());
    let query = form(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid offline_access"),
        ("prompt", "consent"),
        ("code_challenge", CODE_CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let mut response = browser.get(&format!("/auth?{query}")).await;
    while !response.location().starts_with(REDIRECT_URI) {
        response = browser.follow().await;
    }
    let code = response.location_parameter("code").unwrap();
    let grant = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", CODE_VERIFIER),
        ("code", &code),
    ]);
    let tokens = browser.send(Request::new("POST", "/token").form(&grant)).await.assert_json(200);
    let access_token = tokens["access_token"].as_str().unwrap();
    user_info(&mut browser, access_token).await.assert_status(200);

    let again = browser.send(Request::new("POST", "/token").form(&grant)).await.assert_json(400);
    assert_eq!(again["error"], "invalid_grant");
    user_info(&mut browser, access_token).await.assert_status(401);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let refresh = form(&[("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", refresh_token)]);
    let refreshed = browser.send(Request::new("POST", "/token").form(&refresh)).await.assert_json(400);
    assert_eq!(refreshed["error"], "invalid_grant");
    assert!(provider.log().await.contains(&"grant revoked".to_owned()));
}

async fn user_info(browser: &mut Browser, access_token: &str) -> Response {
    browser.send(Request::new("GET", "/me").with("authorization", &format!("Bearer {access_token}"))).await
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
