//! A `Zitadel` that nobody signs in to, and a visitor who asks an application.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![allow(dead_code, reason = "no test file uses all of it")]

use std::rc::Rc;

use actix_web::{
    App, Error, HttpResponse,
    body::{self, MessageBody},
    dev::{HttpServiceFactory, Service as _, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header::HeaderMap},
    test::{self, TestRequest},
};
use futures_util::future::LocalBoxFuture;
use zitadel_actix::{Protected, Zitadel};

/// A cookie that opens nothing; the engine deletes it, so that every answer has a `Set-Cookie`.
pub(crate) const GARBAGE: (&str, &str) = ("cookie", "zitadel.session=garbage");

pub(crate) fn zitadel() -> Zitadel {
    let vars = [
        ("ZITADEL_DOMAIN", "https://issuer.example.com"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"),
    ];
    Zitadel::from_vars(vars).unwrap()
}

pub(crate) fn protected() -> Protected {
    Protected::new(zitadel())
}

/// An application somebody can ask.
pub(crate) struct Site(Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>);

/// The application, started.
pub(crate) async fn start<T, B>(app: App<T>) -> Site
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    let app = Rc::new(test::init_service(app).await);
    Site(Box::new(move |request| {
        let app = Rc::clone(&app);
        Box::pin(async move {
            match app.call(request.to_request()).await {
                Ok(response) => Answer::of(response.into_parts().1).await,
                // As actix-web's server does.
                Err(error) => Answer::of(error.error_response()).await,
            }
        })
    }))
}

/// An application that has only this.
pub(crate) async fn serving(service: impl HttpServiceFactory + 'static) -> Site {
    start(App::new().service(service)).await
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    async fn of(response: HttpResponse<impl MessageBody + 'static>) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body::to_bytes(response.into_body().boxed()).await.unwrap();
        Self { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> usize {
        self.headers.get_all("set-cookie").count()
    }

    /// The script's way of being told to sign in.
    #[track_caller]
    pub(crate) fn is_challenge(&self) {
        assert_eq!(self.status, 401, "{}", self.body);
        assert!(self.header("www-authenticate").starts_with("Bearer"));
        assert!(self.header("content-type").starts_with("application/json"));
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status.as_u16(), self.body.as_str()), (status, body));
    }
}

impl Site {
    /// `"GET /path"`, as a script sends it.
    pub(crate) async fn ask(&self, line: &str) -> Answer {
        self.ask_with(line, &[], "").await
    }

    /// `"GET /path"`, as a browser sends it when a person follows a link.
    pub(crate) async fn visit(&self, line: &str) -> Answer {
        self.ask_with(line, &[("accept", "text/html"), ("sec-fetch-mode", "navigate")], "").await
    }

    pub(crate) async fn ask_with(&self, line: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        let (method, target) = line.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = TestRequest::with_uri(target).method(method).set_payload(body.into());
        for header in headers {
            request = request.append_header(*header);
        }
        (self.0)(request).await
    }
}
