//! The page that a login returns to: long ones, those of this origin, and how long a login may take.

use zitadel_core::Endpoint;

use crate::support::{App, Log, assert_page, emulator, location};

/// Where a login for this `callbackUrl` ends.
async fn lands_on(app: &App, callback_url: &str) -> String {
    let mut browser = app.browser();
    location(&browser.login("alice", callback_url).await).to_owned()
}

/// Text that does not compress.
fn noise(length: u32) -> String {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n.wrapping_mul(2_654_435_761) >> 27).unwrap() % 26);
    (0..length).map(|n| letter(n.wrapping_mul(n).wrapping_add(n / 7))).collect()
}

#[tokio::test]
async fn return_address_of_four_kilobytes_comes_back() {
    let app = App::new();
    let long = format!("/orders?{}page=2", "filter[state]=open&sort=-date&".repeat(135));
    assert!(long.len() > 4_000 && long.len() <= 4_096);
    let encoded = long.clone();
    assert_eq!(lands_on(&app, &long).await, encoded);
}

#[tokio::test]
async fn return_address_that_does_not_fit_loses_its_query_and_not_the_page() {
    let app = App::new();
    let log = Log::collect();
    assert_eq!(lands_on(&app, &format!("/orders?q={}", noise(4_000))).await, "/orders");
    assert!(log.event("return_to_dropped").contains("does not fit into the cookie"));
    assert_eq!(lands_on(&app, &format!("/orders?q={}", "a".repeat(5_000))).await, "/orders");
    assert_eq!(lands_on(&app, &format!("/{}", noise(4_000))).await, "/profile", "a path that does not fit");
}

#[tokio::test]
async fn return_address_of_this_origin_counts_as_its_path() {
    let app = App::new();
    assert_eq!(lands_on(&app, "http://localhost:3000/orders?page=2").await, "/orders?page=2");
    assert_eq!(lands_on(&app, "/search?q=a\\b").await, "/search?q=a%5Cb");
    for other in
        ["http://localhost:3001/orders", "https://localhost:3000/orders", "http://localhost:3000@evil.example/"]
    {
        let log = Log::collect();
        assert_eq!(lands_on(&app, other).await, "/profile", "{other}");
        assert!(log.event("return_to_dropped").contains("reason="), "{other}");
    }
}

#[tokio::test]
async fn endpoints_of_the_login_are_no_page_to_return_to() {
    let app = App::new();
    for endpoint in ["/auth/login", "/auth/logout?x=y", "/auth/callback", "/auth/logout/callback", "/auth/session"] {
        let log = Log::collect();
        assert_eq!(lands_on(&app, endpoint).await, "/profile", "{endpoint}");
        assert!(log.event("return_to_dropped").contains("endpoint of the login"), "{endpoint}");
    }
}

#[tokio::test]
async fn login_that_took_too_long_says_so_and_keeps_the_page() {
    for (vars, limit) in [(&[][..], 600), (&[("LOGIN_TIMEOUT", "1800")][..], 1_800)] {
        let app = App::with(emulator(), vars);
        let mut browser = app.browser();
        let url = browser.start_login("/orders?page=2").await;
        let callback = app.emulator.authorize_as(&url, "alice");
        app.advance(limit);
        let mut in_time = browser.clone();
        // Another login does not remove the slow one.
        browser.start_login("/").await;
        let reply = browser.callback(&callback).await;
        assert_page(&reply, 400, "The sign-in took too long");
        assert!(reply.body.contains("/auth/login?callbackUrl=%2Forders%3Fpage%3D2"), "{}", reply.body);
        let reply = in_time.callback("/auth/callback?code=x&state=y").await;
        assert_page(&reply, 400, "This sign-in does not belong here");
    }
}

/// Of two logins that start in the same second the names say nothing about their order.
#[tokio::test]
async fn sixth_login_of_one_second_replaces_the_first() {
    let app = App::new();
    let mut order: Vec<(String, String)> = Vec::new();
    let mut browser = app.browser();
    for tab in 0..8 {
        // A browser sends cookies in the order of their creation.
        let mut head = zitadel_core::RequestHead::new("POST", "/auth/signin/zitadel");
        head.header("sec-fetch-site", b"same-origin");
        let line: Vec<_> = order.iter().map(|(name, value)| format!("{name}={value}")).collect();
        head.header("cookie", line.join("; ").as_bytes());
        let reply = browser.serve(Endpoint::LoginPost, &head, &format!("callbackUrl=%2F{tab}")).await;
        let set: Vec<_> = reply.headers.iter().filter(|(name, _)| *name == "set-cookie").collect();
        for (_, line) in set {
            let (name, value) = line.split("; ").next().unwrap().split_once('=').unwrap();
            order.retain(|(known, _)| known != name);
            if !value.is_empty() {
                order.push((name.to_owned(), value.to_owned()));
            }
        }
        let expected = usize::min(tab + 1, 5);
        assert_eq!(order.len(), expected);
        let kept: Vec<_> = order.iter().map(|(name, _)| browser.cookies.contains_key(name)).collect();
        assert!(kept.iter().all(|kept| *kept));
    }
    let latest = browser.pending_logins().len();
    assert_eq!(latest, 5);
}
