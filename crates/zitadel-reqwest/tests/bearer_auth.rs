//! What reaches a server: with tokens, without, and after a rejection.
#![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

use std::{
    future::IntoFuture as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;
use zitadel_core::{AccessToken, ErrorCode, TokenSource, environment::BoxFuture};
use zitadel_reqwest::{BearerAuth, NoToken, OriginError, TokensOf};

/// The headers `Authorization` and bodies that an API received. It accepts the token `good` only.
#[derive(Clone, Default)]
struct Api {
    received: Arc<Mutex<Vec<(String, String)>>>,
}

impl Api {
    async fn start() -> (Self, String) {
        let api = Self::default();
        let origin = Self::serve(Router::new().route("/", any(Self::answer)).with_state(api.clone())).await;
        (api, origin)
    }

    async fn serve(app: Router) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, app).into_future());
        format!("http://{address}")
    }

    async fn answer(State(api): State<Self>, headers: HeaderMap, body: String) -> StatusCode {
        let authorization = headers.get(header::AUTHORIZATION).map_or("none", |value| value.to_str().unwrap());
        api.received.lock().unwrap().push((authorization.to_owned(), body));
        if authorization == "Bearer good" { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    }

    fn received(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    fn authorizations(&self) -> Vec<String> {
        self.received().into_iter().map(|(authorization, _)| authorization).collect()
    }
}

/// Gives these tokens, one after the other is rejected; the last one again and again.
#[derive(Clone)]
struct Tokens {
    tokens: Vec<Result<&'static str, ErrorCode>>,
    rejections: Arc<AtomicUsize>,
}

impl Tokens {
    fn new(tokens: impl IntoIterator<Item = Result<&'static str, ErrorCode>>) -> Self {
        Self { tokens: tokens.into_iter().collect(), rejections: Arc::default() }
    }

    fn at(&self, index: usize) -> Result<AccessToken, ErrorCode> {
        let token = *self.tokens.get(index).or(self.tokens.last()).unwrap();
        token.map(|token| AccessToken::new(token, None))
    }
}

impl TokenSource for Tokens {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, ErrorCode>> {
        Box::pin(async { self.at(self.rejections.load(Ordering::Relaxed)) })
    }

    fn token_after_rejection<'a>(&'a self, _: &'a AccessToken) -> BoxFuture<'a, Result<AccessToken, ErrorCode>> {
        Box::pin(async { self.at(self.rejections.fetch_add(1, Ordering::Relaxed) + 1) })
    }
}

fn client(auth: BearerAuth) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(auth).build()
}

fn with(origin: &str, tokens: impl IntoIterator<Item = Result<&'static str, ErrorCode>>) -> ClientWithMiddleware {
    client(BearerAuth::to([origin]).unwrap().with(Tokens::new(tokens)))
}

#[tokio::test]
async fn token_is_sent_to_the_named_origin_and_to_no_other_one() {
    let ((api, origin), (other, other_origin)) = (Api::start().await, Api::start().await);
    let client = with(&origin, [Ok("good")]);
    assert_eq!(client.get(&origin).send().await.unwrap().status(), 200);
    assert_eq!(client.get(&other_origin).send().await.unwrap().status(), 401);
    // The same server under another name is another origin.
    let alias = origin.replace("127.0.0.1", "localhost");
    assert_eq!(client.get(alias).send().await.unwrap().status(), 401);
    assert_eq!(api.authorizations(), ["Bearer good", "none"]);
    assert_eq!(other.authorizations(), ["none"]);
}

#[tokio::test]
async fn token_does_not_follow_a_redirect_to_another_origin() {
    let (other, other_origin) = Api::start().await;
    let redirect = move || async move { Redirect::temporary(&other_origin) };
    let origin = Api::serve(Router::new().route("/", get(redirect))).await;
    assert_eq!(with(&origin, [Ok("good")]).get(&origin).send().await.unwrap().status(), 401);
    assert_eq!(other.authorizations(), ["none"]);
}

#[tokio::test]
async fn rejected_token_is_replaced_once_and_the_body_is_sent_again() {
    let (api, origin) = Api::start().await;
    let response = with(&origin, [Ok("old"), Ok("good")]).post(&origin).body("order").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let with_body = |authorization: &str| (authorization.to_owned(), "order".to_owned());
    assert_eq!(api.received(), [with_body("Bearer old"), with_body("Bearer good")]);
    // A second rejection stands.
    let response = with(&origin, [Ok("a"), Ok("b"), Ok("good")]).get(&origin).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(api.authorizations(), ["Bearer a", "Bearer b"]);
}

#[tokio::test]
async fn answer_of_the_api_stands_if_there_is_no_other_token() {
    let (api, origin) = Api::start().await;
    for next in [Ok("old"), Err(ErrorCode::SessionExpired)] {
        let response = with(&origin, [Ok("old"), next]).get(&origin).send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(api.authorizations(), ["Bearer old"]);
    }
}

#[tokio::test]
async fn other_answers_cause_no_second_request() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let forbid = move || async move {
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::FORBIDDEN.into_response() as Response
    };
    let origin = Api::serve(Router::new().route("/", get(forbid))).await;
    assert_eq!(with(&origin, [Ok("old"), Ok("good")]).get(&origin).send().await.unwrap().status(), 403);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_error_says_why() {
    let (api, origin) = Api::start().await;
    let error = with(&origin, [Err(ErrorCode::ProviderUnavailable)]).get(&origin).send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error}") };
    assert_eq!(error.downcast_ref::<NoToken>().unwrap().code(), ErrorCode::ProviderUnavailable);
    assert_eq!(api.authorizations(), Vec::<String>::new());
}

#[tokio::test]
async fn request_may_name_whose_token_it_needs_or_bring_its_own() {
    let (api, origin) = Api::start().await;
    let client = with(&origin, [Ok("machine")]);
    let user = TokensOf::new(Tokens::new([Ok("good")]));
    assert_eq!(client.get(&origin).with_extension(user.clone()).send().await.unwrap().status(), 200);
    assert_eq!(client.get(&origin).bearer_auth("mine").send().await.unwrap().status(), 401);
    assert_eq!(api.authorizations(), ["Bearer good", "Bearer mine"]);
    // Without a source of its own the middleware sends a token only for requests that name one.
    let client = self::client(BearerAuth::to([&origin]).unwrap());
    assert_eq!(client.get(&origin).send().await.unwrap().status(), 401);
    assert_eq!(client.get(&origin).with_extension(user).send().await.unwrap().status(), 200);
    assert_eq!(api.authorizations(), ["none", "Bearer good"]);
}

#[tokio::test]
async fn nothing_that_prints_shows_a_token() {
    let auth = BearerAuth::to(["https://api.example.com"]).unwrap().with(Tokens::new([Ok("cAnArY")]));
    assert!(!format!("{auth:?} {:?}", TokensOf::new(Tokens::new([Ok("cAnArY")]))).contains("cAnArY"));
    assert_eq!(
        BearerAuth::to(["http://api.example.com"]).unwrap_err(),
        OriginError::NotSecure("http://api.example.com".to_owned())
    );
}
