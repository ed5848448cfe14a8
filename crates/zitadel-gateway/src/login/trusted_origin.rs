//! Requests of scripts of the single-page application, which has another origin.
//!
//! # Rules
//!
//! 1. A request whose only `Origin` is that of the single-page application is as good as one from the gateway's own pages: browsers
//!    write that header themselves. For every other one the core decides, which refuses unsafe requests from other sites.
//! 2. That origin, and no other, may read responses (CORS, Fetch Standard §3.3), with cookies.

use std::time::Duration;

use axum::http::{
    HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, ORIGIN, WWW_AUTHENTICATE},
    request::Parts,
};
use tower_http::cors::{AllowOrigin, CorsLayer};
use zitadel_axum::core::RequestHead;

use crate::{request_id::X_REQUEST_ID, settings::SpaOrigin};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How long a browser need not ask again whether it may send a request. Chromium's maximum is two hours.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

/// The part of a request that the core judges. Rule 1.
pub(crate) fn head(parts: &Parts, spa: Option<&SpaOrigin>) -> RequestHead {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = RequestHead::new(parts.method.as_str(), target);
    let is_trusted = spa.is_some_and(|spa| {
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        origins.next().is_some_and(|origin| origin == spa.as_str()) && origins.next().is_none()
    });
    if let Some(authority) = parts.uri.authority() {
        head.header("host", authority.as_str().as_bytes());
    }
    for (name, value) in &parts.headers {
        if !is_trusted || (name != ORIGIN && name != FETCH_SITE) {
            head.shared_header(name.as_str(), value);
        }
    }
    if is_trusted {
        head.header("sec-fetch-site", b"same-origin");
    }
    head
}

/// Rule 2. Without a single-page application no origin may.
pub(crate) fn cors(spa: Option<&SpaOrigin>) -> CorsLayer {
    let origin = spa.and_then(|spa| HeaderValue::try_from(spa.as_str()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origin))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, X_REQUEST_ID])
        .expose_headers([WWW_AUTHENTICATE, X_REQUEST_ID])
        .max_age(PREFLIGHT_AGE)
}
