//! No login leads to another site: what follows `callbackUrl=`, and what a proxy says about the page that was asked for.

use behaviours::{Browser, Request};

use super::PROXY;
use crate::site::Site;

/// Each as it would stand in a query.
const ELSEWHERE: [&str; 32] = [
    "https://evil.example",
    "https%3A%2F%2Fevil.example",
    "http:evil.example",
    "//evil.example",
    "%2F%2Fevil.example",
    "/%2Fevil.example",
    "/%252Fevil.example",
    "///evil.example",
    "/\\evil.example",
    "/%5Cevil.example",
    "\\\\evil.example",
    "/%09/evil.example",
    "/%0D%0ALocation:%20https://evil.example",
    "/%0Aevil",
    "%09//evil.example",
    "%20//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "/%2e%2e//evil.example",
    "/%2e%2f/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example%2F..",
    "https:/evil.example",
    "//evil%E3%80%82example",
    "/%E2%80%AE//evil.example/..",
    "@evil.example",
    ".evil.example",
    "%00/evil.example",
    "//localhost.evil.example",
    "http://localhost@evil.example/",
];

/// Only a path, or nothing of the corpus.
#[track_caller]
fn assert_local(location: &str, what: &str) {
    let is_local = location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\");
    assert!(is_local, "{what} leads to {location}");
}

async fn log_in(site: &Site, browser: &mut Browser) -> String {
    browser.follow().await.assert_redirect(&format!("{}/oauth/v2/authorize", site.emulator.issuer()));
    browser.log_in_as("alice").await.location().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn return_address_of_a_login_is_a_path_of_this_site() {
    let site = Site::start(PROXY).await;
    for address in ELSEWHERE {
        let mut browser = site.browser();
        let response = browser.get(&format!("/api/v1/login?callbackUrl={}", address.replace('\\', "%5C"))).await;
        response.assert_redirect(&format!("{}/oauth/v2/authorize", site.emulator.issuer()));
        let location = browser.log_in_as("alice").await.location().to_owned();
        assert_local(&location, address);
        assert!(!location.contains("evil"), "{address} leads to {location}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn page_that_was_asked_for_is_a_path_of_this_site() {
    let site = Site::start(PROXY).await;
    for path in ELSEWHERE.into_iter().filter(|path| path.starts_with('/')) {
        let mut browser = site.browser();
        let page = Request::new("GET", &format!("{}{path}", site.base())).with("sec-fetch-mode", "navigate");
        let Ok(response) = try_send(&mut browser, page).await else { continue };
        match response.status {
            // The proxy refuses most of them.
            400 => {}
            302 => {
                assert_local(response.location(), path);
                let return_to = response.location_parameter("callbackUrl").unwrap_or_else(|| "/".to_owned());
                assert_local(&return_to, path);
            }
            other => panic!("{path}: {other}"),
        }
    }
    // The host is a client's choice, too.
    let request = format!(
        "GET /orders HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nSec-Fetch-Mode: navigate\r\n\
         Connection: close\r\n\r\n"
    );
    let response = site.browser().raw(request.as_bytes()).await;
    assert!(response.to_lowercase().contains("location: /api/v1/login?callbackurl=%2forders"), "{response}");
    let mut browser = site.browser();
    browser.get("/orders").await.assert_redirect("/api/v1/login");
    assert_eq!(log_in(&site, &mut browser).await, "/orders");
}

/// The HTTP library refuses some of them.
async fn try_send(browser: &mut Browser, request: Request) -> Result<behaviours::Response, ()> {
    let target = request.url.strip_prefix("http://").and_then(|url| url.split_once('/')).map(|(_, path)| format!("/{path}"));
    match target.and_then(|target| target.parse::<http::Uri>().ok()) {
        Some(_) => Ok(browser.send(request).await),
        None => Err(()),
    }
}
