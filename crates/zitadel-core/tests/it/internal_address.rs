//! An issuer with a path, reached at another address than its own: what is sent, and where to.

use std::sync::{Arc, Mutex};

use zitadel_core::{
    Config, Zitadel,
    environment::{BoxFuture, Transport, TransportError},
};
use zitadel_emulator::{Emulator, SigningAlgorithm};

use crate::support::{BASE, Browser};

const ISSUER: &str = "https://id.example:8443/realms/one";
const USER_INFO: &str = "https://users.example/oidc/v1/userinfo";

/// An emulator below a path, with userinfo on another origin; records what was sent.
struct Proxy {
    emulator: Emulator,
    sent: Mutex<Vec<Sent>>,
}

/// URI, `x-zitadel-instance-host` and `x-forwarded-proto` of a request.
type Sent = (String, Option<String>, Option<String>);

impl Proxy {
    fn sent_to(&self, end: &str) -> Vec<Sent> {
        self.sent.lock().unwrap().iter().filter(|(uri, ..)| uri.ends_with(end)).cloned().collect()
    }
}

impl Transport for Proxy {
    fn send(
        &self,
        mut request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let sent = (request.uri().to_string(), header("x-zitadel-instance-host"), header("x-forwarded-proto"));
            self.sent.lock().unwrap().push(sent);
            let path = request.uri().path();
            let path = path.split_once("/realms/one").map_or(path, |(_, below)| below);
            *request.uri_mut() = path.parse().unwrap();
            let mut response = self.emulator.respond(request).await.map_err(|_| TransportError::Broken)?;
            let own = format!("{ISSUER}/oidc/v1/userinfo");
            if let Ok(text) = str::from_utf8(response.body()) {
                *response.body_mut() = text.replace(&own, USER_INFO).into_bytes();
            }
            Ok(response)
        })
    }
}

/// Logs alice in, with further variables; what was sent.
async fn logged_in(more: &[(&str, &str)]) -> Arc<Proxy> {
    let emulator = Emulator::builder().issuer(ISSUER).signing_algorithm(SigningAlgorithm::Es256).build();
    let proxy = Arc::new(Proxy { emulator: emulator.clone(), sent: Mutex::default() });
    let mut vars = emulator.env_for(BASE);
    vars.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let zitadel = Zitadel::builder(Config::from_vars(vars).unwrap()).transport(proxy.clone()).build().unwrap();
    let mut browser = Browser { zitadel, emulator, cookies: Default::default() };
    // Browsers go to the public address.
    let url = browser.start_login("/profile").await;
    let callback = browser.emulator.authorize_as(url.strip_prefix(ISSUER).unwrap(), "alice");
    let reply = browser.callback(&callback).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    assert_eq!(browser.open("/profile").await.unwrap().name(), Some("Alice Anderson"));
    proxy
}

#[tokio::test]
async fn issuer_with_a_path_gets_its_requests_below_that_path() {
    let proxy = logged_in(&[]).await;
    for path in ["/.well-known/openid-configuration", "/oauth/v2/token", "/oauth/v2/keys"] {
        assert_eq!(proxy.sent_to(path), [(format!("{ISSUER}{path}"), None, None)]);
    }
}

#[tokio::test]
async fn internal_url_gets_the_requests_for_the_issuers_origin_with_the_instance_host() {
    for (internal, base) in [
        ("http://zitadel:8080", "http://zitadel:8080"),
        ("http://zitadel:8080/", "http://zitadel:8080"),
        ("http://gateway/inner/", "http://gateway/inner"),
    ] {
        let proxy = logged_in(&[("ZITADEL_INTERNAL_URL", internal)]).await;
        for path in ["/.well-known/openid-configuration", "/oauth/v2/token", "/oauth/v2/keys"] {
            let (host, proto) = (Some("id.example:8443".to_owned()), Some("https".to_owned()));
            assert_eq!(proxy.sent_to(path), [(format!("{base}/realms/one{path}"), host, proto)], "{internal}");
        }
    }
}

#[tokio::test]
async fn endpoint_on_another_origin_gets_its_requests_there_without_the_instance_host() {
    let proxy = logged_in(&[("ZITADEL_INTERNAL_URL", "http://zitadel:8080")]).await;
    assert_eq!(proxy.sent_to("/userinfo"), [(USER_INFO.to_owned(), None, None)]);
}
