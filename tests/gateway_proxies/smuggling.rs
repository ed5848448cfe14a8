//! Requests that are built so that two servers may see different ones, or that headers are lost or appear on the way.

use super::PROXY;
use crate::site::Site;

/// After a request line and `Host`; what follows is closed by `Connection: close` where a header is left open.
const HEADERS: [&str; 28] = [
    "X-Auth-Request-User: admin",
    "X-AUTH-REQUEST-USER: admin",
    "X_Auth_Request_User: admin",
    "X-Auth-Request_User: admin",
    "X_AUTH-REQUEST_USER: admin",
    "X.Auth.Request.User: admin",
    "X-Auth-Request~User: admin",
    "X-Auth-Request-User : admin",
    "X-Auth-Request-User\t: admin",
    " X-Auth-Request-User: admin",
    "X-Other: 1\r\n X-Auth-Request-User: admin",
    "X-Other: 1\r\n\tX-Auth-Request-User: admin",
    "X-Other: 1\nX-Auth-Request-User: admin",
    "X-Other: 1\rX-Auth-Request-User: admin",
    "X-Other: 1%0d%0aX-Auth-Request-User: admin",
    "X-Auth-Request-User\0: admin",
    "X-Auth-Request-User: admin\r\nX-Auth-Request-User: admin",
    "X-Auth-Request-User: admin\r\nX_Auth_Request_User: admin",
    "X-Auth-Request-Us\u{0435}r: admin",
    "Connection: X-Auth-Request-User",
    "Connection: close, x-auth-request-user, x-auth-request-roles",
    "Connection: X-Auth-Request-Email\r\nX-Auth-Request-User: admin",
    "Connection: Cookie",
    "Connection: X-Original-Method, X-Original-URI, X-Forwarded-Method, X-Forwarded-Uri",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Trailer: X-Auth-Request-User",
    "X-Original-URI: /public/\r\nX-Rewrite-URL: /public/\r\nX-Original-URL: /public/",
    "Host: evil.example",
];

fn identities(response: &str) -> Vec<&str> {
    let body = response.split_once("application: ").map_or("", |(_, body)| body);
    let is_user = |line: &&str| {
        line.split(':').next().is_some_and(|name| name.replace(|char: char| !char.is_ascii_alphanumeric(), "-").eq_ignore_ascii_case("x-auth-request-user"))
    };
    body.lines().filter(is_user).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn no_header_of_a_client_becomes_an_identity_or_removes_one() {
    let site = Site::start(PROXY).await;
    let browser = site.logged_in("carol").await;
    let pairs: Vec<_> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let session = format!("Cookie: {}\r\n", pairs.join("; "));
    let carol = format!("x-auth-request-user: {}", site.emulator.person("carol").unwrap().id);
    for header in HEADERS {
        for (path, cookies) in [("/orders", ""), ("/public/page", ""), ("/public/page", &*session), ("/orders", &session)] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookies}{header}\r\nConnection: close\r\n\r\n");
            let response = browser.raw(request.as_bytes()).await;
            let expected: &[&str] = match (path, cookies, response.contains("application: ")) {
                // Refused, or no answer at all.
                (_, _, false) => &[],
                ("/orders", "", true) => panic!("{header:?} got in: {response}"),
                ("/orders", ..) => &[&carol],
                _ => &[],
            };
            assert_eq!(identities(&response), expected, "{header:?} {path}: {response}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn a_second_request_in_the_body_of_the_first_is_not_one() {
    let site = Site::start(PROXY).await;
    let inner = "GET /orders HTTP/1.1\r\nHost: localhost\r\nX-Auth-Request-User: admin\r\n\r\n";
    let length = inner.len();
    for framing in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{inner}"),
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Transfer-Encoding: xchunked\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Transfer-Encoding : chunked\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Content-Length: {length}\r\n\r\n{inner}"),
    ] {
        for path in ["/orders", "/public/page"] {
            let request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{framing}");
            let response = site.browser().raw(request.as_bytes()).await;
            assert!(!response.contains("application: GET"), "{framing:?}: {response}");
            assert_eq!(identities(&response.split("\n\n").next().unwrap_or_default().to_owned()), [""; 0], "{framing:?}");
        }
    }
}
