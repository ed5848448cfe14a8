//! A conversation in which an application writes every kind of entry to the store.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};
use zitadel_core::{
    Endpoint, RequestHead, Zitadel,
    environment::{BoxFuture, Transport, TransportError},
};
use zitadel_emulator::Emulator;

use super::{
    navigation,
    parts::{Entries, FixedEntropy, StillClock, Write, zitadel},
};
use crate::support::{App, Headers, location};

/// What was said and written.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(super) struct Conversation {
    pub(super) comment: String,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) began_at: u64,
    /// The redirect from the provider.
    pub(super) callback: String,
    pub(super) pending_login: BTreeMap<String, String>,
    pub(super) session_at_login: BTreeMap<String, String>,
    pub(super) refreshed_at: u64,
    pub(super) session_after_refresh: BTreeMap<String, String>,
    pub(super) logout_token_by_sid: String,
    pub(super) logout_token_by_subject: String,
    /// What the provider answered.
    pub(super) exchanges: Vec<Exchange>,
    pub(super) writes: Vec<Write>,
}

/// A request of the application to the provider.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Exchange {
    pub(super) request: String,
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: String,
}

/// What comes from the provider through a browser, or by itself.
pub(super) trait Messages {
    fn callback(&mut self, authorization_url: &str) -> String;
    fn logout_token_by_sid(&mut self) -> String;
    fn logout_token_by_subject(&mut self) -> String;
    /// Seconds pass.
    fn advance(&mut self, seconds: u64);
}

impl Messages for &Conversation {
    fn callback(&mut self, _: &str) -> String {
        self.callback.clone()
    }

    fn logout_token_by_sid(&mut self) -> String {
        self.logout_token_by_sid.clone()
    }

    fn logout_token_by_subject(&mut self) -> String {
        self.logout_token_by_subject.clone()
    }

    fn advance(&mut self, _: u64) {}
}

/// The emulator; its answers are kept.
pub(super) struct Live {
    emulator: Emulator,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Live {
    pub(super) fn new(app: &App) -> Self {
        Self { emulator: app.emulator.clone(), exchanges: Mutex::default() }
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }

    fn alice(&self) -> String {
        self.emulator.session_ids("alice").pop().unwrap()
    }
}

impl Transport for Live {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let line = format!("{} {}", request.method(), request.uri());
            let response = self.emulator.handle(request);
            let content_type = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
            self.exchanges.lock().unwrap().push(Exchange {
                request: line,
                status: response.status().as_u16(),
                content_type: content_type.unwrap_or_default(),
                body: String::from_utf8(response.body().clone()).unwrap(),
            });
            Ok(response)
        })
    }
}

impl Messages for &Live {
    fn callback(&mut self, authorization_url: &str) -> String {
        self.emulator.authorize_as(authorization_url, "alice")
    }

    fn logout_token_by_sid(&mut self) -> String {
        self.emulator.logout_token_for("alice", &self.alice()).build()
    }

    fn logout_token_by_subject(&mut self) -> String {
        self.emulator.logout_token_for("alice", "").without_claim("sid").build()
    }

    fn advance(&mut self, seconds: u64) {
        self.emulator.advance(std::time::Duration::from_secs(seconds));
    }
}

/// Login, refresh, back-channel logout by `sid` and by `sub`, logout.
pub(super) async fn converse<T: Transport>(
    settings: &BTreeMap<String, String>,
    provider: Arc<T>,
    began_at: u64,
    messages: &mut impl Messages,
) -> Conversation {
    let (clock, store) = (StillClock::at(began_at), Entries::new([]));
    let zitadel = zitadel(settings, provider, Arc::clone(&clock), FixedEntropy::new(), Arc::clone(&store));
    let mut said = Conversation {
        comment: "A conversation of the version that recorded it. The secrets are of this test only.".to_owned(),
        settings: settings.clone(),
        began_at,
        ..Conversation::default()
    };

    let reply = zitadel.serve(Endpoint::LoginPost, &post("/auth/signin/zitadel", &BTreeMap::new()), no_form()).await;
    said.pending_login = cookies(reply.headers.iter().map(|(name, value)| (*name, value.as_str())));
    said.callback = messages.callback(location(&reply));
    let target = said.callback.strip_prefix(crate::support::BASE).unwrap();
    let reply = zitadel.serve(Endpoint::Callback, &navigation(target, &said.pending_login), no_form()).await;
    said.session_at_login = cookies(reply.headers.iter().map(|(name, value)| (*name, value.as_str())));

    messages.advance(601);
    said.refreshed_at = clock.advance(601);
    let authentication = zitadel.authenticate(navigation("/profile", &said.session_at_login)).await;
    let headers = Headers::from_authentication(&authentication);
    said.session_after_refresh = cookies(headers.all("set-cookie").into_iter().map(|line| ("set-cookie", line)));

    said.logout_token_by_sid = messages.logout_token_by_sid();
    back_channel_logout(&zitadel, &said.logout_token_by_sid).await;
    said.logout_token_by_subject = messages.logout_token_by_subject();
    back_channel_logout(&zitadel, &said.logout_token_by_subject).await;
    let head = post("/auth/logout", &said.session_after_refresh);
    let reply = zitadel.serve(Endpoint::Logout, &head, no_form()).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    said.writes = store.writes();
    said
}

async fn back_channel_logout(zitadel: &Zitadel, token: &str) {
    let mut head = RequestHead::new("POST", "/auth/backchannel-logout");
    head.header("content-type", b"application/x-www-form-urlencoded");
    let form = format!("logout_token={token}");
    let reply = zitadel.serve(Endpoint::BackChannelLogout, &head, async { Some(form) }).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

async fn no_form() -> Option<&'static str> {
    Some("")
}

fn post(target: &str, cookies: &BTreeMap<String, String>) -> RequestHead {
    let mut head = RequestHead::new("POST", target);
    head.header("accept", b"text/html");
    head.header("sec-fetch-mode", b"navigate");
    head.header("sec-fetch-site", b"same-origin");
    for (name, value) in cookies {
        head.header("cookie", format!("{name}={value}").as_bytes());
    }
    head
}

/// The cookies that headers set.
fn cookies<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let lines = headers.filter(|(name, line)| *name == "set-cookie" && !line.contains("Max-Age=0"));
    let pairs = lines.map(|(_, line)| line.split(';').next().unwrap().split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
