//! Paths that a proxy and an application may read differently, against the public path and the one that requires a role.
//!
//! A path gets in if the application answers to it, and something between the two could have read it as another one.

use super::PROXY;
use crate::{server::Kind, site::Site};

/// Of a client without a session: none may reach the application, but by its own public path.
const ANONYMOUS: [&str; 40] = [
    "/orders?/public/",
    "/orders?x=/public/page",
    "/orders#/public/page",
    "/orders%23/public/page",
    "/orders%3F/public/page",
    "/public/../orders",
    "/public/./../orders",
    "/public/%2e%2e/orders",
    "/public/%2E%2E/orders",
    "/public/.%2e/orders",
    "/public/%252e%252e/orders",
    "/public/..%2forders",
    "/public/..%2Forders",
    "/public/..%252forders",
    "/public/..%5corders",
    "/public/..\\orders",
    "/public\\..\\orders",
    "/public/..;/orders",
    "/public/.;/orders",
    "/public/%2e%2e;/orders",
    "/public;/../orders",
    "/public/x/../../orders",
    "/public//../orders",
    "//public/../orders",
    "/public%2f..%2forders",
    "/public%2Fpage/../../orders",
    "/orders/..%2fpublic/page",
    "/orders/%2e%2e/public/page",
    "/orders/../public/page",
    "/orders//public/page",
    "//orders",
    "/./orders",
    "/PUBLIC/page",
    "/Public/page",
    "/public",
    "/publicity",
    "/public%00/page",
    "/public/%00/../orders",
    "/orders%3b/public/page",
    "http://localhost/public/../orders",
];

/// Of a user without the role: none may reach the application at the path that requires it, however that may be read.
const WITHOUT_ROLE: [&str; 22] = [
    "/admin",
    "/ADMIN",
    "/aDmIn/users",
    "/%61dmin",
    "/adm%69n/users",
    "//admin",
    "/./admin",
    "/x/../admin",
    "/x/%2e%2e/admin",
    "/x/..%2fadmin",
    "/x%2f..%2fadmin",
    "/admin;x=1",
    "/admin%3bx",
    "/;/admin",
    "/admin%2fusers",
    "/admin\\users",
    "/admin%5cusers",
    "/%2fadmin",
    "/admin/.",
    "/admin//users",
    "/admin?x=/public/",
    "/admin#/public/",
];

async fn status(site: &Site, target: &str, cookies: &str) -> (u16, String) {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{cookies}Connection: close\r\n\r\n");
    let response = site.browser().raw(request.as_bytes()).await;
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{target}: {response:?}")), response)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn no_path_that_only_looks_public_reaches_the_application() {
    let site = Site::start(PROXY).await;
    for target in ANONYMOUS {
        let (status, response) = status(&site, target, "").await;
        // nginx redirects `/public` to `/public/`.
        assert!(matches!(status, 301 | 400 | 401), "{target}: {response}");
        assert!(!response.contains("application: "), "{target}: {response}");
    }
    for target in ["/public/page", "/public/", "/public/page?x=/../orders", "/public/a.b/c-d_e~f", "/%70ublic/page"] {
        let (status, response) = status(&site, target, "").await;
        assert!(status == 200 && response.contains(&format!("application: GET {target}")), "{target}: {response}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn no_spelling_of_a_path_avoids_the_role_that_it_requires() {
    let site = Site::start(PROXY).await;
    let pairs: Vec<_> =
        site.logged_in("bob").await.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = format!("Cookie: {}\r\n", pairs.join("; "));
    assert_eq!(status(&site, "/orders", &cookies).await.0, 200);
    for target in WITHOUT_ROLE {
        let (status, response) = status(&site, target, &cookies).await;
        assert!(matches!(status, 400 | 403), "{target}: {response}");
        assert!(!response.contains("application: "), "{target}: {response}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn endpoint_of_the_gateway_is_not_reachable_from_outside() {
    let site = Site::start(PROXY).await;
    for target in [
        "/forward-auth",
        "/forward-auth?proxy=nginx",
        "/forward-auth/envoy/-/orders",
        "/_forward_auth/user",
        "/_forward_auth/admin",
        "/api/v1/../../forward-auth",
        "/api/v1/..%2f..%2fforward-auth",
        "/api/v1/%2e%2e/%2e%2e/forward-auth",
    ] {
        let described = "X-Original-URI: /\r\nX-Original-Method: GET\r\nX-Forwarded-Uri: /\r\nX-Forwarded-Method: GET\r\n";
        let (status, response) = status(&site, target, described).await;
        assert!(matches!(status, 400 | 401 | 404), "{target}: {response}");
        assert!(!response.to_lowercase().contains("x-auth-request"), "{target}: {response}");
        let is_internal = PROXY == Kind::Nginx && target.starts_with("/_");
        assert!(!is_internal || status == 404, "{target}: {response}");
    }
}
