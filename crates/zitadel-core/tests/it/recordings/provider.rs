//! `Recorded`: an application whose provider answers with recordings.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use zitadel_core::{
    Config, ErrorCode, Timestamp, User, Zitadel,
    environment::{BoxFuture, Clock, Transport, TransportError},
    internals,
};

use super::recorded::{Entry, named};
use crate::support::{BASE, Browser, emulator};

/// The issuer of the recording.
pub(super) const ISSUER: &str = "http://localhost:8088";
pub(super) const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(super) const KEYS: &str = "/oauth/v2/keys";
pub(super) const TOKEN: &str = "/oauth/v2/token";
pub(super) const USER_INFO: &str = "/oidc/v1/userinfo";

/// Answers by path, in order; the last one of a path is repeated.
#[derive(Default)]
struct Answers(Mutex<BTreeMap<String, VecDeque<http::Response<Vec<u8>>>>>);

impl Transport for Answers {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let mut answers = self.0.lock().unwrap();
        let of_path = answers.get_mut(request.uri().path());
        let next =
            of_path.and_then(|of_path| if of_path.len() > 1 { of_path.pop_front() } else { of_path.front().cloned() });
        Box::pin(async move { next.ok_or(TransportError::Connect) })
    }
}

/// A clock that is set.
struct Now(AtomicU64);

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }
}

/// An application, and a browser at it.
pub(super) struct Recorded {
    pub(super) browser: Browser,
    pub(super) zitadel: Zitadel,
    answers: Arc<Answers>,
    now: Arc<Now>,
}

impl Recorded {
    /// An application with this client id, at this time. The key set is the first recorded one, and the one after the
    /// rotation when it is fetched again.
    pub(super) fn application(client_id: &str, time: u64) -> Self {
        Self::with_issuer(ISSUER, client_id, time)
    }

    pub(super) fn with_issuer(issuer: &str, client_id: &str, time: u64) -> Self {
        let vars = [
            ("ZITADEL_DOMAIN", issuer),
            ("ZITADEL_CLIENT_ID", client_id),
            ("ZITADEL_CALLBACK_URL", &format!("{BASE}/auth/callback")),
            ("ZITADEL_POST_LOGOUT_URL", &format!("{BASE}/auth/logout/callback")),
            ("SESSION_SECRET", "a secret for the sessions of the recordings"),
        ];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (answers, now) = (Arc::new(Answers::default()), Arc::new(Now(AtomicU64::new(time))));
        let builder = Zitadel::builder(Config::from_vars(vars).unwrap()).transport(Arc::clone(&answers));
        let zitadel = builder.clock(Arc::clone(&now)).build().unwrap();
        let browser = Browser { zitadel: zitadel.clone(), emulator: emulator(), cookies: BTreeMap::new() };
        let application = Self { browser, zitadel, answers, now };
        application.answer(DISCOVERY, &named("discovery"));
        application.answer(KEYS, &named("keys"));
        application.answer(KEYS, &named("keys-after-rotation"));
        application
    }

    /// Adds an answer to requests to this path.
    pub(super) fn answer(&self, path: &str, entry: &Entry) {
        self.answer_with(path, entry, entry.body.clone());
    }

    /// The same with another body.
    pub(super) fn answer_with(&self, path: &str, entry: &Entry, body: String) {
        let response = http::Response::builder().status(entry.status).header("content-type", &entry.content_type);
        let response = response.body(body.into_bytes()).unwrap();
        self.answers.0.lock().unwrap().entry(path.to_owned()).or_default().push_back(response);
    }

    /// Forgets the answers to requests to this path.
    pub(super) fn forget(&self, path: &str) {
        self.answers.0.lock().unwrap().remove(path);
    }

    pub(super) fn set_time(&self, time: u64) {
        self.now.0.store(time, Ordering::Relaxed);
    }

    /// The user of a session that was established from these tokens and this userinfo, or the error.
    pub(super) async fn log_in(&mut self, tokens: &Entry, user_info: &Entry) -> Result<User, ErrorCode> {
        self.answer(TOKEN, tokens);
        self.answer(USER_INFO, user_info);
        self.redeem(&tokens.claim("nonce")).await?;
        Ok(self.browser.authenticate("GET", "/").await.user().unwrap().clone())
    }

    /// A session that is due for a refresh right away: the lifetime of its access token is not the recorded one.
    pub(super) async fn log_in_with_due_tokens(&mut self, tokens: &Entry, user_info: &Entry) {
        let mut body = tokens.json();
        body["expires_in"] = 1.into();
        self.answer_with(TOKEN, tokens, body.to_string());
        self.answer(USER_INFO, user_info);
        self.redeem(&tokens.claim("nonce")).await.unwrap();
        self.forget(TOKEN);
    }

    async fn redeem(&mut self, nonce: &str) -> Result<(), ErrorCode> {
        let cookies = internals::log_in(&self.zitadel, nonce).await?;
        let mut reply = zitadel_core::Reply::new(302);
        reply.headers.extend(cookies.into_iter().map(|cookie| ("set-cookie", cookie)));
        self.browser.store_cookies(&reply);
        Ok(())
    }
}
