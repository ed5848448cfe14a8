//! The version-1 login, and what it does differently.

use zitadel_emulator::{Emulator, LoginVersion, SigningAlgorithm};

use crate::support::*;

const LOGIN: &str = "/ui/login/login?authRequestID=";

fn emulator() -> Emulator {
    Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).login_version(LoginVersion::V1).build()
}

#[test]
fn the_login_page_the_code_and_sid_have_the_form_of_version_1() {
    let emulator = emulator();
    let page = get(&emulator, &authorize_query(&emulator, &[]));
    let id = page.location().strip_prefix(LOGIN).unwrap();
    assert!(id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    assert!(get(&emulator, page.location()).body.contains("name=\"authRequestID\""));

    let code = code_for(&emulator, "alice", &[]);
    assert_eq!(code.len(), 46);
    let tokens = redeem(&emulator, &code, &[]).json();
    let sid = claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned();
    assert!(sid.strip_prefix("V1_").is_some_and(|id| id.len() == 18), "{sid}");
    let again = redeem(&emulator, &code, &[]).error();
    assert_eq!(again, (404, "invalid_request".to_owned(), "Errors.AuthRequest.NotFound".to_owned()));
}

#[test]
fn a_login_client_gets_version_2() {
    let emulator = emulator();
    let request = http::Request::get(authorize_query(&emulator, &[])).header("x-zitadel-login-client", "1");
    let response = TestResponse::from(emulator.handle(request.body(Vec::new()).unwrap()));
    assert!(response.location().starts_with("/ui/v2/login/login?authRequest=V2_"), "{}", response.location());
}

#[test]
fn an_empty_state_is_left_out() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("state", "")]), "alice");
    assert_eq!(parameter(&callback, "state"), None, "{callback}");
}

#[test]
fn prompt_none_without_a_session_is_interaction_required() {
    let emulator = emulator();
    let url = authorize_query(&emulator, &[("prompt", "none")]);
    let mut browser = Browser::new(&emulator);
    let response = browser.open(&url);
    assert_eq!(parameter(response.location(), "error").as_deref(), Some("interaction_required"));
    let text = "Unfortunately, the user may be not logged in and/or additional interaction is required.";
    assert_eq!(parameter(response.location(), "error_description").as_deref(), Some(text));
    browser.login(&authorize_query(&emulator, &[]), "alice");
    assert!(parameter(browser.open(&url).location(), "code").is_some());
}

#[test]
fn max_age_is_enforced() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    let before = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    emulator.advance(std::time::Duration::from_secs(60));
    for (max_age, status) in [("3600", 302), ("30", 200), ("0", 200)] {
        assert_eq!(browser.open(&authorize_query(&emulator, &[("max_age", max_age)])).status, status, "{max_age}");
    }
    let now = emulator.unix_now();
    let callback = browser.login(&authorize_query(&emulator, &[("max_age", "30")]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    let (before, after) = (claims(&before["id_token"]), claims(&tokens["id_token"]));
    assert_eq!((&after["auth_time"], &after["sid"]), (&now.into(), &before["sid"]), "the session is renewed");
}

#[test]
fn form_post_is_a_page_that_submits_itself() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let url = authorize_query(&emulator, &[("response_mode", "form_post"), ("state", "\"><b>")]);
    let page = browser.get(&url).location().to_owned();
    let response = browser.submit_login(&page, "alice");
    assert_eq!((response.status, response.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(response.body.contains("onload=\"javascript:document.forms[0].submit()\""));
    assert!(response.body.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\">")));
    assert!(response.body.contains("name=\"state\" value=\"&#34;&gt;&lt;b&gt;\""), "{}", response.body);
    let (_, code) = response.body.split_once("name=\"code\" value=\"").unwrap();
    assert_eq!(redeem(&emulator, &code[..46], &[]).status, 200);

    let version_2 = self::version_2().authorize_as(&url, "alice");
    assert!(parameter(&version_2, "code").is_some(), "version 2 ignores it: {version_2}");
}

fn version_2() -> Emulator {
    crate::support::emulator()
}

#[test]
fn logout_without_a_hint_ends_the_sessions_of_the_browser_and_redirects_at_once() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    let other = login(&emulator, "alice", &[]);
    assert_eq!(browser.get("/oidc/v1/end_session?state=s").location(), "/ui/login/logout/done?state=s");
    assert_eq!(get(&emulator, "/ui/login/logout/done?state=s").status, 200);
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(user_info(&emulator, other["access_token"].as_str().unwrap()).status, 200, "of another browser");

    let uri = "http://localhost:3000/auth/logout/callback";
    let query = form_encode(&[("client_id", emulator.client().id()), ("post_logout_redirect_uri", uri)]);
    assert_eq!(browser.get(&format!("/oidc/v1/end_session?{query}")).location(), uri);
}

#[test]
fn a_hint_ends_all_sessions_of_its_browser_but_not_the_refresh_tokens() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let tokens = ["alice", "bob"].map(|user| {
        let callback = browser.login(&authorize_query(&emulator, &[("prompt", "login")]), user);
        redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json()
    });
    let hint = tokens[0]["id_token"].as_str().unwrap();
    assert_eq!(
        get(&emulator, &format!("/oidc/v1/end_session?id_token_hint={hint}")).location(),
        "/ui/login/logout/done"
    );
    for tokens in &tokens {
        assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 401);
        assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 200);
    }
}
