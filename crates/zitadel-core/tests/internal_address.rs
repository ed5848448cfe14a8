//! An issuer with a path, reached at another address than its own: what is really sent, and where to.

#![expect(clippy::unwrap_used, reason = "a rig that breaks should say where")]

mod support;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use support::{BASE, Browser};
use zitadel_core::{
    Config, Zitadel,
    environment::{BoxFuture, Transport, TransportError},
};
use zitadel_emulator::Emulator;

const ISSUER: &str = "https://id.example:8443/realms/one";
const USER_INFO: &str = "https://users.example/oidc/v1/userinfo";

/// An emulator below a path, with userinfo on an origin of its own; remembers what was sent.
struct Bridge {
    emulator: Emulator,
    sent: Mutex<Vec<Sent>>,
}

struct Sent {
    uri: String,
    instance_host: Option<String>,
    proto: Option<String>,
}

impl Bridge {
    fn sent_to(&self, end: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let sent = self.sent.lock().unwrap();
        let there = sent.iter().filter(|sent| sent.uri.ends_with(end));
        there.map(|sent| (sent.uri.clone(), sent.instance_host.clone(), sent.proto.clone())).collect()
    }
}

impl Transport for Bridge {
    fn send(
        &self,
        mut request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let sent = Sent {
                uri: request.uri().to_string(),
                instance_host: header("x-zitadel-instance-host"),
                proto: header("x-forwarded-proto"),
            };
            self.sent.lock().unwrap().push(sent);
            let path = request.uri().path();
            let path = path.split_once("/realms/one").map_or(path, |(_, below)| below);
            *request.uri_mut() = path.parse().unwrap();
            let mut answer = self.emulator.respond(request).await.map_err(|_| TransportError::Broken)?;
            let mine = format!("{ISSUER}/oidc/v1/userinfo");
            if let Ok(text) = str::from_utf8(answer.body()) {
                *answer.body_mut() = text.replace(&mine, USER_INFO).into_bytes();
            }
            Ok(answer)
        })
    }
}

/// Signs alice in with these variables besides; what was sent on the way.
async fn signed_in(more: &[(&str, &str)]) -> Arc<Bridge> {
    let emulator = Emulator::builder().issuer(ISSUER).build();
    let bridge = Arc::new(Bridge { emulator: emulator.clone(), sent: Mutex::default() });
    let mut vars: BTreeMap<String, String> = emulator.env_for(BASE).into_iter().collect();
    vars.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let zitadel = Zitadel::builder(Config::from_vars(vars).unwrap()).transport(bridge.clone()).build().unwrap();
    let mut browser = Browser { zitadel, emulator, cookies: BTreeMap::new() };
    let authorize = browser.begin("/profile").await;
    // Browsers go to the public address, whatever this process uses.
    let below = authorize.strip_prefix(ISSUER).unwrap();
    let back = browser.emulator.authorize_as(below, "alice");
    let reply = browser.callback(&back).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    assert_eq!(browser.visit("/profile").await.unwrap().name(), Some("Alice Anderson"));
    bridge
}

#[tokio::test]
async fn an_issuer_with_a_path_is_asked_below_that_path() {
    let bridge = signed_in(&[]).await;
    for path in ["/.well-known/openid-configuration", "/oauth/v2/token", "/oauth/v2/keys"] {
        assert_eq!(bridge.sent_to(path), [(format!("{ISSUER}{path}"), None, None)]);
    }
}

#[tokio::test]
async fn requests_for_the_issuers_origin_go_to_the_internal_address_and_say_which_instance_is_meant() {
    for (internal, base) in [
        ("http://zitadel:8080", "http://zitadel:8080"),
        ("http://zitadel:8080/", "http://zitadel:8080"),
        ("http://gateway/inner/", "http://gateway/inner"),
    ] {
        let bridge = signed_in(&[("ZITADEL_INTERNAL_URL", internal)]).await;
        for path in ["/.well-known/openid-configuration", "/oauth/v2/token", "/oauth/v2/keys"] {
            let (host, proto) = (Some("id.example:8443".to_owned()), Some("https".to_owned()));
            assert_eq!(bridge.sent_to(path), [(format!("{base}/realms/one{path}"), host, proto)], "{internal}");
        }
    }
}

#[tokio::test]
async fn an_endpoint_on_another_origin_is_left_where_it_is_and_told_nothing_about_ours() {
    let bridge = signed_in(&[("ZITADEL_INTERNAL_URL", "http://zitadel:8080")]).await;
    assert_eq!(bridge.sent_to("/userinfo"), [(USER_INFO.to_owned(), None, None)]);
}
