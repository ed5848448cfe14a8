//! `head` and `response`: all that turns axum's types into the engine's and back.

use axum::{
    body::Body,
    extract::OriginalUri,
    http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header},
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

/// Puts onto an answer what the session needs, each header in the way the engine says.
pub(crate) fn finish(authentication: &Authentication, headers: &mut HeaderMap) {
    for (put, name, value) in authentication.headers() {
        let Some((name, line)) = line(name, value) else { continue };
        if put == Put::Replace {
            headers.remove(&name);
        }
        if put.adds(value, headers.get_all(&name).iter().map(HeaderValue::as_bytes)) {
            headers.append(name, line);
        }
    }
}

/// `None` for what could not be sent as a header; the engine never words such a line.
fn line(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    // The lines of nearly every answer, without parsing and allocating them anew each time.
    let name = match name {
        "set-cookie" => header::SET_COOKIE,
        "cache-control" => header::CACHE_CONTROL,
        "vary" => header::VARY,
        other => HeaderName::from_bytes(other.as_bytes()).ok()?,
    };
    let value = match value {
        "no-store" => HeaderValue::from_static("no-store"),
        "Cookie" => HeaderValue::from_static("Cookie"),
        other => HeaderValue::from_str(other).ok()?,
    };
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::to_bytes, routing::any};
    use tower::ServiceExt as _;

    use super::*;

    async fn seen_by_the_engine(app: Router, target: &str) -> String {
        let request = Request::builder().method("QUERY").uri(target).body(Body::empty()).unwrap();
        let body = app.oneshot(request).await.unwrap().into_body();
        String::from_utf8(to_bytes(body, 1000).await.unwrap().into()).unwrap()
    }

    async fn tell(request: Request<Body>) -> String {
        let head = head(&request);
        format!("{} {}", head.method(), head.target())
    }

    #[tokio::test]
    async fn the_engine_sees_the_target_as_the_client_sent_it_however_deep_the_route() {
        let leaf = || Router::new().route("/{*rest}", any(tell));
        let app = Router::new()
            .nest("/a/{b}", Router::new().nest("/c", leaf()))
            .nest_service("/s", leaf().fallback(tell))
            .nest("/f", Router::new().fallback(tell))
            .merge(leaf());
        for target in ["/a/1/c/d%2Fe?f=g&h", "/s", "/s/x?y", "/f", "/f/unknown?q", "/plain?x=%20"] {
            assert_eq!(seen_by_the_engine(app.clone(), target).await, format!("QUERY {target}"));
        }
        assert_eq!(seen_by_the_engine(app, "http://host/plain?q").await, "QUERY /plain?q");
    }

    #[test]
    fn every_header_of_a_reply_is_appended_and_an_impossible_one_is_left_out() {
        let reply = Reply {
            status: 302,
            headers: vec![
                ("set-cookie", "a=1".to_owned()),
                ("set-cookie", "b=2".to_owned()),
                ("location", "/a\r\nset-cookie: c=3".to_owned()),
            ],
            body: String::new(),
        };
        let response = response(reply);
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers().get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(response.headers().get("location").is_none());
        assert!(response.headers().get("content-type").is_none());
    }
}
