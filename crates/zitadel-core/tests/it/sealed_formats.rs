//! Cookies that earlier versions sealed still open: `data/cookies-{commit}.json`.

use serde_json::Value;
use zitadel_core::{
    Config, Endpoint, RequestHead, Timestamp, Zitadel,
    environment::{BoxFuture, Clock, Transport, TransportError},
};

/// The moment at which the cookies were sealed.
struct SealedAt(u64);

impl Clock for SealedAt {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0)
    }
}

/// A cookie must open without the provider.
struct NoProvider;

impl Transport for NoProvider {
    fn send(&self, _: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async { Err(TransportError::Connect) })
    }
}

/// The cookies of an earlier version, and the application that made them, in this version.
fn earlier_version() -> (Zitadel, Value) {
    let cookies: Value = serde_json::from_str(include_str!("data/cookies-e62ad1d.json")).unwrap();
    let settings = cookies["settings"].as_object().unwrap();
    let settings = settings.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let builder = Zitadel::builder(Config::from_vars(settings).unwrap()).transport(NoProvider);
    let clock = SealedAt(cookies["sealed_at"].as_u64().unwrap());
    (builder.clock(clock).build().unwrap(), cookies)
}

/// A page load with these cookies.
fn navigation(target: &str, cookies: &Value) -> RequestHead {
    let mut head = RequestHead::new("GET", target);
    head.header("accept", b"text/html");
    for (name, value) in cookies.as_object().unwrap() {
        head.header("cookie", format!("{name}={}", value.as_str().unwrap()).as_bytes());
    }
    head
}

#[tokio::test]
async fn session_cookie_of_an_earlier_version_opens() {
    let (zitadel, cookies) = earlier_version();
    let authentication = zitadel.authenticate(navigation("/profile", &cookies["session"])).await;
    let user = authentication.user().unwrap();
    let expected = &cookies["user"];
    assert_eq!(user.subject(), expected["sub"]);
    assert_eq!(user.name(), expected["name"].as_str());
    assert_eq!(user.email(), expected["email"].as_str());
    assert_eq!(user.organization().map(|organization| organization.id()), expected["organization"].as_str());
    let roles: Vec<_> = user.roles().grants().map(|(role, ..)| role).collect();
    assert_eq!(Value::from(roles), expected["roles"]);
    assert_eq!(user.metadata_text("motto"), Some("Grüße aus Zürich 🚀"));
    let session = user.session().unwrap();
    assert_eq!(session.started_at().as_unix(), cookies["session_started_at"].as_u64().unwrap());
    assert!(session.is_refreshable());
}

#[tokio::test]
async fn login_cookie_of_an_earlier_version_opens() {
    let (zitadel, cookies) = earlier_version();
    let login = &cookies["login"];
    let target = format!("/auth/callback?error=access_denied&state={}", login["state"].as_str().unwrap());
    let head = navigation(&target, &login["cookie"]);
    let reply = zitadel.serve(Endpoint::Callback, &head, async { Some("") }).await;
    // The provider is down; only the pending login knows the return address.
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert!(reply.body.contains("/auth/login?callbackUrl=%2Forders%3Ftab%3D1"), "{}", reply.body);
}

#[tokio::test]
async fn logout_cookie_of_an_earlier_version_opens() {
    let (zitadel, cookies) = earlier_version();
    let logout = &cookies["logout"];
    let target = format!("/auth/logout/callback?state={}", logout["state"].as_str().unwrap());
    let head = navigation(&target, &logout["cookie"]);
    let reply = zitadel.serve(Endpoint::LogoutCallback, &head, async { Some("") }).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/auth/logout/success")), "{}", reply.body);
}
