//! Access tokens of callers, at the API of the samples.

use behaviours::{Browser, Request, Response, Setup};
use serde_json::json;
use zitadel_emulator::{AccessTokenType, Emulator, Fault, ServiceAccount};

use super::subject;

const REALM: &str = "realm=";

fn jwt(emulator: &Emulator, user: &str) -> String {
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    emulator.client().set_access_token_role_assertion(true);
    emulator.access_token_with(user, "openid urn:zitadel:iam:org:projects:roles")
}

async fn call(browser: &mut Browser, path: &str, token: &str) -> Response {
    browser.send(Request::new("GET", path).with("authorization", &format!("Bearer {token}"))).await
}

#[tokio::test]
async fn api_takes_a_session_or_an_access_token() {
    let app = subject::start().await;
    let mut alice = app.logged_in("alice").await;
    let me = alice.fetch("GET", "/api/me").await.assert_json(200);
    assert_eq!((&me["credential"], me["roles"]["admin"].as_array().map(Vec::len)), (&json!("session"), Some(1)));
    let token = jwt(app.emulator(), "bob");
    let response = call(&mut alice, "/api/me", &token).await;
    let bob = response.assert_json(200);
    assert_eq!(bob["credential"], "jwt", "the token counts, whatever session comes with it");
    assert_ne!(bob["sub"], me["sub"]);
    response.assert_not_stored();
    assert!(response.set_cookies().is_empty());
    call(&mut app.browser(), "/api/admin", &jwt(app.emulator(), "alice")).await.assert_json(200);
}

#[tokio::test]
async fn role_that_is_missing_is_insufficient_scope() {
    let app = subject::start().await;
    let response = call(&mut app.browser(), "/api/admin", &jwt(app.emulator(), "bob")).await;
    assert_eq!(response.assert_json(403)["error"], "insufficient_scope");
    let challenge = response.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(REALM), "{challenge}");
}

#[tokio::test]
async fn tokens_that_are_not_acceptable_are_401_with_the_reason_for_the_client() {
    let app = subject::start().await;
    let emulator = app.emulator();
    let good = jwt(emulator, "alice");
    let like = || emulator.token_like(&good);
    let mut browser = app.browser();
    for (what, token) in [
        ("no issuer", like().without_claim("iss").build()),
        ("no audience", like().without_claim("aud").build()),
        ("another audience", like().claim("aud", json!(["170086774599581954"])).build()),
        ("an ID token", like().claim("nonce", "n").build()),
        ("alg none", like().fault(Fault::AlgNone).build()),
        ("HMAC with the public key", like().fault(Fault::AlgHs256).build()),
        ("crit", like().header("crit", json!(["exp"])).build()),
        ("zip", like().header("zip", "DEF").build()),
        ("an embedded key", like().fault(Fault::ForeignKey).header("jwk", json!({ "kty": "EC" })).build()),
        ("expired", like().claim("exp", emulator.unix_now() - 3_600).build()),
        ("not yet valid", like().claim("nbf", emulator.unix_now() + 3_600).build()),
        ("opaque, and no introspection", "opaque".to_owned()),
    ] {
        let response = call(&mut browser, "/api/me", &token).await;
        assert_eq!(response.assert_json(401)["error"], "invalid_token", "{what}");
        let challenge = response.header("www-authenticate").unwrap();
        assert!(challenge.contains(r#"error="invalid_token""#) && challenge.contains(REALM), "{what}: {challenge}");
    }
    call(&mut browser, "/api/me", &good).await.assert_json(200);
}

#[tokio::test]
async fn malformed_authorization_is_400() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for lines in [vec!["Bearer"], vec!["Bearer a b"], vec!["Bearer a", "Bearer b"], vec!["Bearer a", "Bearer a"]] {
        let request = lines.iter().fold(Request::new("GET", "/api/me"), |it, line| it.with("authorization", line));
        let response = browser.send(request).await;
        assert_eq!(response.assert_json(400)["error"], "invalid_request", "{lines:?}");
        assert!(response.header("www-authenticate").unwrap().contains(r#"error="invalid_request""#));
    }
}

#[tokio::test]
async fn opaque_and_personal_access_tokens_are_introspected() {
    let app = subject::with(Setup::new().with_client_secret()).await;
    let emulator = app.emulator();
    let opaque = emulator.access_token_for("alice");
    let account = emulator.add_service_account(ServiceAccount::named("robot", "Robot"));
    let personal = account.create_personal_access_token();
    let mut browser = app.browser();
    let alice = call(&mut browser, "/api/admin", &opaque).await.assert_json(200);
    assert_eq!(alice["credential"], "opaque");
    assert_eq!(call(&mut browser, "/api/me", &personal).await.assert_json(200)["sub"], account.id());
    emulator.deactivate("alice");
    app.advance(60);
    let response = call(&mut browser, "/api/me", &opaque).await;
    assert_eq!(response.assert_json(401)["error"], "invalid_token");
}

#[tokio::test]
async fn address_of_an_api_is_never_a_redirect_to_login() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for path in ["/api/me", "/api/admin"] {
        let response = browser.get(path).await;
        assert_eq!(response.assert_json(401)["error"], "unauthenticated", "{path}");
        let challenge = response.header("www-authenticate").unwrap();
        assert!(challenge.starts_with(r#"Bearer realm="http"#) && !challenge.contains("error"), "{challenge}");
    }
    assert_eq!(browser.get("/profile").await.status, 302, "beside it everything is as before");
    assert_eq!(app.logged_in("bob").await.get("/api/admin").await.assert_json(403)["error"], "insufficient_scope");
}

#[tokio::test]
async fn api_for_a_fresh_login_says_what_is_required() {
    let app = subject::start().await;
    let mut alice = app.logged_in("alice").await;
    alice.fetch("GET", "/api/fresh").await.assert_json(200);
    app.advance(61);
    let response = alice.fetch("GET", "/api/fresh").await;
    assert_eq!(response.assert_json(401)["error"], "insufficient_user_authentication");
    let challenge = response.header("www-authenticate").unwrap();
    assert!(challenge.contains(r#"error="insufficient_user_authentication", max_age="60""#), "{challenge}");
    let response = call(&mut alice, "/api/fresh", &jwt(app.emulator(), "alice")).await;
    assert_eq!(response.assert_json(401)["error"], "insufficient_user_authentication", "a JWT does not say when");
}

#[tokio::test]
async fn access_token_needs_no_same_origin_evidence() {
    let app = subject::start().await;
    let token = jwt(app.emulator(), "alice");
    let mut alice = app.logged_in("alice").await;
    let post = || Request::new("POST", "/profile/sessions/end").form("id=x").with("origin", "https://other.example");
    let refused = alice.send(post()).await;
    assert_eq!(refused.status, 403, "a session from another site");
    let response = alice.send(post().with("authorization", &format!("Bearer {token}"))).await;
    assert_ne!(response.status, 403, "{}", response.body);
}

#[tokio::test]
async fn provider_that_cannot_be_asked_is_503() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    let response = call(&mut app.browser(), "/api/me", &jwt(app.emulator(), "alice")).await;
    assert_eq!(response.assert_json(503)["error"], "provider_unavailable");
    assert_eq!(response.header("retry-after"), Some("5"));
}
