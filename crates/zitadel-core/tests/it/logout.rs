//! Logout: here, at the provider, and for every copy of the cookie.

use std::{collections::BTreeMap, time::Duration};

use zitadel_core::{Endpoint, environment::TransportError};
use zitadel_emulator::{AuthMethod, Emulator, EndpointName, Fault, LoginVersion, SigningAlgorithm};

use crate::support::{App, BASE, Hold, assert_page, emulator, emulator_with, location, query};

#[tokio::test]
async fn logout_ends_the_session_here_and_at_the_provider() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let reply = browser.logout().await;
    assert_eq!((reply.status, reply.header("cache-control")), (302, Some("no-store")));
    assert!(location(&reply).starts_with("https://zitadel.example/oidc/v1/end_session?"));
    let sent = query(location(&reply));
    assert_eq!(sent["client_id"], app.vars["ZITADEL_CLIENT_ID"]);
    assert_eq!(sent["post_logout_redirect_uri"], format!("{BASE}/auth/logout/callback"));
    assert!(sent.contains_key("id_token_hint"));
    assert_eq!(browser.session_cookies(), []);
    assert_eq!(app.emulator.count(EndpointName::Revoke), 1);

    let reply = browser.get(Endpoint::LogoutCallback, &format!("/auth/logout/callback?state={}", sent["state"])).await;
    assert_eq!(location(&reply), "/auth/logout/success");
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies.keys());
    assert_eq!(browser.session().await.body, "null");
    assert_eq!(browser.open("/profile").await.err(), Some(302));
}

/// A user with this many roles, in an application whose ID tokens contain them.
fn with_roles(count: usize) -> App {
    with_roles_of(emulator_with(SigningAlgorithm::Rs256), count)
}

/// The same with another provider.
fn with_roles_of(emulator: Emulator, count: usize) -> App {
    emulator.client().set_id_token_role_assertion(true);
    let roles: Vec<_> = (0..count).map(|number| format!("role-{number}")).collect();
    emulator.set_roles("alice", &roles.iter().map(String::as_str).collect::<Vec<_>>());
    App::with(emulator, &[])
}

/// The fields of the form on a page.
fn fields(page: &str) -> BTreeMap<&str, &str> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    inputs.map(|input| input.split_once("\">").unwrap().0.split_once("\" value=\"").unwrap()).collect()
}

/// The ID token of a user with 200 roles has 42 KB.
#[tokio::test]
async fn logout_of_a_user_with_200_roles_posts_the_hint_to_the_provider() {
    let app = with_roles(200);
    let mut browser = app.logged_in("alice").await;
    assert_eq!(browser.open("/").await.unwrap().roles().keys().count(), 200);
    let page = browser.logout().await;
    assert_page(&page, 200, "<form method=\"post\" action=\"https://zitadel.example/oidc/v1/end_session\">");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(browser.session_cookies(), []);

    let fields = fields(&page.body);
    assert!(fields["id_token_hint"].len() > 40_000, "{}", fields["id_token_hint"].len());
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let request = http::Request::post("https://zitadel.example/oidc/v1/end_session");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.into_bytes()).unwrap();
    let response = app.emulator.respond(request).await.unwrap();
    let back = response.headers()["location"].to_str().unwrap();
    assert_eq!(
        (response.status().as_u16(), back),
        (302, &*format!("{BASE}/auth/logout/callback?state={}", fields["state"]))
    );
    let reply = browser.get(Endpoint::LogoutCallback, back.strip_prefix(BASE).unwrap()).await;
    assert_eq!(location(&reply), "/auth/logout/success");
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies.keys());
}

/// ZITADEL finds such sessions by a cookie that a posted form does not carry.
#[tokio::test]
async fn hint_that_is_too_long_is_left_out_after_a_version_1_login() {
    for (count, has_hint) in [(1, true), (200, false)] {
        let emulator = Emulator::builder().issuer("https://zitadel.example").login_version(LoginVersion::V1).build();
        let app = with_roles_of(emulator, count);
        let reply = app.logged_in("alice").await.logout().await;
        let sent = query(location(&reply));
        assert_eq!(sent.contains_key("id_token_hint"), has_hint, "{count} roles");
        assert_eq!(sent["client_id"], app.vars["ZITADEL_CLIENT_ID"]);
    }
}

#[tokio::test]
async fn url_of_a_logout_has_at_most_2_kib_whatever_the_number_of_roles() {
    let mut answers = (0, 0);
    for count in [0, 1, 2, 3, 4, 5, 8, 12] {
        let app = with_roles(count);
        let reply = app.logged_in("alice").await.logout().await;
        match reply.header("location") {
            Some(url) => {
                assert!(url.len() <= 2_048 && url.contains("id_token_hint="), "{count} roles: {}", url.len());
                answers.0 += 1;
            }
            None => {
                assert_page(&reply, 200, "name=\"id_token_hint\"");
                answers.1 += 1;
            }
        }
    }
    assert!(answers.0 > 1 && answers.1 > 1, "both ways are tested: {answers:?}");
}

#[tokio::test]
async fn redirects_of_login_and_logout_send_no_referrer() {
    let app = App::new();
    let mut browser = app.browser();
    let start = browser.get(Endpoint::Login, "/auth/login").await;
    let callback = app.emulator.authorize_as(location(&start), "alice");
    let callback = browser.callback(&callback).await;
    let logout = browser.logout().await;
    let state = &query(location(&logout))["state"];
    let back = browser.get(Endpoint::LogoutCallback, &format!("/auth/logout/callback?state={state}")).await;
    for (name, reply) in [("login", start), ("callback", callback), ("logout", logout), ("logout callback", back)] {
        assert_eq!((reply.status, reply.header("referrer-policy")), (302, Some("no-referrer")), "{name}");
    }
}

#[tokio::test]
async fn copy_of_a_cookie_is_worthless_after_logout() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let mut copy = browser.clone();
    assert!(copy.open("/profile").await.is_ok());
    browser.logout().await;
    assert_eq!(copy.clone().user_info().await.status, 401);
    assert_eq!(copy.open("/profile").await.err(), Some(302), "at once, not after `revocation_lag`");
    assert_eq!(copy.session_cookies(), []);
}

#[tokio::test]
async fn logout_callback_that_comes_twice_or_without_state_is_signed_out() {
    let app = App::new();
    for parameters in ["", "?state=other", "?state=a&state=b"] {
        for mut browser in [app.browser(), app.logged_in("alice").await] {
            if !browser.cookies.is_empty() {
                browser.logout().await;
            }
            let reply = browser.get(Endpoint::LogoutCallback, &format!("/auth/logout/callback{parameters}")).await;
            assert_eq!(location(&reply), "/auth/logout/success");
            assert_eq!(browser.session_cookies(), []);
            assert_eq!(browser.open("/profile").await.err(), Some(302));
        }
    }
}

#[tokio::test]
async fn logout_callback_with_another_state_does_not_use_up_the_cookie() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let state = query(location(&browser.logout().await))["state"].clone();
    let cookies = browser.cookies.clone();
    assert_eq!(cookies.len(), 1);
    for other in [format!("{state}x"), "other".to_owned(), String::new()] {
        browser.get(Endpoint::LogoutCallback, &format!("/auth/logout/callback?state={other}")).await;
        assert_eq!(browser.cookies, cookies, "{other}");
    }
    let mut prefetch = browser.navigation("GET", &format!("/auth/logout/callback?state={state}"));
    prefetch.header("purpose", b"prefetch");
    assert_eq!(browser.serve(Endpoint::LogoutCallback, &prefetch, "").await.status, 204);
    assert_eq!(browser.cookies, cookies, "a prefetch");
    for _ in 0..2 {
        let reply = browser.get(Endpoint::LogoutCallback, &format!("/auth/logout/callback?state={state}")).await;
        assert_eq!(location(&reply), "/auth/logout/success");
        assert!(browser.cookies.is_empty());
    }
}

#[tokio::test]
async fn logout_callback_in_a_browser_with_a_session_says_that_it_is_still_there() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    for parameters in ["", "?state=other"] {
        let reply = browser.get(Endpoint::LogoutCallback, &format!("/auth/logout/callback{parameters}")).await;
        assert_eq!(location(&reply), "/auth/logout/error?reason=still_signed_in");
        assert!(browser.open("/profile").await.is_ok());
    }
    let reply = browser.get(Endpoint::LogoutError, "/auth/logout/error?reason=still_signed_in").await;
    assert_page(&reply, 200, "You are still signed in");
    app.advance(100_000);
    let reply = browser.get(Endpoint::LogoutCallback, "/auth/logout/callback").await;
    assert_eq!(location(&reply), "/auth/logout/success", "an expired session is none");
}

#[tokio::test]
async fn logout_works_with_an_expired_session_and_without_one() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(100_000);
    let reply = browser.logout().await;
    assert!(query(location(&reply)).contains_key("id_token_hint"), "the expired token is a hint");
    for _ in 0..2 {
        assert_eq!(browser.logout().await.status, 302);
    }
}

#[tokio::test]
async fn get_of_the_logout_path_shows_a_form_and_changes_nothing() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let before = browser.cookies.clone();
    let reply = browser.get(Endpoint::Logout, "/auth/logout").await;
    assert_page(&reply, 200, "<form method=\"post\" action=\"/auth/logout\">");
    assert_eq!(browser.cookies, before);
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn logout_without_a_usable_provider_ends_the_session_here() {
    let app = App::new();
    for fault in [Fault::Status(500), Fault::Html, Fault::Drop] {
        let mut browser = app.logged_in("alice").await;
        let mut copy = browser.clone();
        app.emulator.fault_times(EndpointName::Revoke, fault.clone(), 1);
        let reply = browser.logout().await;
        assert!(location(&reply).starts_with("https://zitadel.example/oidc/v1/end_session?"), "{fault:?}");
        assert_eq!(browser.session_cookies(), []);
        assert_eq!(copy.open("/profile").await.err(), Some(302), "{fault:?}");
    }
    let mut browser = app.logged_in("alice").await;
    let mut copy = browser.clone();
    app.transport.fail(TransportError::Connect);
    assert_eq!(browser.logout().await.status, 302);
    assert_eq!(browser.session_cookies(), []);
    assert_eq!(copy.open("/profile").await.err(), Some(302));
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn logout_waits_at_most_three_seconds_for_the_revocation() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.transport.hold(Hold::Request, "revoke");
    let reply = tokio::time::timeout(Duration::from_millis(3_100), browser.logout()).await.unwrap();
    assert_eq!(reply.status, 302);
    assert_eq!(browser.session_cookies(), []);
}

#[tokio::test]
async fn login_after_a_logout_creates_a_session_of_its_own() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let mut earlier = browser.clone();
    browser.logout().await;
    browser.login("alice", "/profile").await;
    assert!(browser.open("/").await.is_ok());
    assert!(earlier.open("/").await.is_err());
}

#[tokio::test]
async fn revocation_is_accepted_with_every_client_authentication() {
    for method in [AuthMethod::None, AuthMethod::Basic, AuthMethod::Post] {
        let emulator = emulator();
        emulator.client().set_auth_method(method);
        let app = App::with(emulator, &[]);
        assert_eq!(app.logged_in("alice").await.logout().await.status, 302);
        let requests = app.emulator.requests();
        assert_eq!(requests.iter().filter(|request| request.status == Some(400)).count(), 0, "{method:?}");
    }
}
