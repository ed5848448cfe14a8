//! The start of a login: the authorization request and the cookies of pending logins.

use zitadel_core::{AccessTokenKind, Endpoint, Pages, RequestHead, environment::TransportError};
use zitadel_emulator::{EndpointName, SigningAlgorithm};

use crate::support::{App, BASE, assert_page, emulator, emulator_with, location, query};

#[tokio::test]
async fn user_after_login_has_claims_roles_and_organization() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let user = browser.open("/profile").await.unwrap();
    assert_eq!(user.name(), Some("Alice Anderson"));
    assert_eq!(user.email(), Some("alice@example.com"));
    assert!(user.email_verified());
    assert!(user.roles().has("admin"));
    assert!(user.organization().is_some());
    assert!(user.metadata().count() > 0);
    let session = user.session().unwrap();
    assert_eq!(session.access_token_kind(), AccessTokenKind::Opaque);
    assert_eq!(session.refresh_count(), 0);
    assert!(session.is_refreshable());
    assert_eq!(session.id_token_claims()["sub"], user.subject());
}

#[tokio::test]
async fn authorization_request_carries_pkce_state_nonce_and_scopes() {
    let app = App::new();
    let mut browser = app.browser();
    let (first, second) = (browser.start_login("/profile").await, browser.start_login("/profile").await);
    assert!(first.starts_with("https://zitadel.example/oauth/v2/authorize?"), "{first}");
    let (first, second) = (query(&first), query(&second));
    assert_eq!(first["client_id"], app.vars["ZITADEL_CLIENT_ID"]);
    assert_eq!(first["code_challenge_method"], "S256");
    assert_eq!(first["response_type"], "code");
    assert_eq!(first["redirect_uri"], format!("{BASE}/auth/callback"));
    for scope in ["openid", "offline_access"] {
        assert!(first["scope"].split(' ').any(|known| known == scope), "{scope}");
    }
    for random in ["state", "nonce", "code_challenge"] {
        assert!(first[random].len() >= 43 && first[random] != second[random], "{random}");
    }
}

#[tokio::test]
async fn login_response_is_not_stored_by_caches() {
    let app = App::new();
    let reply = app.browser().post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    assert_eq!((reply.status, reply.header("cache-control")), (302, Some("no-store")));
}

#[tokio::test]
async fn login_without_return_address_lands_on_the_configured_page() {
    let app = App::with(emulator(), &[("ZITADEL_POST_LOGIN_URL", "/?hello")]);
    for (endpoint, method) in [(Endpoint::LoginPost, "POST"), (Endpoint::Login, "GET")] {
        let mut browser = app.browser();
        let head = browser.navigation(method, "/auth/login");
        let reply = browser.serve(endpoint, &head, "").await;
        let callback = app.emulator.authorize_as(location(&reply), "bob");
        assert_eq!(location(&browser.callback(&callback).await), "/?hello");
    }
}

#[tokio::test]
async fn logins_in_five_tabs_finish_in_any_order_and_return_to_their_own_pages() {
    let app = App::new();
    let mut browser = app.browser();
    let mut tabs = Vec::new();
    for tab in 0..5 {
        tabs.push((browser.start_login(&format!("/page?tab={tab}")).await, tab));
        app.advance(1);
    }
    for (url, tab) in tabs.into_iter().rev() {
        let callback = app.emulator.authorize_as(&url, "alice");
        assert_eq!(location(&browser.callback(&callback).await), format!("/page?tab={tab}"));
    }
    assert_eq!(browser.pending_logins(), []);
}

#[tokio::test]
async fn sixth_pending_login_replaces_the_oldest() {
    let app = App::new();
    let mut browser = app.browser();
    let oldest = browser.start_login("/oldest").await;
    let mut latest = String::new();
    for _ in 0..6 {
        app.advance(1);
        latest = browser.start_login("/latest").await;
    }
    assert_eq!(browser.pending_logins().len(), 5);
    let callback = app.emulator.authorize_as(&oldest, "alice");
    assert_eq!(browser.clone().callback(&callback).await.status, 400);
    let callback = app.emulator.authorize_as(&latest, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/latest");
}

/// nginx and others reject header lines of more than 8 KiB, and then the user could not even log out.
#[tokio::test]
async fn pending_logins_with_long_return_addresses_fit_one_header_line_beside_the_session() {
    let app = App::with(emulator_with(SigningAlgorithm::Rs256), &[]);
    let mut browser = app.logged_in("alice").await;
    let letter = |n: u32| char::from(b'a' + u8::try_from((n.wrapping_mul(2_654_435_761) >> 16) % 26).unwrap());
    let noise: String = (0_u32..1000).map(|n| letter(n.wrapping_mul(n) + n)).collect();
    for _ in 0..5 {
        app.advance(1);
        browser.start_login(&format!("/{noise}")).await;
    }
    let sizes: Vec<_> = browser.pending_logins().iter().map(|(_, value)| value.len()).collect();
    assert!(sizes.len() < 5 && sizes.iter().sum::<usize>() <= 4 * 1024, "{sizes:?}");
    let line: usize = browser.cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
    assert!(line <= 8_000, "{line}");
}

#[tokio::test]
async fn prefetch_starts_no_login() {
    let app = App::new();
    let mut browser = app.browser();
    for (endpoint, method) in [(Endpoint::LoginPost, "POST"), (Endpoint::Login, "GET")] {
        let mut head = browser.navigation(method, "/auth/login");
        head.header("sec-purpose", b"prefetch;prerender");
        assert_eq!(browser.serve(endpoint, &head, "").await.status, 204);
        assert!(browser.cookies.is_empty());
    }
}

#[tokio::test]
async fn login_as_another_user_ends_the_earlier_session() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(361);
    // A slow page of alice's: its rewritten cookie arrives after bob has logged in.
    let slow = browser.authenticate("GET", "/report").await;
    browser.login("bob", "/profile").await;
    assert_eq!(browser.open("/").await.unwrap().name(), Some("Bob Brown"));
    browser.receive(&slow);
    let name = browser.open("/").await.ok().and_then(|user| user.name().map(str::to_owned));
    assert_ne!(name.as_deref(), Some("Alice Anderson"), "the browser is alice's again");
}

#[tokio::test]
async fn login_starts_from_cached_metadata_while_the_provider_is_down() {
    let app = App::new();
    app.logged_in("bob").await;
    app.transport.fail(TransportError::Connect);
    let mut browser = app.browser();
    let url = browser.start_login("/profile").await;
    app.transport.recover();
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
}

/// The login page of this application is not at `/auth/login`.
#[tokio::test]
async fn retry_link_leads_to_the_login_page_of_the_application() {
    let app = App::new();
    app.transport.fail(TransportError::Connect);
    let mut browser = app.browser();
    browser.zitadel = app.builder().pages(Pages::new().login_path("/welcome")).build().unwrap();
    let reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "callbackUrl=%2Fprofile").await;
    assert_page(&reply, 503, "href=\"/welcome?callbackUrl=%2Fprofile\"");
}

#[tokio::test]
async fn application_sends_no_request_before_it_needs_the_provider() {
    let app = App::new();
    app.zitadel.authenticate(RequestHead::new("GET", "/profile")).await;
    app.browser().get(Endpoint::Logout, "/auth/logout").await;
    assert_eq!(app.transport.sent(), [""; 0]);
    let mut browser = app.logged_in("alice").await;
    app.emulator.clear_requests();
    browser.open("/profile").await.unwrap();
    browser.open("/admin").await.unwrap();
    assert_eq!(app.emulator.requests(), [], "a page of a logged-in user asks the provider nothing");
    assert_eq!(app.emulator.count(EndpointName::Token), 0);
}
