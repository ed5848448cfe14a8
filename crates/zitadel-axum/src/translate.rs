//! `head` and `response`: all that turns axum's types into the engine's and back.

use axum::{
    body::Body,
    extract::OriginalUri,
    http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode},
    response::{IntoResponse, Response},
};
use zitadel_core::{Authentication, Put, Reply, RequestHead};

/// What the engine may know about a request.
pub(crate) fn head<B>(request: &Request<B>) -> RequestHead {
    // Nested routers strip their prefix from `uri`; axum keeps what the client sent beside it.
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let mut head =
        RequestHead::new(request.method().as_str(), uri.path_and_query().map_or("/", |target| target.as_str()));
    for (name, value) in request.headers() {
        head.header(name.as_str(), value.as_bytes());
    }
    head
}

/// The engine's answer, word for word.
pub(crate) fn response(reply: Reply) -> Response {
    let mut response = Body::from(reply.body).into_response();
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Some((name, value)) = line(name, &value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Puts onto an answer what the session needs: cookies always, the rest unless the handler said otherwise.
pub(crate) fn finish(authentication: &Authentication, headers: &mut HeaderMap) {
    for (put, name, value) in authentication.headers() {
        let Some((name, value)) = line(name, value) else { continue };
        let is_there = match put {
            Put::Append => false,
            Put::Once => headers.get_all(&name).iter().any(|present| *present == value),
            Put::Default => headers.contains_key(&name),
        };
        if !is_there {
            headers.append(name, value);
        }
    }
}

/// `None` for what could not be sent as a header; the engine never words such a line.
fn line(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
}
