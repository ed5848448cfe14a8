//! HTML pages.

use zitadel_emulator::{Client, Emulator, Person, SigningAlgorithm};

use crate::support::*;

const MARKUP: &str = "<script>alert('x')</script>";

#[test]
fn the_login_page_lists_users_with_roles_and_a_development_notice() {
    let emulator = emulator();
    let page = Browser::new(&emulator).open(&authorize_query(&emulator, &[]));
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for text in ["Demo app", "Alice Anderson", "admin, user", "Globex", "no roles", "For development only"] {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(!page.body.contains("<script"), "the page uses no scripts");
}

#[test]
fn markup_in_names_is_escaped() {
    let eve = Person { email: MARKUP.to_owned(), ..Person::named(MARKUP, MARKUP, "\"><b>") };
    let builder = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).person(eve);
    let emulator = builder.client(Client { id: "77".to_owned(), ..Client::web(MARKUP) }).build();
    emulator.client_by_id("77").unwrap().register("http://localhost:3000");
    let mut browser = Browser::new(&emulator);
    let url = authorize_query(&emulator, &[("client_id", "77"), ("login_hint", MARKUP)]);
    let login_page = browser.open(&url).body;
    browser.login(&url, MARKUP);
    let logout_page = browser.get("/ui/v2/login/logout").body;
    for page in [&login_page, &logout_page] {
        assert!(page.contains("&#60;script&#62;") && !page.contains("<script") && !page.contains("<b>"), "{page}");
    }
    let avatar = get(&emulator, &format!("/assets/v1/1/{}/avatar", emulator.person(MARKUP).unwrap().id));
    assert!(!avatar.body.contains("<<"));
}

#[test]
fn markup_in_claims_is_escaped_in_json() {
    let eve = Person { email: MARKUP.to_owned(), ..Person::named("eve", "Eve & Co", "Evans") };
    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).person(eve).build();
    let response = user_info(&emulator, &emulator.access_token_for("eve"));
    assert!(!response.body.contains('<') && response.body.contains("Eve \\u0026 Co"), "{}", response.body);
    assert_eq!(response.json()["email"], MARKUP);
}

#[test]
fn the_hinted_user_is_first_and_highlighted() {
    let emulator = emulator();
    let page = Browser::new(&emulator).open(&authorize_query(&emulator, &[("login_hint", "bob")])).body;
    assert!(page.find("Bob Brown").unwrap() < page.find("Alice Anderson").unwrap());
    assert_eq!(page.matches("hinted").count(), 1);
}

#[test]
fn unknown_login_requests_and_unknown_users_show_an_error_page() {
    let emulator = emulator();
    assert_eq!(get(&emulator, "/ui/v2/login/login?authRequest=V2_1").status, 404);
    let page = get(&emulator, &authorize_query(&emulator, &[])).location().to_owned();
    let request = parameter(&page, "authRequest").unwrap();
    let response = post(&emulator, "/ui/v2/login/login", &[("authRequest", &request), ("person", "unknown")]);
    assert_eq!(response.status, 400);
    assert!(response.body.contains("No user selected"));
}

#[test]
fn pages_disallow_scripts_frames_and_external_resources() {
    let page = get(&emulator(), "/logout/done");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && policy.contains("frame-ancestors 'none'"));
    let style = get(&emulator(), "/ui/v2/login/style.css");
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(!style.body.contains("http"));
}
