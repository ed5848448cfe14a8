//! `head` and `response`: all that turns actix-web's types into the engine's and back.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};
use zitadel_core::{Authentication, Put, Reply, RequestHead};

/// What the engine may know about a request.
pub(crate) fn head(request: &HttpRequest) -> RequestHead {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut head = RequestHead::new(request.method().as_str(), target);
    for (name, value) in request.headers() {
        head.header(name.as_str(), value.as_bytes());
    }
    head
}

/// The engine's answer, word for word.
pub(crate) fn response(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::new(status);
    for (name, value) in reply.headers {
        if let Some((name, value)) = line(name, &value) {
            response.headers_mut().append(name, value);
        }
    }
    response.set_body(reply.body).map_into_boxed_body()
}

/// Puts onto an answer what the session needs, each header in the way the engine says.
pub(crate) fn finish(authentication: &Authentication, headers: &mut HeaderMap) {
    for (put, name, value) in authentication.headers() {
        let Some((name, line)) = line(name, value) else { continue };
        if put == Put::Replace {
            headers.remove(&name);
        }
        if put.adds(value, headers.get_all(&name).map(HeaderValue::as_bytes)) {
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
    use actix_web::{App, body::to_bytes, http::Method, test, web};

    use super::*;

    #[actix_web::test]
    async fn the_engine_sees_the_target_as_the_client_sent_it_however_deep_the_route() {
        async fn tell(request: HttpRequest) -> String {
            let head = head(&request);
            format!("{} {}", head.method(), head.target())
        }
        let scope = || web::scope("/a/{b}").service(web::scope("/c").default_service(web::to(tell)));
        let app = test::init_service(App::new().service(scope()).default_service(web::to(tell))).await;
        for target in ["/a/1/c/d%2Fe?f=g&h", "/a/1/c", "/%70lain?x=%20%zz", "//plain"] {
            let request = test::TestRequest::with_uri(target).method(Method::from_bytes(b"QUERY").unwrap());
            let body = test::call_and_read_body(&app, request.to_request()).await;
            assert_eq!(body, format!("QUERY {target}"));
        }
        let body = test::call_and_read_body(&app, test::TestRequest::with_uri("http://host/p?q").to_request()).await;
        assert_eq!(body, "GET /p?q");
    }

    #[actix_web::test]
    async fn every_header_of_a_reply_is_appended_and_an_impossible_one_is_left_out() {
        let reply = Reply {
            status: 302,
            headers: vec![
                ("set-cookie", "a=1".to_owned()),
                ("set-cookie", "b=2".to_owned()),
                ("location", "/a\r\nset-cookie: c=3".to_owned()),
            ],
            body: "body".to_owned(),
        };
        let response = response(reply);
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers().get_all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(response.headers().get("location").is_none());
        assert!(response.headers().get("content-type").is_none());
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), "body");
    }
}
