//! Who sent a request, as the application is told.

use behaviours::Request;

use super::PROXY;
use crate::site::{Received, Site, post};

const IDENTITY: [&str; 4] =
    ["x-auth-request-user", "x-auth-request-email", "x-auth-request-roles", "x-auth-request-org"];

/// What else than letters, digits and `-` a header's name may contain (RFC 9110 §5.6.2). Many applications read each as `-`.
const ALIASES: &str = "_.!#$%&'*+^`|~";

/// Every spelling that an application may take for the header, which is in lower case.
fn spellings(name: &str) -> Vec<String> {
    let title = |name: &str| {
        let words = name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
        words.collect::<Vec<_>>().join("-")
    };
    let mut spellings = vec![name.to_owned(), name.to_uppercase(), title(name)];
    for mask in 1..1_u32 << name.matches('-').count() {
        let mut bit = 0;
        let mixed = name.chars().map(|char| match char {
            '-' => {
                bit += 1;
                if mask >> (bit - 1) & 1 == 1 { '_' } else { '-' }
            }
            other => other,
        });
        let mixed: String = mixed.collect();
        spellings.extend([mixed.to_uppercase(), mixed]);
    }
    spellings.extend(ALIASES.chars().map(|alias| name.replace('-', &alias.to_string())));
    spellings
}

fn spoofed(mut request: Request) -> Request {
    for name in IDENTITY {
        for spelling in spellings(name) {
            request = request.with(&spelling, "spoofed").with(&spelling, "spoofed-again");
        }
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn user_logs_in_and_the_application_learns_who_they_are() {
    let site = Site::start(PROXY).await;
    let mut browser = site.browser();
    let page = site.log_in(&mut browser, "/orders?page=2&sort=a%20b", "alice").await;
    let received = Received::of(&page, 200);
    assert_eq!(received.line(), "GET /orders?page=2&sort=a%20b");
    let alice = site.emulator.person("alice").unwrap();
    assert_eq!(received.values("x-auth-request-user"), [alice.id.as_str()]);
    assert_eq!(received.values("x-auth-request-email"), ["alice@example.com"]);
    assert_eq!(received.values("x-auth-request-org"), [alice.organization_id.as_str()]);
    assert!(received.values("x-auth-request-roles")[0].split(',').any(|role| role == "admin"));
    // The cookie of the application passes beside that of the gateway.
    assert_eq!(browser.cookie("application").as_deref(), Some("1"));
    // The body arrives, though the gateway does not get it.
    let received = Received::of(&browser.send(post("/orders", "same-origin")).await, 200);
    assert_eq!((received.line(), received.body()), ("POST /orders", "amount=7"));
    assert_eq!(received.values("x-auth-request-user"), [alice.id.as_str()]);
    assert_eq!(browser.plain("HEAD", "/orders").await.assert_status(200).body, "");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn identity_that_a_client_claims_does_not_arrive() {
    let site = Site::start(PROXY).await;
    // carol has no roles, so that there is nothing to overwrite a claimed role with.
    let mut carol = site.logged_in("carol").await;
    let received = Received::of(&carol.send(spoofed(Request::new("GET", "/orders"))).await, 200);
    let id = site.emulator.person("carol").unwrap().id;
    assert_eq!(received.values("x-auth-request-user"), [id.as_str()]);
    assert!(received.values("x-auth-request-roles").iter().all(|value| value.is_empty()));
    for name in IDENTITY {
        assert!(received.values(name).len() <= 1 && !received.values(name).concat().contains("spoofed"), "{name}");
    }
    // Where no gateway is asked, nothing arrives, with a session or without.
    for browser in [&mut carol, &mut site.browser()] {
        let received = Received::of(&browser.send(spoofed(Request::new("GET", "/public/page"))).await, 200);
        for name in IDENTITY {
            assert_eq!(received.values(name), [""; 0], "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn description_of_the_request_that_a_client_claims_is_ignored() {
    let site = Site::start(PROXY).await;
    let mut browser = site.logged_in("bob").await;
    let claimed = |mut request: Request| {
        for name in ["X-Original-URI", "X-Original-Method", "X-Forwarded-Uri", "X-Forwarded-Method"] {
            for spelling in [name.to_owned(), name.replace('-', "_"), name.to_lowercase()] {
                request = request.with(&spelling, if name.ends_with("Method") { "GET" } else { "/public/x?role=none" });
            }
        }
        request.with("X-Forwarded-Host", "evil.example").with("X-Forwarded-For", "127.0.0.1").with("Forwarded", "host=evil.example")
    };
    // The method of the request itself counts: an unsafe one from another site is refused.
    browser.send(claimed(post("/orders", "cross-site"))).await.assert_status(403);
    browser.send(claimed(post("/orders", "same-origin"))).await.assert_status(200);
    browser.send(claimed(Request::new("GET", "/admin"))).await.assert_status(403);
    // The address of the request itself is returned to.
    let page = claimed(Request::new("GET", "/orders")).with("sec-fetch-mode", "navigate");
    site.browser().send(page).await.assert_redirect("/api/v1/login?callbackUrl=%2Forders");
}
