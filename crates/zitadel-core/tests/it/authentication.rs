//! `Authentication`: what adapters see of a request, and what it adds to the response.

use zitadel_core::{Pages, RequestHead, Requirement};

use crate::support::{App, Headers, authorize};

#[tokio::test]
async fn request_is_authorized_as_far_as_its_user_allows() {
    let app = App::new();
    let anonymous = RequestHead::new("GET", "/");
    let bob = app.logged_in("bob").await.navigation("GET", "/");
    for (head, user, role) in [(anonymous, Some(401), Some(401)), (bob, None, Some(403))] {
        let authentication = app.zitadel.authenticate(head.clone()).await;
        assert_eq!(authentication.user().is_some(), user.is_none());
        assert_eq!(authorize(&authentication, &Requirement::user()).err(), user);
        assert_eq!(authorize(&authentication, &Requirement::user().role("admin")).err(), role);
        // The second time neither store nor provider is asked.
        let cached = app.zitadel.authenticate_cached(head).unwrap();
        assert_eq!(authorize(&cached, &Requirement::user().role("admin")).err(), role);
        assert!(cached.belongs_to(&app.zitadel) && !cached.belongs_to(&app.replica()));
    }
}

#[tokio::test]
async fn renewed_session_cookie_makes_a_response_uncacheable() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    app.advance(361);
    let authentication = browser.authenticate("GET", "/app.css").await;
    let mut headers = Headers(vec![("cache-control", "public, max-age=31536000".to_owned())]);
    authentication.apply_to(&mut headers);
    assert_eq!(headers.all("set-cookie").len(), 1);
    assert_eq!(headers.all("cache-control"), ["no-store"], "the handler's header is replaced");
}

#[tokio::test]
async fn debug_of_an_authentication_shows_no_cookie() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(361);
    let authentication = browser.authenticate("GET", "/").await;
    browser.receive(&authentication);
    assert!(!format!("{authentication:?}").contains(browser.session_cookie().unwrap()));
}

#[tokio::test]
async fn cookie_line_with_a_foreign_byte_that_is_not_utf8_is_read() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    let mut head = RequestHead::new("GET", "/");
    let name = app.zitadel.session_cookie_name().unwrap().as_bytes();
    let line = [b"legacy=caf\xe9; ", name, b"=", browser.session_cookie().unwrap().as_bytes()].concat();
    head.header("cookie", &line);
    assert!(app.zitadel.authenticate(head).await.user().is_some());
}

#[tokio::test]
async fn malformed_and_repeated_cookies_do_not_hide_the_session() {
    let app = App::new();
    let session = app.logged_in("alice").await.session_cookie().unwrap().to_owned();
    let name = app.zitadel.session_cookie_name().unwrap();
    for lines in [
        vec![format!("{name}=x; {name}={session}")],
        vec![format!("{name}={session}; {name}=x")],
        vec![format!("{name}=\"{session}\"")],
        vec![format!(";;; =; a; \"; {name}={session}; b=\"c")],
        vec![format!("  {name} = {session} ; other=1")],
        vec![format!("{}; {name}={session}", "a=b; ".repeat(500))],
        vec!["a=b".to_owned(), format!("{name}={session}")],
    ] {
        let mut head = RequestHead::new("GET", "/profile");
        lines.iter().for_each(|line| head.header("cookie", line.as_bytes()));
        assert!(app.zitadel.authenticate(head).await.user().is_some(), "{lines:?}");
    }
    for line in [
        name.to_owned(),
        format!("{name}="),
        "=".to_owned(),
        ";".to_owned(),
        format!("{name}=\""),
        format!("{name}.1=x"),
    ] {
        let mut head = RequestHead::new("GET", "/profile");
        head.header("cookie", line.as_bytes());
        assert!(app.zitadel.authenticate(head).await.user().is_none(), "{line}");
    }
}

#[tokio::test]
async fn login_page_that_requires_a_user_is_an_error_and_not_a_redirect_loop() {
    let zitadel = App::new().builder().pages(Pages::new().login_path("/welcome")).build().unwrap();
    let open = async |target: &str| {
        let mut head = RequestHead::new("GET", target);
        head.header("sec-fetch-mode", b"navigate");
        authorize(&zitadel.authenticate(head).await, &Requirement::user()).unwrap_err()
    };
    assert_eq!(open("/members").await, 302);
    assert_eq!(open("/welcome?callbackUrl=%2Fmembers").await, 500, "302 to itself is a redirect loop");
}
