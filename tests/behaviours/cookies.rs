//! Cookies over a socket: several in one response, malformed and very many in a request.

use behaviours::{Request, Setup, noise};

use super::subject;

#[tokio::test]
async fn cookies_of_login_and_logout_arrive_with_their_attributes() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let mut cookies = browser.start_login().await.set_cookies();
    cookies.extend(browser.log_in_as("alice").await.set_cookies());
    browser.follow().await;
    cookies.extend(browser.click("Sign out").await.set_cookies());
    for cookie in &cookies {
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.has(attribute), "{cookie:?}");
        }
        assert!(!cookie.attributes.iter().any(|attribute| attribute.starts_with("Domain")), "{cookie:?}");
    }
    let changes = cookies.iter().map(|cookie| (&cookie.name[.."zitadel.log".len()], cookie.removes()));
    let expected = [
        ("zitadel.log", false),
        ("zitadel.ses", false),
        ("zitadel.log", true),
        ("zitadel.log", false),
        ("zitadel.ses", true),
    ];
    assert_eq!(changes.collect::<Vec<_>>(), expected, "login, session, login removed, logout, session removed");
}

#[tokio::test]
async fn large_session_is_set_sent_and_removed_in_several_cookies() {
    let app = subject::with(Setup::new().sessions_in_cookies()).await;
    app.emulator().update_person("alice", |person| person.metadata.push(("photo".into(), noise(2_500))));
    let mut browser = app.logged_in("alice").await;
    assert!(browser.session().len() > 1, "{:?}", browser.session());
    browser.get("/profile").await.assert_page(200, "Alice Anderson");

    // One part alone is removed on a redirect.
    let mut incomplete = app.browser();
    let (name, value) = browser.session().remove(0);
    incomplete.set_cookie(&name, &value);
    incomplete.get("/profile").await.assert_redirect("/auth/login");
    assert_eq!(incomplete.session(), []);

    // The ID token is too long for a URL.
    browser.click("Sign out").await.assert_page(200, "One more step ends it at ZITADEL");
    assert_eq!(browser.session(), []);
}

#[tokio::test]
async fn invalid_session_cookie_is_removed_by_every_kind_of_response() {
    let app = subject::start().await;
    for (path, status) in [("/", 200), ("/profile", 302), ("/auth/session", 200), ("/auth/userinfo", 401)] {
        let mut browser = app.browser();
        browser.set_cookie(app.session_cookie(), "x");
        browser.get(path).await.assert_status(status);
        assert_eq!(browser.session(), [], "{path}");
    }
}

#[tokio::test]
async fn malformed_and_repeated_cookie_lines_do_not_hide_the_session() {
    let app = subject::start().await;
    let session = app.logged_in("alice").await.cookie(app.session_cookie()).unwrap();
    let name = app.session_cookie();
    let page = || Request::new("GET", "/profile").with("sec-fetch-mode", "navigate");
    let mut browser = app.browser();
    for line in [
        format!("{name}=x; {name}={session}"),
        format!("{name}=\"{session}\""),
        format!(";;; =; a; \"; {name}={session}; b=\"c"),
        format!("  {name} = {session} ; other=1"),
        format!("{}; {name}={session}", "a=b; ".repeat(500)),
    ] {
        browser.send(page().with("cookie", &line)).await.assert_page(200, "Alice Anderson");
    }
    let two_lines = page().with("cookie", "a=b").with("cookie", &format!("{name}={session}"));
    browser.send(two_lines).await.assert_page(200, "Alice Anderson");
    for line in [name, &format!("{name}="), "=", ";", &format!("{name}=\"")] {
        browser.send(page().with("cookie", line)).await.assert_redirect("/auth/login");
    }
}

#[tokio::test]
async fn cookie_line_that_is_not_utf8_is_not_a_failure() {
    let app = subject::start().await;
    let head = "GET /profile HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nsec-fetch-mode: navigate\r\ncookie: ";
    let mut request = format!("{head}{}=", app.session_cookie()).into_bytes();
    request.extend([0xff, 0xfe, 0x80, b'\r', b'\n', b'\r', b'\n']);
    let response = app.browser().raw(&request).await;
    assert!(response.starts_with("HTTP/1.1 302") || response.starts_with("HTTP/1.1 400"), "{response}");
}

#[tokio::test]
async fn very_long_cookie_line_is_answered() {
    let app = subject::start().await;
    let cookies = format!("{}=x; ", app.session_cookie()).repeat(3_000);
    let response = app.browser().send(Request::new("GET", "/auth/session").with("cookie", &cookies)).await;
    assert!(matches!(response.status, 200 | 400 | 413 | 431), "{}", response.status);
}
