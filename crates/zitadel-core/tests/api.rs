//! An application that accepts access tokens and has no login, also in a build without the feature `login`:
//! `cargo test -p zitadel-core --no-default-features --features api --test api`.
#![expect(clippy::unwrap_used, reason = "a broken expectation ends the test")]

use zitadel_core::{
    Config, ErrorCode, RequestHead, Requirement, Timestamp, Zitadel,
    environment::{BoxFuture, Clock, Transport, TransportError},
};
use zitadel_emulator::{AccessTokenType, AuthMethod, Client, Emulator};

struct InProcess(Emulator);

impl Transport for InProcess {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async { self.0.respond(request).await.map_err(|_| TransportError::Broken) })
    }
}

struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// An API in the project of the emulator's application.
fn api(emulator: &Emulator) -> Zitadel {
    let mut client = Client::api("api");
    client.authenticate_with(AuthMethod::Basic);
    let client = emulator.add_client(client);
    let config = Config::from_vars([
        ("ZITADEL_DOMAIN", emulator.issuer().to_owned()),
        ("ZITADEL_API_AUDIENCE", emulator.client().snapshot().project_id),
        ("ZITADEL_CLIENT_ID", client.id().to_owned()),
        ("ZITADEL_CLIENT_SECRET", client.secret().unwrap()),
    ]);
    let builder = Zitadel::builder(config.unwrap()).transport(InProcess(emulator.clone()));
    builder.clock(Stopped(Timestamp::from_unix(emulator.unix_now()))).build().unwrap()
}

fn head(headers: &[(&str, &str)]) -> RequestHead {
    let mut head = RequestHead::new("GET", "/api/orders");
    for (name, value) in headers {
        head.header(name, value.as_bytes());
    }
    head
}

/// The subject, or the status and the code.
async fn answer(zitadel: &Zitadel, headers: &[(&str, &str)]) -> Result<String, (u16, ErrorCode)> {
    let authentication = zitadel.authenticate(head(headers)).await;
    match authentication.authorize(&Requirement::user()) {
        Ok(user) => Ok(user.subject().to_owned()),
        Err(denied) => Err((denied.to_reply().status, denied.code())),
    }
}

#[tokio::test]
async fn access_tokens_are_accepted_and_nothing_else_is() {
    let emulator = Emulator::builder().issuer("https://zitadel.example").build();
    let zitadel = api(&emulator);
    for kind in [AccessTokenType::Jwt, AccessTokenType::Opaque] {
        emulator.client().set_access_token_type(kind);
        let token = format!("Bearer {}", emulator.access_token_for("alice"));
        let subject = answer(&zitadel, &[("authorization", &token)]).await.unwrap();
        let with_cookie = answer(&zitadel, &[("authorization", &token), ("cookie", "zitadel.session=x")]).await;
        assert_eq!(with_cookie, Ok(subject), "{kind:?}");
        let forged = format!("{token}x");
        assert_eq!(answer(&zitadel, &[("authorization", &forged)]).await, Err((401, ErrorCode::InvalidToken)));
    }
    assert_eq!(answer(&zitadel, &[]).await, Err((401, ErrorCode::Unauthenticated)));
    assert_eq!(answer(&zitadel, &[("cookie", "zitadel.session=x")]).await, Err((401, ErrorCode::Unauthenticated)));
    // A browser is not sent to a login, for there is none.
    let browser = [("sec-fetch-mode", "navigate"), ("accept", "text/html")];
    assert_eq!(answer(&zitadel, &browser).await, Err((401, ErrorCode::Unauthenticated)));
}

#[tokio::test]
async fn no_endpoint_of_a_login_is_mounted() {
    let zitadel = api(&Emulator::builder().issuer("https://zitadel.example").build());
    assert_eq!(zitadel.endpoints().count(), 0);
    assert_eq!(zitadel.match_endpoint("/auth/login"), None);
}

#[test]
fn audience_or_key_file_is_required() {
    let problems = Config::from_vars([("ZITADEL_DOMAIN", "https://zitadel.example")]).unwrap_err().to_string();
    let missing = if cfg!(feature = "login") { "SESSION_SECRET" } else { "ZITADEL_API_AUDIENCE" };
    assert!(problems.lines().any(|line| line.starts_with(&format!("{missing}: is missing"))), "{problems}");
}

/// It was meant to have a login, and would start without one.
#[cfg(not(feature = "login"))]
#[test]
fn settings_of_a_login_are_refused_where_it_was_left_out() {
    let vars = [
        ("ZITADEL_DOMAIN", "https://zitadel.example"),
        ("ZITADEL_API_AUDIENCE", "170086774599581953"),
        ("ZITADEL_CALLBACK_URL", "https://app.example.com/auth/callback"),
        ("SESSION_SECRET", "hunter2"),
        ("SESSION_DURATION", "60"),
    ];
    let problems = Config::from_vars(vars).unwrap_err();
    let named: Vec<_> = problems.problems().map(|problem| problem.name().to_owned()).collect();
    assert_eq!(named, ["ZITADEL_CALLBACK_URL", "SESSION_SECRET"]);
    assert!(problems.to_string().contains("feature `login`") && !problems.to_string().contains("hunter2"));
}
