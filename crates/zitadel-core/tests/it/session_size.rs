//! How large a session cookie is, and what happens when it grows.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use zitadel_emulator::{AccessTokenType, SigningAlgorithm};

use crate::support::{App, Browser, assert_page, emulator_with, noise};

/// Adds metadata of this size to alice.
fn grow(app: &App, bytes: usize) {
    app.emulator.update_person("alice", |alice| alice.metadata.push(("noise".to_owned(), noise(bytes))));
}

/// The size of the only session cookie, with its name.
fn size(browser: &Browser) -> usize {
    let cookies = browser.session_cookies();
    assert_eq!(cookies.len(), 1);
    cookies[0].0.len() + "=".len() + cookies[0].1.len()
}

#[tokio::test]
async fn ordinary_session_is_one_cookie_of_at_most_2000_bytes_or_2800_with_a_jwt() {
    // RSA, as a new ZITADEL signs.
    let app = App::with(emulator_with(SigningAlgorithm::Rs256), &[]);
    let jwt = emulator_with(SigningAlgorithm::Rs256);
    jwt.client().set_access_token_type(AccessTokenType::Jwt);
    jwt.client().set_access_token_role_assertion(true);
    let jwt = App::with(jwt, &[]);
    for user in ["alice", "bob"] {
        let (opaque, jwt) = (size(&app.logged_in(user).await), size(&jwt.logged_in(user).await));
        println!("session cookie of {user}: {opaque} bytes, with a JWT access token {jwt} bytes");
        assert!(opaque <= 2_000 && jwt <= 2_800, "{user}: {opaque}, {jwt}");
    }
}

#[tokio::test]
async fn large_session_is_split_into_cookies_that_each_fit_a_browser() {
    let app = App::new();
    grow(&app, 2_000);
    let mut browser = app.logged_in("alice").await;
    let names: Vec<_> = browser.session_cookies().iter().map(|(name, _)| *name).collect();
    let name = app.zitadel.session_cookie_name().unwrap();
    assert_eq!(names, [name, &format!("{name}.1")]);
    for (name, value) in browser.session_cookies() {
        assert!(name.len() + "=".len() + value.len() <= 4_096, "{name}: {}", value.len());
    }
    assert_eq!(browser.open("/").await.unwrap().metadata().count(), 3);

    let mut incomplete = browser.clone();
    incomplete.cookies.remove(&format!("{name}.1"));
    assert_eq!(incomplete.open("/").await.err(), Some(302));
    assert_eq!(incomplete.session_cookies(), [], "the other part is removed");

    let mut smaller = browser.clone();
    smaller.login("bob", "/").await;
    assert_eq!(smaller.session_cookies().len(), 1, "a smaller session replaces all parts");
    assert_eq!(smaller.open("/").await.unwrap().name(), Some("Bob Brown"));

    browser.logout().await;
    assert_eq!(browser.session_cookies(), []);
}

#[tokio::test]
async fn login_with_a_session_that_does_not_fit_is_an_error_and_not_a_redirect_loop() {
    let app = App::new();
    grow(&app, 30_000);
    let mut browser = app.browser();
    assert_page(&browser.login("alice", "/").await, 502, "Your profile is too large");
    assert!(browser.cookies.is_empty());
}

/// 300 KiB compress to a session that would fit, but not to one that can be opened again.
#[tokio::test]
async fn login_with_claims_that_compress_well_but_are_too_large_is_an_error() {
    let app = App::new();
    app.transport.user_info_padding.store(300 * 1024, Ordering::Relaxed);
    let mut browser = app.browser();
    let reply = browser.login("alice", "/profile").await;
    browser.zitadel = app.replica();
    let next = browser.open("/profile").await.err();
    assert_eq!((reply.status, next), (502, Some(302)), "302 at the callback and 302 at the page is a redirect loop");
}

#[tokio::test]
async fn session_that_outgrows_its_cookies_at_a_refresh_is_ended_and_its_tokens_are_revoked() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    app.transport.user_info_padding.store(300 * 1024, Ordering::Relaxed);
    assert_eq!(browser.open("/").await.err(), Some(502));
    assert_eq!(browser.session_cookies(), [], "or the browser is redirected in a loop");
    assert!(app.transport.revoked_a_current_token());
}

/// nginx has 4 KiB for all headers of a response, unless it is set to have more; the framework's own take about 300 bytes.
#[tokio::test]
async fn session_of_a_user_with_200_roles_fits_the_default_limit_of_nginx_for_a_response() {
    let things = "invoice customer order report user project asset ticket contract payment budget shift device site vehicle \
                  route tenant catalog price audit";
    let verbs = ["read", "write", "create", "delete", "approve", "export", "assign", "archive", "comment", "admin"];
    let roles: Vec<_> = things.split(' ').flat_map(|thing| verbs.map(|verb| format!("{thing}.{verb}"))).collect();
    assert_eq!(roles.len(), 200);
    for (in_id_token, access_token) in [
        (false, AccessTokenType::Opaque),
        (false, AccessTokenType::Jwt),
        (true, AccessTokenType::Opaque),
        (true, AccessTokenType::Jwt),
    ] {
        let emulator = emulator_with(SigningAlgorithm::Rs256);
        emulator.client().set_id_token_role_assertion(in_id_token);
        emulator.client().set_access_token_type(access_token);
        emulator.client().set_access_token_role_assertion(true);
        emulator.set_roles("alice", &roles.iter().map(String::as_str).collect::<Vec<_>>());
        let app = App::with(emulator, &[]);
        let mut browser = app.browser();
        let reply = browser.login("alice", "/profile").await;
        let headers: usize = reply.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        println!(
            "session cookie with 200 roles: {} bytes of {headers}, {in_id_token} {access_token:?}",
            size(&browser)
        );
        assert!(headers <= 3_700, "roles in the ID token: {in_id_token}, {access_token:?}: {headers}");
        browser.zitadel = app.replica();
        assert_eq!(browser.open("/").await.unwrap().roles().keys().collect::<BTreeSet<_>>().len(), 200);
    }
}
