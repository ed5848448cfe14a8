//! The pages people see.

use zitadel_emulator::{Client, Emulator, Person, SigningAlgorithm};

use crate::browser::*;

const MARKUP: &str = "<script>alert('x')</script>";

#[test]
fn the_page_lists_people_with_their_roles_and_says_what_it_is() {
    let emulator = emulator();
    let page = Browser::new(&emulator).open(&authorize_query(&emulator, &[]));
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for text in
        ["Demo app", "Alice Anderson", "admin, user", "bob@globex.localhost", "no roles", "For development only"]
    {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(!page.body.contains("<script"), "works without scripts");
}

#[test]
fn hostile_names_are_shown_as_text() {
    let eve = Person { email: MARKUP.to_owned(), ..Person::named(MARKUP, MARKUP, "\"><b>") };
    let builder = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).person(eve);
    let emulator = builder.client(Client { id: "77".to_owned(), ..Client::web(MARKUP) }).build();
    emulator.client_by_id("77").unwrap().register("http://localhost:3000");
    let mut browser = Browser::new(&emulator);
    let url = authorize_query(&emulator, &[("client_id", "77"), ("login_hint", MARKUP)]);
    let chooser = browser.open(&url).body;
    browser.sign_in(&url, MARKUP);
    let sign_out = browser.get("/ui/v2/login/logout").body;
    for page in [&chooser, &sign_out] {
        assert!(page.contains("&#60;script&#62;") && !page.contains("<script") && !page.contains("<b>"), "{page}");
    }
    let avatar = get(&emulator, &format!("/assets/v1/1/{}/avatar", emulator.person(MARKUP).unwrap().id));
    assert!(!avatar.body.contains("<<"));
}

#[test]
fn hostile_claims_travel_escaped_in_json() {
    let eve = Person { email: MARKUP.to_owned(), ..Person::named("eve", "Eve & Co", "Evans") };
    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).person(eve).build();
    let answer = user_info(&emulator, &emulator.access_token_for("eve"));
    assert!(!answer.body.contains('<') && answer.body.contains("Eve \\u0026 Co"), "{}", answer.body);
    assert_eq!(answer.json()["email"], MARKUP);
}

#[test]
fn the_hinted_person_comes_first_and_is_highlighted() {
    let emulator = emulator();
    let page = Browser::new(&emulator).open(&authorize_query(&emulator, &[("login_hint", "bob")])).body;
    assert!(page.find("Bob Brown").unwrap() < page.find("Alice Anderson").unwrap());
    assert_eq!(page.matches("hinted").count(), 1);
}

#[test]
fn an_unknown_sign_in_and_an_unknown_person_are_friendly_errors() {
    let emulator = emulator();
    assert_eq!(get(&emulator, "/ui/v2/login/login?authRequest=V2_1").status, 404);
    let page = get(&emulator, &authorize_query(&emulator, &[])).location().to_owned();
    let request = parameter(&page, "authRequest").unwrap();
    let answer = post(&emulator, "/ui/v2/login/login", &[("authRequest", &request), ("person", "nobody")]);
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("Nobody was chosen"));
}

#[test]
fn pages_allow_no_scripts_no_frames_and_nothing_from_elsewhere() {
    let page = get(&emulator(), "/logout/done");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && policy.contains("frame-ancestors 'none'"));
    let style = get(&emulator(), "/ui/v2/login/style.css");
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(!style.body.contains("http"));
}
