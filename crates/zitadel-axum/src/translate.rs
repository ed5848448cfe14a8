//! Turns axum's types into the engine's and back.

use std::{borrow::Cow, convert::Infallible};

use axum::{
    body::Body,
    extract::{FromRequestParts, OriginalUri},
    http::{
        Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{CACHE_CONTROL, Entry, SET_COOKIE, VARY},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use zitadel_core::{Authentication, Reply, RequestHead, ResponseHeaders};

/// The part of a request that the engine depends on, as an argument of a handler: to call a method of
/// [`Zitadel`](crate::Zitadel) that takes a [`RequestHead`].
///
/// ```
/// use axum::extract::State;
/// use zitadel_axum::{Answer, Head, LoginOptions, Prompt, Zitadel};
///
/// /// "Sign in with another account".
/// async fn switch_account(State(zitadel): State<Zitadel>, Head(head): Head) -> Answer {
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

impl<S: Sync> FromRequestParts<S> for Head {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(head(&parts.method, &parts.uri, &parts.headers, &parts.extensions)))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        response(self.0)
    }
}

pub(crate) fn head(method: &Method, uri: &Uri, headers: &HeaderMap, extensions: &Extensions) -> RequestHead {
    // Nested routers strip their prefix from the URI; axum keeps what the client sent in the extensions.
    let uri = extensions.get::<OriginalUri>().map_or(uri, |original| &original.0);
    let mut head = RequestHead::new(method.as_str(), uri.path_and_query().map_or("/", |target| target.as_str()));
    // HTTP/2 has no `Host`.
    if let Some(authority) = uri.authority() {
        head.header("host", authority.as_str().as_bytes());
    }
    for (name, value) in headers {
        head.shared_header(name.as_str(), value);
    }
    head
}

pub(crate) fn response(reply: Reply) -> Response {
    let mut response = Body::from(reply.body).into_response();
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = Headers(response.headers_mut());
    for (name, value) in reply.headers {
        headers.append(name, Cow::Owned(value));
    }
    response
}

/// Sets what a response to this request must carry: the cookies of its session, and that it is personal.
///
/// For an application that calls [`Zitadel::authenticate`](crate::Zitadel::authenticate) itself, because it judges another request than
/// the one that it answers. [`authenticate`](crate::authenticate) does it for every response.
pub fn finish(authentication: &Authentication, response: &mut Response) {
    authentication.apply_to(&mut Headers(response.headers_mut()));
}

struct Headers<'h>(&'h mut HeaderMap);

impl ResponseHeaders for Headers<'_> {
    fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.0.get_all(header_name(name)).iter().map(HeaderValue::as_bytes)
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

    // For nearly every response, so that the map is searched once.

    fn append_unique(&mut self, name: &'static str, value: &'static str) {
        match self.0.entry(header_name(name)) {
            Entry::Occupied(entry) if entry.iter().any(|known| known == value) => {}
            Entry::Occupied(mut entry) => entry.append(header_value(value)),
            Entry::Vacant(entry) => drop(entry.insert(header_value(value))),
        }
    }

    fn set_default(&mut self, name: &'static str, value: &'static str) {
        if let Entry::Vacant(entry) = self.0.entry(header_name(name)) {
            entry.insert(header_value(value));
        }
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
    use axum::{Router, body::to_bytes, extract::Request, routing::any};
    use tower::ServiceExt as _;

    use super::*;

    async fn target_of(app: Router, target: &str) -> String {
        let request = Request::builder().method("QUERY").uri(target).body(Body::empty()).unwrap();
        let body = app.oneshot(request).await.unwrap().into_body();
        String::from_utf8(to_bytes(body, 1000).await.unwrap().into()).unwrap()
    }

    async fn show(Head(head): Head) -> String {
        format!("{} {}", head.method(), head.target())
    }

    #[tokio::test]
    async fn the_target_is_what_the_client_sent_however_deep_the_route() {
        let leaf = || Router::new().route("/{*rest}", any(show));
        let app = Router::new()
            .nest("/a/{b}", Router::new().nest("/c", leaf()))
            .nest_service("/s", leaf().fallback(show))
            .nest("/f", Router::new().fallback(show))
            .merge(leaf());
        for target in ["/a/1/c/d%2Fe?f=g&h", "/s", "/s/x?y", "/f", "/f/unknown?q", "/plain?x=%20"] {
            assert_eq!(target_of(app.clone(), target).await, format!("QUERY {target}"));
        }
        assert_eq!(target_of(app, "http://host/plain?q").await, "QUERY /plain?q");
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
        let response = Answer(reply).into_response();
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers().get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(response.headers().get("location").is_none());
        assert!(response.headers().get("content-type").is_none());
    }
}
