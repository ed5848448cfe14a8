//! The one-time code of a single-page application.

use behaviours::Request;

use crate::harness::{Gateway, SPA, Setup, assert_error, code_of, from_spa, redemption};

#[tokio::test]
async fn code_is_redeemed_for_the_access_token_of_the_session_which_is_accepted() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    let response = browser.send(redemption(&code)).await;
    let token = response.assert_json(200);
    response.assert_not_stored();
    assert_eq!(token["token_type"], "Bearer");
    let seconds = token["expires_in"].as_u64().unwrap();
    assert!((43_000..=43_200).contains(&seconds), "{seconds}");
    let text = token["access_token"].as_str().unwrap();
    assert_eq!(gateway.with_bearer("/api/v1/validate", text).await.assert_json(200)["sub"].as_str().unwrap().len(), 18);
    let userinfo = gateway.with_bearer("/api/v1/userinfo", text).await.assert_json(200);
    assert_eq!(userinfo["userinfo"]["preferred_username"], "alice");
}

#[tokio::test]
async fn code_is_accepted_as_json_too() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    let mut request = from_spa("POST", "/api/v1/token").with("content-type", "application/json; charset=utf-8");
    request.body = format!(r#"{{"code":"{code}"}}"#);
    browser.send(request).await.assert_json(200);
}

#[tokio::test]
async fn code_works_once() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    browser.send(redemption(&code)).await.assert_json(200);
    assert_error(&browser.send(redemption(&code)).await, 400, "invalid_grant");
}

#[tokio::test]
async fn of_twenty_requests_with_one_code_one_gets_a_token() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (browser, code) = gateway.with_code().await;
    let requests = (0..20).map(|_| {
        let (mut browser, request) = (browser.clone(), redemption(&code));
        async move { browser.send(request).await.status }
    });
    let statuses = futures_util::future::join_all(requests).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19, "{statuses:?}");
}

#[tokio::test]
async fn code_works_for_a_minute() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    gateway.advance(59);
    let copy = browser.send(redemption(&code)).await;
    copy.assert_json(200);
    let (mut browser, code) = gateway.with_code().await;
    gateway.advance(61);
    assert_error(&browser.send(redemption(&code)).await, 400, "invalid_grant");
}

#[tokio::test]
async fn code_of_another_browser_is_refused_and_still_works_in_its_own() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    let mut other = gateway.browser();
    assert_error(&other.send(redemption(&code)).await, 400, "invalid_grant");
    code_of(&gateway.log_in(&mut other, "/api/v1/login", "bob").await);
    assert_error(&other.send(redemption(&code)).await, 400, "invalid_grant");
    // The same user, in another browser.
    let (mut second, _) = gateway.with_code().await;
    assert_error(&second.send(redemption(&code)).await, 400, "invalid_grant");
    browser.send(redemption(&code)).await.assert_json(200);
}

#[tokio::test]
async fn what_is_no_code_is_refused() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    for wrong in ["x", "", "redeemed", &code[1..], &code.to_ascii_lowercase()] {
        assert_error(&browser.send(redemption(wrong)).await, 400, "invalid_grant");
    }
    for form in ["", "kode=1", &format!("code={code}&code={code}")] {
        let request = from_spa("POST", "/api/v1/token").form(form);
        assert_error(&browser.send(request).await, 400, "invalid_request");
    }
    let mut json = from_spa("POST", "/api/v1/token").with("content-type", "application/json");
    json.body = "{}".to_owned();
    assert_error(&browser.send(json).await, 400, "invalid_request");
    let mut text = from_spa("POST", "/api/v1/token").with("content-type", "text/plain");
    text.body = format!("code={code}");
    assert_error(&browser.send(text).await, 415, "unsupported_media_type");
    let large = redemption(&"a".repeat(2000));
    assert_error(&browser.send(large).await, 413, "request_too_large");
    assert_error(&browser.plain("GET", "/api/v1/token").await, 405, "method_not_allowed");
    browser.send(redemption(&code)).await.assert_json(200);
}

#[tokio::test]
async fn session_that_ended_has_no_code() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    let copy = browser.clone();
    browser.send(from_spa("POST", "/api/v1/logout")).await.assert_status(302);
    let mut copy = copy;
    assert_error(&copy.send(redemption(&code)).await, 400, "invalid_grant");
}

#[tokio::test]
async fn only_scripts_of_the_single_page_application_redeem_codes_and_read_answers() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    for origin in ["https://evil.example", "http://localhost:5174", "null", "http://localhost:5173.evil.example"] {
        let form = Request::new("POST", "/api/v1/token").with("origin", origin).form(&format!("code={code}"));
        let refused = browser.send(form.with("sec-fetch-site", "same-site")).await;
        assert_error(&refused, 403, "cross_site");
        assert_eq!(refused.header("access-control-allow-origin"), None, "{origin}");
    }
    // Neither header: no browser.
    let request = Request::new("POST", "/api/v1/token").form(&format!("code={code}"));
    assert_error(&browser.send(request).await, 403, "cross_site");
    let redeemed = browser.send(redemption(&code)).await;
    redeemed.assert_json(200);
    assert_eq!(redeemed.header("access-control-allow-origin"), Some(SPA));
    assert_eq!(redeemed.header("access-control-allow-credentials"), Some("true"));
}

#[tokio::test]
async fn preflight_is_answered_for_the_single_page_application_alone() {
    let gateway = Gateway::start(Setup::spa()).await;
    let preflight = |origin: &str, path: &str, header: &str| {
        Request::new("OPTIONS", path)
            .with("origin", origin)
            .with("access-control-request-method", "POST")
            .with("access-control-request-headers", header)
    };
    for (path, header) in [
        ("/api/v1/token", "content-type"),
        ("/api/v1/validate", "authorization"),
        ("/api/v1/userinfo", "authorization"),
        ("/api/v1/session", "content-type"),
    ] {
        let allowed = gateway.browser().send(preflight(SPA, path, header)).await;
        allowed.assert_status(200);
        assert_eq!(allowed.header("access-control-allow-origin"), Some(SPA), "{path}");
        assert!(allowed.header("access-control-allow-headers").unwrap().contains(header), "{path}");
        let refused = gateway.browser().send(preflight("https://evil.example", path, header)).await;
        assert_eq!(refused.header("access-control-allow-origin"), None, "{path}");
    }
    // An endpoint for programs, and not for scripts of a page.
    let machine = gateway.browser().send(preflight(SPA, "/api/v1/m2m-token", "authorization")).await;
    assert_eq!(machine.header("access-control-allow-origin"), None);
    let without = Gateway::start(Setup::default()).await;
    let refused = without.browser().send(preflight(SPA, "/api/v1/token", "content-type")).await;
    assert_eq!(refused.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn token_that_is_due_is_refreshed_and_the_new_session_reaches_the_browser() {
    let gateway = Gateway::start(Setup { short_lived_tokens: true, ..Setup::spa() }).await;
    let (mut browser, code) = gateway.with_code().await;
    let before = browser.session();
    gateway.advance(30);
    let token = browser.send(redemption(&code)).await.assert_json(200);
    assert_ne!(browser.session(), before);
    let validated = gateway.with_bearer("/api/v1/validate", token["access_token"].as_str().unwrap()).await;
    validated.assert_json(200);
}

#[tokio::test]
async fn token_that_expired_and_cannot_be_refreshed_is_401() {
    let gateway =
        Gateway::start(Setup { short_lived_tokens: true, ..Setup::spa() }.var("ZITADEL_SCOPES", "openid")).await;
    let (mut browser, code) = gateway.with_code().await;
    gateway.advance(30);
    assert_error(&browser.send(redemption(&code)).await, 401, "session_expired");
}

#[tokio::test]
async fn sessions_in_the_store_have_codes_and_tokens_too() {
    let stored = |setup: Setup| setup.var("SESSION_MODE", "stored");
    let gateway = Gateway::start(stored(Setup { short_lived_tokens: true, ..Setup::spa() })).await;
    let (mut browser, code) = gateway.with_code().await;
    gateway.advance(30);
    browser.send(redemption(&code)).await.assert_json(200);
    assert_error(&browser.send(redemption(&code)).await, 400, "invalid_grant");
    let gateway = Gateway::start(stored(Setup::compatible())).await;
    let callback = gateway.log_in(&mut gateway.browser(), "/api/v1/login", "alice").await;
    let location = callback.header("location").unwrap();
    let token = location.split("access_token=").nth(1).unwrap().split('&').next().unwrap();
    gateway.with_bearer("/api/v1/validate", token).await.assert_json(200);
}
