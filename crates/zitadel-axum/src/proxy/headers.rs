//! Which headers pass a proxy, and which do not.
//!
//! # Rules
//!
//! 1. Fields of one connection end at it, in both directions: those of RFC 9110 §7.6.1, and those that `Connection` names. Of
//!    `Upgrade` only a WebSocket goes on, so that nothing else is made of a connection (`h2c`).
//! 2. `Authorization` is the user's access token, whatever the client sent.
//! 3. Cookies of this library never go to the upstream; those of others do. What the upstream sets under a name of this
//!    library never reaches the browser.
//! 4. `Forwarded`, `X-Forwarded-…` and `X-Real-IP` of the client are removed. The application says itself at which origin and path it was
//!    asked, and by which address if the server knows it.
//! 5. `Host` is that of the upstream. `Expect` is answered here.

use std::net::SocketAddr;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        AUTHORIZATION, CONNECTION, COOKIE, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
        SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};
use zitadel_core::{AccessToken, is_engine_cookie};

const WEB_SOCKET: &str = "websocket";
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const X_FORWARDED: &str = "x-forwarded-";

/// Rule 1.
const OF_ONE_CONNECTION: [HeaderName; 9] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// How the application was asked.
pub(super) struct Forwarded<'a> {
    /// `scheme://host[:port]`
    pub(super) origin: Option<&'a str>,
    /// What was cut off the path.
    pub(super) prefix: &'a str,
    pub(super) client: Option<SocketAddr>,
}

/// Whether a request or a response asks for, or opens, a WebSocket.
pub(super) fn is_web_socket(headers: &HeaderMap) -> bool {
    let is_upgrade = names(headers, &CONNECTION).any(|name| name.eq_ignore_ascii_case("upgrade"));
    let mut protocols = headers.get_all(UPGRADE).iter();
    let first = protocols.next().is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(WEB_SOCKET.as_bytes()));
    is_upgrade && first && protocols.next().is_none()
}

/// The headers that the upstream gets.
pub(super) fn for_upstream(mut headers: HeaderMap, forwarded: &Forwarded<'_>, is_web_socket: bool) -> HeaderMap {
    remove_of_one_connection(&mut headers);
    for name in [HOST, EXPECT, AUTHORIZATION, FORWARDED, REAL_IP] {
        headers.remove(name);
    }
    let claimed: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with(X_FORWARDED)).cloned().collect();
    for name in claimed {
        headers.remove(name);
    }
    let cookies: Vec<_> = headers.get_all(COOKIE).iter().filter_map(foreign_cookies).collect();
    headers.remove(COOKIE);
    for line in cookies {
        headers.append(COOKIE, line);
    }
    let mut say = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    if let Some((scheme, host)) = forwarded.origin.and_then(|origin| origin.split_once("://")) {
        say("x-forwarded-proto", scheme);
        say("x-forwarded-host", host);
    }
    say("x-forwarded-prefix", forwarded.prefix);
    if let Some(client) = forwarded.client {
        say("x-forwarded-for", &client.ip().to_string());
    }
    if is_web_socket {
        upgrade(&mut headers);
    }
    headers
}

/// Rule 2. `None` if the token does not fit into a header.
pub(super) fn bearer(token: &AccessToken) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The headers that the client gets.
pub(super) fn for_client(headers: &mut HeaderMap, is_web_socket: bool) {
    remove_of_one_connection(headers);
    let foreign = |line: &&HeaderValue| !is_engine_cookie(cookie_name(line.as_bytes()));
    let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().filter(foreign).cloned().collect();
    headers.remove(SET_COOKIE);
    for line in cookies {
        headers.append(SET_COOKIE, line);
    }
    if is_web_socket {
        upgrade(headers);
    }
}

fn upgrade(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static(WEB_SOCKET));
}

fn remove_of_one_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = names(headers, &CONNECTION).filter_map(|name| name.parse().ok()).collect();
    for name in OF_ONE_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

/// The elements of a header that is a list.
fn names<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|element| !element.is_empty())
}

/// A line of cookies without those of this library; `None` if nothing is left.
fn foreign_cookies(line: &HeaderValue) -> Option<HeaderValue> {
    let pairs = line.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let foreign: Vec<_> = pairs.filter(|pair| !pair.is_empty() && !is_engine_cookie(cookie_name(pair))).collect();
    if foreign.is_empty() { None } else { HeaderValue::from_bytes(&foreign.join(&b"; "[..])).ok() }
}

/// A cookie without a name is sent back as its value alone, which may look like a cookie with one.
fn cookie_name(pair: &[u8]) -> &[u8] {
    let without_equals = |byte: &u8| *byte == b'=' || byte.is_ascii_whitespace();
    let start = pair.iter().position(|byte| !without_equals(byte)).unwrap_or(pair.len());
    let pair = pair.get(start..).unwrap_or_default();
    pair.split(|byte| matches!(byte, b'=' | b';')).next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORWARDED_NOTHING: Forwarded<'_> = Forwarded { origin: None, prefix: "/api", client: None };

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        lines.iter().map(pair).collect()
    }

    fn sent(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        for_upstream(headers(lines), &FORWARDED_NOTHING, false)
    }

    fn all<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn rule_1_fields_of_one_connection_end_at_it() {
        let lines = [
            ("connection", "close, X-Hop"),
            ("connection", "x-other"),
            ("x-hop", "1"),
            ("x-other", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "close"),
            ("proxy-authorization", "Basic x"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-kept", "1"),
        ];
        let sent = sent(&lines);
        assert_eq!(sent.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-kept", "x-forwarded-prefix"]);
        let mut received = headers(&lines);
        for_client(&mut received, false);
        assert_eq!(received.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-kept"]);
    }

    #[test]
    fn rule_1_a_web_socket_goes_on_and_nothing_else() {
        let opens = |lines: &[_]| is_web_socket(&headers(lines));
        assert!(opens(&[("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")]));
        for lines in [
            &[("upgrade", "websocket")][..],
            &[("connection", "upgrade")],
            &[("connection", "upgrade"), ("upgrade", "h2c")],
            &[("connection", "upgrade"), ("upgrade", "websocket, h2c")],
            &[("connection", "upgrade"), ("upgrade", "websocket"), ("upgrade", "h2c")],
        ] {
            assert!(!opens(lines), "{lines:?}");
        }
        let sent = for_upstream(headers(&[("connection", "x-a, upgrade"), ("x-a", "1")]), &FORWARDED_NOTHING, true);
        assert_eq!((all(&sent, "connection"), all(&sent, "upgrade")), (vec!["upgrade"], vec!["websocket"]));
        assert!(!sent.contains_key("x-a"));
    }

    #[test]
    fn rule_2_authorization_of_the_client_goes_nowhere() {
        assert!(
            !sent(&[("authorization", "Bearer forged"), ("authorization", "Basic x")]).contains_key("authorization")
        );
    }

    #[test]
    fn rule_3_cookies_of_this_library_stay_here() {
        let lines = [
            ("cookie", "a=1; zitadel.session.0245=x; zitadel.session.0245.1=y;b=zitadel.session"),
            ("cookie", "__Host-zitadel.login.0245.abc=z"),
            ("cookie", " c = 3 ;;__Secure-zitadel.session=q; __Host-zitadel.logout=1"),
        ];
        assert_eq!(all(&sent(&lines), "cookie"), ["a=1; b=zitadel.session", "c = 3"]);
        let mut received = headers(&[
            ("set-cookie", "a=1; Path=/"),
            ("set-cookie", "zitadel.session.0245=forged; Path=/"),
            ("set-cookie", "__Host-zitadel.session.0245=forged; Secure"),
            ("set-cookie", " zitadel.logout =; Max-Age=0"),
            ("set-cookie", "zitadel.session"),
            ("set-cookie", " = =zitadel.session.0245=forged"),
        ]);
        for_client(&mut received, false);
        assert_eq!(all(&received, "set-cookie"), ["a=1; Path=/"]);
    }

    #[test]
    fn rule_4_what_the_client_says_about_its_way_is_replaced() {
        let lines = [
            ("forwarded", "for=1.2.3.4"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-host", "evil"),
            ("x-forwarded-user", "root"),
            ("x-real-ip", "1.2.3.4"),
        ];
        let said = Forwarded {
            origin: Some("https://app.example:8443"),
            prefix: "/api",
            client: Some(([192, 0, 2, 7], 4000).into()),
        };
        let sent = for_upstream(headers(&lines), &said, false);
        for (name, value) in [
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "app.example:8443"),
            ("x-forwarded-prefix", "/api"),
            ("x-forwarded-for", "192.0.2.7"),
        ] {
            assert_eq!(all(&sent, name), [value], "{name}");
        }
        assert_eq!(sent.len(), 4, "{sent:?}");
    }

    #[test]
    fn rule_5_host_and_expect_are_not_sent_on() {
        assert_eq!(sent(&[("host", "app.example"), ("expect", "100-continue")]).len(), 1);
    }
}
