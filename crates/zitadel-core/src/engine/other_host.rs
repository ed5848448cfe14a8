//! A page that was opened at another name of this application's host: `127.0.0.1` instead of `localhost`, with or without
//! `www.`. Cookies belong to one name, so that a login that starts there cannot finish.
//!
//! # Rules
//!
//! 1. A page load is redirected to the same page at the origin of `ZITADEL_CALLBACK_URL`.
//! 2. Only between names that are known to be the same host: a proxy may rewrite `Host` to anything, and a redirect would
//!    come back forever.
//! 3. At most once in half a minute and browser, which a cookie of that other name remembers: a proxy may also add or
//!    remove `www.`.

use std::time::Duration;

use url::Url;

use super::LoginEngine;
use crate::{
    http::{
        Reply, RequestHead,
        cookie::{self, CookieNames},
        is_loopback,
    },
    telemetry,
};

const ONCE_IN: Duration = Duration::from_secs(30);

impl LoginEngine {
    /// The redirect to the configured origin, for a page load at another name of it.
    pub(crate) fn redirect_to_own_host(&self, head: &RequestHead) -> Option<Reply> {
        let origin = &self.config.public_origin;
        if head.method() != "GET" || !head.is_navigation() || !is_other_name(head.host()?, origin) {
            return None;
        }
        let names: &CookieNames = self.sessions.cookie_names();
        let marker = names.redirected();
        if cookie::values(head, &marker).next().is_some() {
            return None;
        }
        telemetry::redirected_to_own_host();
        let reply = Reply::redirect(&format!("{origin}{}", head.target()));
        Some(reply.with_cookies([names.set(&marker, "1", Some(ONCE_IN))]))
    }
}

/// Rule 2. `host` is the value of a `Host` header.
fn is_other_name(host: &str, origin: &str) -> bool {
    let Ok(own) = Url::parse(origin) else { return false };
    let Ok(url) = Url::parse(&format!("{}://{host}/", own.scheme())) else { return false };
    let (Some(name), Some(own_name)) = (url.host_str(), own.host_str()) else { return false };
    let same_host = (is_loopback(&url) && is_loopback(&own))
        || name.strip_prefix("www.") == Some(own_name)
        || own_name.strip_prefix("www.") == Some(name);
    let is_host_alone = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    name != own_name && same_host && is_host_alone && url.port_or_known_default() == own.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_host_are_known_and_others_are_not() {
        for (host, origin) in [
            ("127.0.0.1:3000", "http://localhost:3000"),
            ("localhost:3000", "http://127.0.0.1:3000"),
            ("[::1]:3000", "http://localhost:3000"),
            ("www.app.example", "https://app.example"),
            ("app.example", "https://www.app.example"),
            ("WWW.App.example:443", "https://app.example"),
        ] {
            assert!(is_other_name(host, origin), "{host} {origin}");
        }
        for (host, origin) in [
            ("localhost:3000", "http://localhost:3000"),
            ("LOCALHOST:3000", "http://localhost:3000"),
            ("127.0.0.1:3001", "http://localhost:3000"),
            ("app.example:443", "https://app.example"),
            ("10.0.0.7:3000", "https://app.example"),
            ("backend", "https://app.example"),
            ("www.evil.example", "https://app.example"),
            ("www.app.example@evil.example", "https://app.example"),
            ("www.app.example/x", "https://app.example"),
            ("a, b", "https://app.example"),
            ("", "https://app.example"),
        ] {
            assert!(!is_other_name(host, origin), "{host} {origin}");
        }
    }
}
