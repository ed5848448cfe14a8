//! The authorize endpoint: validation, existing sessions, prompts and hints.

use zitadel_emulator::{Client, ClientKind, Emulator};

use crate::support::*;

const CONTACT: &str = "If you have any questions, you may contact the administrator of the application.";

fn assert_error(emulator: &Emulator, changes: &[(&str, &str)], status: u16, error: &str, description: &str) {
    let response = get(emulator, &authorize_query(emulator, changes));
    assert_eq!(response.error(), (status, error.to_owned(), description.to_owned()));
    assert_eq!(response.header("location"), "", "errors are not redirected");
}

#[test]
fn a_valid_request_redirects_to_the_login_page_with_its_id() {
    let emulator = emulator();
    let response = get(&emulator, &authorize_query(&emulator, &[]));
    assert_eq!(response.status, 302);
    let id = response.location().strip_prefix("/ui/v2/login/login?authRequest=V2_").unwrap();
    assert!(id.len() == 18 && id.bytes().all(|digit| digit.is_ascii_digit()));
}

#[test]
fn errors_are_json_with_zitadels_descriptions() {
    let emulator = emulator();
    let missing = |what: &str| format!("The {what} is missing in your request. {CONTACT}");
    assert_error(&emulator, &[("max_age", "soon")], 400, "invalid_request", "error decoding form");
    assert_error(&emulator, &[("client_id", "")], 400, "invalid_request", "auth request is missing client_id");
    assert_error(&emulator, &[("client_id", "1")], 400, "invalid_request", "Errors.App.NotFound");
    assert_error(&emulator, &[("redirect_uri", "")], 500, "server_error", "auth request is missing redirect_uri");
    let single_value = "The prompt parameter `none` must only be used as a single value";
    assert_error(&emulator, &[("prompt", "none login")], 400, "invalid_request", single_value);
    let scope = "The scope of your request is missing. Please ensure some scopes are requested. ";
    assert_error(&emulator, &[("scope", "")], 400, "invalid_request", &format!("{scope}{CONTACT}"));
    let unregistered = format!("The requested redirect_uri is missing in the client configuration. {CONTACT}");
    assert_error(&emulator, &[("redirect_uri", "http://localhost:3000/")], 400, "invalid_request", &unregistered);
    let http = format!("This client's redirect_uri is http and is not allowed. {CONTACT}");
    assert_error(&emulator, &[("response_type", "")], 400, "invalid_request", &http);
    assert_error(&emulator, &[("response_type", "id_token")], 400, "invalid_request", &http);
    let request_object = "parsing of request failed: malformed jwt payload: illegal base64 data at input byte 0";
    assert_error(&emulator, &[("request", "x.y.z")], 500, "server_error", request_object);
    emulator.client().update(|client| client.development_mode = true);
    assert_error(&emulator, &[("response_type", "")], 400, "invalid_request", &missing("response type"));
    let response_type = format!("The requested response type is missing in the client configuration. {CONTACT}");
    assert_error(&emulator, &[("response_type", "id_token")], 400, "unauthorized_client", &response_type);
}

#[test]
fn an_http_redirect_uri_requires_a_web_application_or_development_mode() {
    let emulator = emulator();
    emulator.client().update(|client| client.kind = ClientKind::UserAgent);
    let text = format!("This client's redirect_uri is http and is not allowed. {CONTACT}");
    assert_error(&emulator, &[], 400, "invalid_request", &text);
    emulator.client().update(|client| client.development_mode = true);
    assert_eq!(get(&emulator, &authorize_query(&emulator, &[])).status, 302);
}

#[test]
fn an_inactive_application_is_reported_as_not_found() {
    let emulator = emulator();
    emulator.client().update(|client| client.active = false);
    assert_error(&emulator, &[], 400, "invalid_request", "Errors.App.NotFound");
}

#[test]
fn the_callback_contains_code_and_state_even_if_the_state_is_empty() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[]), "alice");
    assert!(callback.starts_with(&format!("{CALLBACK}?code=")) && callback.ends_with("&state=a-state"), "{callback}");
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("state", "")]), "alice");
    assert!(callback.ends_with("&state="), "{callback}");
}

#[test]
fn response_mode_fragment_is_supported_and_form_post_is_ignored() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("response_mode", "fragment")]), "alice");
    assert!(callback.starts_with(&format!("{CALLBACK}#code=")), "{callback}");
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("response_mode", "form_post")]), "alice");
    assert!(callback.starts_with(&format!("{CALLBACK}?code=")), "{callback}");
}

#[test]
fn the_query_of_a_registered_redirect_uri_is_preserved() {
    let emulator = emulator();
    let uri = format!("{CALLBACK}?tenant=7");
    emulator.client().update(|client| client.redirect_uris.push(uri.clone()));
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("redirect_uri", &uri)]), "alice");
    assert_eq!(parameter(&callback, "tenant").as_deref(), Some("7"));
}

#[test]
fn a_second_login_in_the_same_browser_shows_no_page() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    let response = browser.open(&authorize_query(&emulator, &[]));
    assert_eq!(response.status, 302);
    assert!(parameter(response.location(), "code").is_some());
    assert_eq!(
        Browser::new(&emulator).open(&authorize_query(&emulator, &[])).status,
        200,
        "another browser has no session"
    );
}

#[test]
fn interactive_prompts_show_the_login_page_despite_a_session() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    for prompt in ["login", "select_account", "create", "consent select_account"] {
        assert_eq!(browser.open(&authorize_query(&emulator, &[("prompt", prompt)])).status, 200, "{prompt}");
    }
    for prompt in ["consent", "unheard-of", "none"] {
        assert_eq!(browser.open(&authorize_query(&emulator, &[("prompt", prompt)])).status, 302, "{prompt}");
    }
}

#[test]
fn prompt_none_without_a_session_returns_login_required() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("prompt", "none")]), "alice");
    assert_eq!(parameter(&callback, "error").as_deref(), Some("login_required"));
    assert_eq!(parameter(&callback, "state").as_deref(), Some("a-state"));
}

#[test]
fn only_prompt_login_creates_a_new_session() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let mut session = |prompt: &str| {
        let callback = browser.login(&authorize_query(&emulator, &[("prompt", prompt)]), "alice");
        let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
        claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned()
    };
    let first = session("");
    assert_eq!(session("select_account"), first);
    assert_ne!(session("login"), first);
}

#[test]
fn max_age_is_ignored_as_in_zitadels_login() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    emulator.advance(std::time::Duration::from_secs(3600));
    assert_eq!(browser.open(&authorize_query(&emulator, &[("max_age", "1")])).status, 302);
}

#[test]
fn a_login_hint_selects_a_session() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    browser.login(&authorize_query(&emulator, &[("prompt", "select_account")]), "bob");
    let response = browser.open(&authorize_query(&emulator, &[("login_hint", "alice")]));
    let tokens = redeem(&emulator, &parameter(response.location(), "code").unwrap(), &[]).json();
    assert_eq!(claims(&tokens["id_token"])["sub"], emulator.person("alice").unwrap().id);
    assert_eq!(browser.open(&authorize_query(&emulator, &[("login_hint", "carol")])).status, 200);
}

#[test]
fn an_id_token_hint_selects_a_session_and_an_invalid_hint_is_ignored() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    browser.login(&authorize_query(&emulator, &[("prompt", "select_account")]), "bob");
    let mut subject = |hint: &str| {
        let response = browser.open(&authorize_query(&emulator, &[("id_token_hint", hint)]));
        let tokens = redeem(&emulator, &parameter(response.location(), "code").unwrap(), &[]).json();
        claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject("not.a.token"), emulator.person("bob").unwrap().id);
    assert_eq!(subject(tokens["id_token"].as_str().unwrap()), emulator.person("alice").unwrap().id);
}

#[test]
fn an_organization_scope_restricts_the_users() {
    let emulator = emulator();
    let globex = "openid urn:zitadel:iam:org:id:310000000000000002";
    let url = authorize_query(&emulator, &[("scope", globex)]);
    let page = Browser::new(&emulator).open(&url).body;
    assert!(page.contains("Bob Brown") && !page.contains("Alice Anderson"));
    assert!(emulator.try_authorize_as(&url, "alice").is_err());
    let domain = authorize_query(&emulator, &[("scope", "openid urn:zitadel:iam:org:domain:primary:acme.localhost")]);
    let page = Browser::new(&emulator).open(&domain).body;
    assert!(!page.contains("Bob Brown") && page.contains("Alice Anderson"));
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    assert_eq!(browser.open(&url).status, 200, "a session of another organization is not used");
}

#[test]
fn a_deactivated_user_cannot_log_in() {
    let emulator = emulator();
    emulator.deactivate("alice");
    assert!(emulator.try_authorize_as(&authorize_query(&emulator, &[]), "alice").is_err());
    assert!(emulator.try_authorize_as(&authorize_query(&emulator, &[]), "bob").is_ok());
}

#[test]
fn a_canceled_login_returns_access_denied() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let page = browser.get(&authorize_query(&emulator, &[])).location().to_owned();
    let request = parameter(&page, "authRequest").unwrap();
    let response = browser.post("/ui/v2/login/login", &[("authRequest", &request), ("cancel", "1")]);
    assert_eq!(response.status, 303);
    assert_eq!(parameter(response.location(), "error").as_deref(), Some("access_denied"));
    assert_eq!(browser.get(&page).status, 400, "the request is completed");
}

#[test]
fn applications_share_the_session_of_a_browser() {
    let emulator = emulator();
    let other = emulator.add_client(Client::web("Other"));
    other.register("http://localhost:4000");
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    let changes = [("client_id", other.id()), ("redirect_uri", "http://localhost:4000/auth/callback")];
    assert_eq!(browser.open(&authorize_query(&emulator, &changes)).status, 302);
}

#[test]
fn a_redirect_to_get_has_a_page_with_a_link() {
    let emulator = emulator();
    let response = get(&emulator, "/oidc/v1/end_session?state=%22%3E%26%27");
    let location = "/ui/v2/login/logout?post_logout_redirect=%2Flogout%2Fdone%3Fstate%3D%2522%253E%2526%2527";
    assert_eq!(response.location(), location);
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(response.body, format!("<a href=\"{location}\">Found</a>.\n\n"));

    let response = get(&emulator, &authorize_query(&emulator, &[]));
    assert_eq!(response.body, format!("<a href=\"{}\">Found</a>.\n\n", response.location()));
    let response = get(&emulator, "/oidc/v1/end_session?logout_hint=a&ui_locales=b");
    assert!(response.body.contains("logout_hint=a&amp;post_logout_redirect="), "{}", response.body);

    let response = post(&emulator, "/oidc/v1/end_session", &[]);
    assert_eq!((response.status, response.header("content-type"), response.body.as_str()), (302, "", ""));
}

#[test]
fn a_login_application_chooses_error_description_and_uri() {
    let emulator = emulator();
    let url = authorize_query(&emulator, &[]);
    let callback = emulator.deny_authorization(&url, "access_denied", "the person said no", "http://idp/why").unwrap();
    for (name, value) in [
        ("error", "access_denied"),
        ("error_description", "the person said no"),
        ("error_uri", "http://idp/why"),
        ("state", "a-state"),
    ] {
        assert_eq!(parameter(&callback, name).as_deref(), Some(value));
    }
    let callback = emulator.deny_authorization(&url, "consent_required", "no", "").unwrap();
    assert_eq!(parameter(&callback, "error_uri"), None);
}
