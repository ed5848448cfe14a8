//! The answers to a sub-request that was judged.
//!
//! 1. Allowed: 202 with the identity headers; 200 for Envoy, whose `ext_authz` denies every other status.
//! 2. Denied: what the core answers, a redirect for a browser that loads a page. An error is JSON, never a page: the gateway is a
//!    service behind a proxy.
//! 3. nginx makes 500 of every status but 2xx, 401 and 403. So a redirect is 401 there, with its address in
//!    [`REDIRECT`], which the configuration answers with.
//! 4. Traefik resolves a redirect against the address of the gateway as the proxy knows it: it gets an absolute URL, of the origin of
//!    `ZITADEL_CALLBACK_URL`.
//! 5. A variable of nginx holds one header line: of several the first (before 1.23), or all of them joined into one that no browser
//!    can take apart. A refreshed session is one `Set-Cookie` line in nearly all cases, and always with `SESSION_MODE=stored`. Several
//!    lines (a session of more than 3,900 bytes, or the end of one) are sent to nginx in [`COOKIES`] instead, one each, and in no
//!    `Set-Cookie`: a part of a session that a browser stores without the others would end it.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, LOCATION, SET_COOKIE},
    },
    response::{IntoResponse as _, Response},
};
use zitadel_axum::{
    Answer, Authentication, Zitadel,
    core::{Denied, User},
};

use super::{identity, original_request::Proxy};
use crate::error::ApiError;

/// Rule 3. It is an answer to nginx, and no header of a request.
pub(super) const REDIRECT: HeaderName = HeaderName::from_static("x-auth-request-redirect");

/// Rule 5. A session has three parts at most, and one more line removes what is left of an earlier one.
const COOKIES: [HeaderName; 4] = [
    HeaderName::from_static("x-auth-request-set-cookie-1"),
    HeaderName::from_static("x-auth-request-set-cookie-2"),
    HeaderName::from_static("x-auth-request-set-cookie-3"),
    HeaderName::from_static("x-auth-request-set-cookie-4"),
];

/// Rule 1.
pub(super) fn allowed(proxy: Proxy, user: &User) -> Response {
    let mut response = Response::default();
    *response.status_mut() = if proxy == Proxy::Envoy { StatusCode::OK } else { StatusCode::ACCEPTED };
    identity::set(response.headers_mut(), user);
    response
}

/// Rules 2 to 4.
pub(super) fn denied(zitadel: &Zitadel, proxy: Proxy, denied: &Denied) -> Response {
    let mut response = Answer(denied.to_reply()).into_response();
    let is_redirect = response.status().is_redirection();
    if is_redirect && proxy == Proxy::Traefik {
        make_absolute(zitadel, &mut response);
    }
    if is_redirect && proxy != Proxy::Nginx {
        return response;
    }
    if is_redirect {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        if let Some(location) = response.headers_mut().remove(LOCATION) {
            response.headers_mut().insert(REDIRECT, location);
        }
    }
    let (mut parts, _) = response.into_parts();
    let (error, body) = ApiError::from_code(denied.code()).into_response().into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(error.headers);
    Response::from_parts(parts, body)
}

/// Rule 4.
fn make_absolute(zitadel: &Zitadel, response: &mut Response) {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let local = location.filter(|location| location.starts_with('/'));
    let absolute = zitadel.public_origin().zip(local).map(|(origin, local)| format!("{origin}{local}"));
    if let Some(absolute) = absolute.and_then(|absolute| HeaderValue::try_from(absolute).ok()) {
        response.headers_mut().insert(LOCATION, absolute);
    }
}

/// Sets what every answer must carry; rule 5.
pub(super) fn finish(proxy: Proxy, authentication: &Authentication, mut response: Response) -> Response {
    zitadel_axum::finish(authentication, &mut response);
    if proxy == Proxy::Nginx {
        separate_cookies(&mut response);
    }
    response
}

fn separate_cookies(response: &mut Response) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let headers = response.headers_mut();
    let lines: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    if lines.len() < 2 {
        return;
    }
    headers.remove(SET_COOKIE);
    if lines.len() > COOKIES.len() {
        // Those that are set come first: what is left out would remove something.
        tracing::warn!(name: "forward_auth_cookies_dropped", lines = lines.len(), "forward_auth_cookies_dropped");
    }
    headers.extend(COOKIES.into_iter().zip(lines));
    if !WARNED.swap(true, Ordering::Relaxed) {
        // Once: a configuration of nginx that passes them has nothing to be warned of again and again.
        tracing::warn!(
            name: "forward_auth_several_cookies",
            "forward_auth_several_cookies"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookies(lines: &[&'static str]) -> Response {
        let mut response = Response::default();
        for line in lines {
            response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(line));
        }
        separate_cookies(&mut response);
        response
    }

    #[test]
    fn rule_5_one_line_stays_and_several_get_a_header_each() {
        assert!(with_cookies(&[]).headers().is_empty());
        let one = with_cookies(&["a=1"]);
        assert_eq!(one.headers().len(), 1);
        assert_eq!(one.headers().get(SET_COOKIE).unwrap(), "a=1");
        let several = with_cookies(&["a=1", "b=2", "c=3", "d=4", "e=; Max-Age=0"]);
        assert_eq!(several.headers().get(SET_COOKIE), None);
        let lines: Vec<_> = COOKIES.iter().map(|name| several.headers().get(name).unwrap().to_str().unwrap()).collect();
        assert_eq!((lines.as_slice(), several.headers().len()), (["a=1", "b=2", "c=3", "d=4"].as_slice(), 4));
    }
}
