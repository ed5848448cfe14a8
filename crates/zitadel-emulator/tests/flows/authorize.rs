//! The authorize endpoint: every row of the table, silent sign-in, prompts and hints.

use zitadel_emulator::{Client, ClientKind, Emulator};

use crate::browser::*;

const CONTACT: &str = "If you have any questions, you may contact the administrator of the application.";

fn refused(emulator: &Emulator, changes: &[(&str, &str)], status: u16, error: &str, description: &str) {
    let answer = get(emulator, &authorize_query(emulator, changes));
    assert_eq!(answer.error(), (status, error.to_owned(), description.to_owned()));
    assert_eq!(answer.header("location"), "", "mistakes are never redirected");
}

#[test]
fn a_request_leads_to_the_sign_in_page_with_its_id() {
    let emulator = emulator();
    let answer = get(&emulator, &authorize_query(&emulator, &[]));
    assert_eq!(answer.status, 302);
    let id = answer.location().strip_prefix("/ui/v2/login/login?authRequest=V2_").unwrap();
    assert!(id.len() == 18 && id.bytes().all(|digit| digit.is_ascii_digit()));
}

#[test]
fn mistakes_are_json_in_the_words_of_zitadel() {
    let emulator = emulator();
    let missing = |what: &str| format!("The {what} is missing in your request. {CONTACT}");
    refused(&emulator, &[("max_age", "soon")], 400, "invalid_request", "error decoding form");
    refused(&emulator, &[("client_id", "")], 400, "invalid_request", "auth request is missing client_id");
    refused(&emulator, &[("client_id", "1")], 400, "invalid_request", "Errors.App.NotFound");
    refused(&emulator, &[("redirect_uri", "")], 500, "server_error", "auth request is missing redirect_uri");
    let alone = "The prompt parameter `none` must only be used as a single value";
    refused(&emulator, &[("prompt", "none login")], 400, "invalid_request", alone);
    let scope = "The scope of your request is missing. Please ensure some scopes are requested. ";
    refused(&emulator, &[("scope", "")], 400, "invalid_request", &format!("{scope}{CONTACT}"));
    let unregistered = format!("The requested redirect_uri is missing in the client configuration. {CONTACT}");
    refused(&emulator, &[("redirect_uri", "http://localhost:3000/")], 400, "invalid_request", &unregistered);
    refused(&emulator, &[("response_type", "")], 400, "invalid_request", &missing("response type"));
    let response_type = format!("The requested response type is missing in the client configuration. {CONTACT}");
    refused(&emulator, &[("response_type", "id_token")], 400, "unauthorized_client", &response_type);
}

#[test]
fn an_http_redirect_uri_needs_a_web_application_or_development_mode() {
    let emulator = emulator();
    emulator.client().update(|client| client.kind = ClientKind::UserAgent);
    let text = format!("This client's redirect_uri is http and is not allowed. {CONTACT}");
    refused(&emulator, &[], 400, "invalid_request", &text);
    emulator.client().update(|client| client.development_mode = true);
    assert_eq!(get(&emulator, &authorize_query(&emulator, &[])).status, 302);
}

#[test]
fn an_inactive_application_is_not_found() {
    let emulator = emulator();
    emulator.client().update(|client| client.active = false);
    refused(&emulator, &[], 400, "invalid_request", "Errors.App.NotFound");
}

#[test]
fn the_callback_always_carries_a_code_and_a_state_even_an_empty_one() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[]), "alice");
    assert!(callback.starts_with(&format!("{CALLBACK}?code=")) && callback.ends_with("&state=a-state"), "{callback}");
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("state", "")]), "alice");
    assert!(callback.ends_with("&state="), "{callback}");
}

#[test]
fn the_answer_goes_into_the_fragment_when_asked_and_form_post_is_ignored() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("response_mode", "fragment")]), "alice");
    assert!(callback.starts_with(&format!("{CALLBACK}#code=")), "{callback}");
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("response_mode", "form_post")]), "alice");
    assert!(callback.starts_with(&format!("{CALLBACK}?code=")), "{callback}");
}

#[test]
fn a_registered_query_is_kept() {
    let emulator = emulator();
    let uri = format!("{CALLBACK}?tenant=7");
    emulator.client().update(|client| client.redirect_uris.push(uri.clone()));
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("redirect_uri", &uri)]), "alice");
    assert_eq!(parameter(&callback, "tenant").as_deref(), Some("7"));
}

#[test]
fn a_second_sign_in_of_the_same_browser_needs_no_page() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let answer = browser.open(&authorize_query(&emulator, &[]));
    assert_eq!(answer.status, 302);
    assert!(parameter(answer.location(), "code").is_some());
    assert_eq!(Browser::new(&emulator).open(&authorize_query(&emulator, &[])).status, 200, "another browser is asked");
}

#[test]
fn prompts_that_want_a_person_show_the_page_despite_a_session() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    for prompt in ["login", "select_account", "create", "consent select_account"] {
        assert_eq!(browser.open(&authorize_query(&emulator, &[("prompt", prompt)])).status, 200, "{prompt}");
    }
    for prompt in ["consent", "unheard-of", "none"] {
        assert_eq!(browser.open(&authorize_query(&emulator, &[("prompt", prompt)])).status, 302, "{prompt}");
    }
}

#[test]
fn prompt_none_without_a_session_comes_back_as_login_required() {
    let emulator = emulator();
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[("prompt", "none")]), "alice");
    assert_eq!(parameter(&callback, "error").as_deref(), Some("login_required"));
    assert_eq!(parameter(&callback, "state").as_deref(), Some("a-state"));
}

#[test]
fn signing_in_again_makes_a_new_session_only_when_login_is_prompted() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let mut session = |prompt: &str| {
        let callback = browser.sign_in(&authorize_query(&emulator, &[("prompt", prompt)]), "alice");
        let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
        claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned()
    };
    let first = session("");
    assert_eq!(session("select_account"), first);
    assert_ne!(session("login"), first);
}

#[test]
fn max_age_is_ignored_as_by_zitadels_sign_in_page() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    emulator.advance(std::time::Duration::from_secs(3600));
    assert_eq!(browser.open(&authorize_query(&emulator, &[("max_age", "1")])).status, 302);
}

#[test]
fn a_login_hint_chooses_among_sessions() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    browser.sign_in(&authorize_query(&emulator, &[("prompt", "select_account")]), "bob");
    let answer = browser.open(&authorize_query(&emulator, &[("login_hint", "alice@acme.localhost")]));
    let tokens = redeem(&emulator, &parameter(answer.location(), "code").unwrap(), &[]).json();
    assert_eq!(claims(&tokens["id_token"])["sub"], emulator.person("alice").unwrap().id);
    assert_eq!(browser.open(&authorize_query(&emulator, &[("login_hint", "carol")])).status, 200);
}

#[test]
fn an_id_token_hint_chooses_among_sessions_and_an_invalid_one_is_ignored() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    browser.sign_in(&authorize_query(&emulator, &[("prompt", "select_account")]), "bob");
    let mut subject = |hint: &str| {
        let answer = browser.open(&authorize_query(&emulator, &[("id_token_hint", hint)]));
        let tokens = redeem(&emulator, &parameter(answer.location(), "code").unwrap(), &[]).json();
        claims(&tokens["id_token"])["sub"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject("not.a.token"), emulator.person("bob").unwrap().id);
    assert_eq!(subject(tokens["id_token"].as_str().unwrap()), emulator.person("alice").unwrap().id);
}

#[test]
fn an_organisation_scope_restricts_who_may_sign_in() {
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
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    assert_eq!(browser.open(&url).status, 200, "a session of another organisation does not count");
}

#[test]
fn somebody_deactivated_cannot_sign_in() {
    let emulator = emulator();
    emulator.deactivate("alice");
    assert!(emulator.try_authorize_as(&authorize_query(&emulator, &[]), "alice").is_err());
    assert!(emulator.try_authorize_as(&authorize_query(&emulator, &[]), "bob").is_ok());
}

#[test]
fn a_cancelled_sign_in_comes_back_as_access_denied() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let page = browser.get(&authorize_query(&emulator, &[])).location().to_owned();
    let request = parameter(&page, "authRequest").unwrap();
    let answer = browser.post("/ui/v2/login/login", &[("authRequest", &request), ("cancel", "1")]);
    assert_eq!(answer.status, 303);
    assert_eq!(parameter(answer.location(), "error").as_deref(), Some("access_denied"));
    assert_eq!(browser.get(&page).status, 400, "and it is over");
}

#[test]
fn several_applications_share_a_browser_session() {
    let emulator = emulator();
    let other = emulator.add_client(Client::web("Other"));
    other.register("http://localhost:4000");
    let mut browser = Browser::new(&emulator);
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let changes = [("client_id", other.id()), ("redirect_uri", "http://localhost:4000/auth/callback")];
    assert_eq!(browser.open(&authorize_query(&emulator, &changes)).status, 302);
}
