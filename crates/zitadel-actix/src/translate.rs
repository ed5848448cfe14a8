//! Turns actix-web's types into the engine's and back.

use std::{
    borrow::Cow,
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    dev::Payload,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, VARY},
    },
};
use zitadel_core::{Authentication, Reply, RequestHead, ResponseHeaders};

/// The part of a request that the engine depends on, as an argument of a handler: to call a method of
/// [`Zitadel`](crate::Zitadel) that takes a [`RequestHead`].
///
/// ```
/// use actix_web::web::Data;
/// use zitadel_actix::{Answer, Head, LoginOptions, Prompt, Zitadel};
///
/// /// "Sign in with another account".
/// async fn switch_account(zitadel: Data<Zitadel>, Head(head): Head) -> Answer {
///     let options = LoginOptions::new().prompt(Prompt::SelectAccount);
///     Answer(zitadel.login(&head, &options, None).await)
/// }
/// # let _ = switch_account;
/// ```
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper to take apart")]
pub struct Head(pub RequestHead);

/// A [`Reply`] of the engine, as a handler's response.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper to make")]
pub struct Answer(pub Reply);

impl FromRequest for Head {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(head(request))))
    }
}

impl Responder for Answer {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        response(self.0)
    }
}

pub(crate) fn head(request: &HttpRequest) -> RequestHead {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut head = RequestHead::new(request.method().as_str(), target);
    // HTTP/2 has no `Host`.
    if let Some(authority) = request.uri().authority() {
        head.header("host", authority.as_str().as_bytes());
    }
    for (name, value) in request.headers() {
        head.shared_header(name.as_str(), value);
    }
    head
}

pub(crate) fn response(reply: Reply) -> HttpResponse {
    let mut response =
        HttpResponse::new(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    let mut headers = Headers(response.headers_mut());
    for (name, value) in reply.headers {
        headers.append(name, Cow::Owned(value));
    }
    response.set_body(reply.body).map_into_boxed_body()
}

/// Sets what a response to this request must carry.
pub(crate) fn finish<B>(authentication: &Authentication, response: &mut HttpResponse<B>) {
    authentication.apply_to(&mut Headers(response.headers_mut()));
}

struct Headers<'h>(&'h mut HeaderMap);

impl ResponseHeaders for Headers<'_> {
    fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.0.get_all(header_name(name)).map(HeaderValue::as_bytes)
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        let value = match value {
            Cow::Borrowed(text) => Ok(header_value(text)),
            Cow::Owned(text) => HeaderValue::try_from(text),
        };
        if let Ok(value) = value {
            self.0.append(header_name(name), value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        self.0.remove(header_name(name));
    }
}

/// The values that nearly every response gets are not checked.
fn header_value(text: &'static str) -> HeaderValue {
    static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
    static COOKIE: HeaderValue = HeaderValue::from_static("Cookie");
    static COOKIE_AND_AUTHORIZATION: HeaderValue = HeaderValue::from_static("Cookie, Authorization");
    match text {
        "no-store" => NO_STORE.clone(),
        "Cookie" => COOKIE.clone(),
        "Cookie, Authorization" => COOKIE_AND_AUTHORIZATION.clone(),
        _ => HeaderValue::from_static(text),
    }
}

/// The headers that nearly every response gets are not parsed.
fn header_name(name: &'static str) -> HeaderName {
    match name {
        "cache-control" => CACHE_CONTROL,
        "set-cookie" => SET_COOKIE,
        "vary" => VARY,
        _ => HeaderName::from_static(name),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{App, body::to_bytes, http::Method, test, web};

    use super::*;

    #[actix_web::test]
    async fn the_target_is_what_the_client_sent_however_deep_the_route() {
        async fn show(Head(head): Head) -> String {
            format!("{} {}", head.method(), head.target())
        }
        let scope = || web::scope("/a/{b}").service(web::scope("/c").default_service(web::to(show)));
        let app = test::init_service(App::new().service(scope()).default_service(web::to(show))).await;
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
        let response = Answer(reply).respond_to(&test::TestRequest::default().to_http_request());
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers().get_all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(response.headers().get("location").is_none());
        assert!(response.headers().get("content-type").is_none());
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), "body");
    }
}
