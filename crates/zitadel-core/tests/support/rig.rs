//! An application whose provider can be held in the middle of an answer, and replicas of it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Semaphore;
use zitadel_core::{
    Config, ConfigBuilder, Zitadel,
    environment::{BoxFuture, MemoryStore, Transport, TransportError},
};
use zitadel_emulator::{Emulator, EndpointName};

use super::{Browser, MovedClock, short_lived_tokens, variables};

/// What a [`Gate`] keeps waiting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The request: the provider knows nothing of it yet.
    Request,
    /// The answer: the provider carried it out.
    Answer,
}

/// A transport that can hold a request, fail at userinfo, or make it large; and remembers what was posted.
pub struct Gate {
    emulator: Emulator,
    hold: Mutex<Option<&'static str>>,
    what: Hold,
    pub open: Semaphore,
    pub arrived: Semaphore,
    /// So many more answers of userinfo, then none.
    pub fail_user_info_after: AtomicU64,
    /// So many bytes more in userinfo.
    pub inflate: AtomicU64,
    /// What was posted where.
    posted: Mutex<Vec<(String, BTreeMap<String, String>)>>,
}

impl Gate {
    fn new(emulator: &Emulator, what: Hold) -> Arc<Self> {
        Arc::new(Self {
            emulator: emulator.clone(),
            hold: Mutex::default(),
            what,
            open: Semaphore::new(0),
            arrived: Semaphore::new(0),
            fail_user_info_after: AtomicU64::new(u64::MAX),
            inflate: AtomicU64::new(0),
            posted: Mutex::default(),
        })
    }

    /// Every value of this field that was posted to a path with this end.
    pub fn posted(&self, path: &str, field: &str) -> Vec<String> {
        let posted = self.posted.lock().unwrap();
        posted.iter().filter(|(to, _)| to.ends_with(path)).filter_map(|(_, form)| form.get(field).cloned()).collect()
    }

    /// Whether a refresh token was revoked that had not been used up before.
    pub fn revoked_a_live_token(&self) -> bool {
        let used = self.posted("/token", "refresh_token");
        self.posted("/revoke", "token").iter().any(|token| !used.contains(token))
    }

    /// Keeps the next request to a path with this end waiting, until `open` has a permit.
    pub fn hold(&self, path: &'static str) {
        *self.hold.lock().unwrap() = Some(path);
    }
}

impl Transport for Gate {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            self.posted
                .lock()
                .unwrap()
                .push((request.uri().path().to_owned(), form_urlencoded::parse(request.body()).into_owned().collect()));
            let held = self.hold.lock().unwrap().take_if(|path| request.uri().path().ends_with(*path)).is_some();
            let user_info = request.uri().path().ends_with("userinfo");
            if user_info {
                let left = self.fail_user_info_after.load(Ordering::Relaxed);
                if left == 0 {
                    return Err(TransportError::Timeout);
                }
                if left != u64::MAX {
                    self.fail_user_info_after.store(left - 1, Ordering::Relaxed);
                }
            }
            let wait = async || {
                if held {
                    self.arrived.add_permits(1);
                    self.open.acquire().await.unwrap().forget();
                }
            };
            if self.what == Hold::Request {
                wait().await;
            }
            let mut response = self.emulator.respond(request).await.map_err(|_| TransportError::Broken);
            let more = self.inflate.load(Ordering::Relaxed);
            if let Ok(response) = &mut response
                && user_info
                && more > 0
            {
                let mut claims: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
                claims["biography"] = "a".repeat(more as usize).into();
                *response.body_mut() = claims.to_string().into_bytes();
            }
            if self.what == Hold::Answer {
                wait().await;
            }
            response
        })
    }
}

/// One application, its provider behind a [`Gate`], and the store that its replicas share.
pub struct Rig {
    pub emulator: Emulator,
    pub gate: Arc<Gate>,
    pub clock: Arc<MovedClock>,
    store: Arc<MemoryStore>,
    vars: BTreeMap<String, String>,
}

impl Rig {
    pub fn new(hold: Hold) -> Self {
        Self::with(short_lived_tokens(), hold, &[])
    }

    pub fn with(emulator: Emulator, hold: Hold, more: &[(&str, &str)]) -> Self {
        let clock = MovedClock::new(&emulator);
        Self {
            gate: Gate::new(&emulator, hold),
            store: Arc::new(MemoryStore::new(clock.clone())),
            clock,
            vars: variables(&emulator, more),
            emulator,
        }
    }

    /// Another process of the application, configured a little differently.
    pub fn zitadel(&self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Zitadel {
        let config = change(ConfigBuilder::from_vars(self.vars.clone())).build().unwrap();
        self.over(config, self.gate.clone())
    }

    pub fn replica(&self) -> Zitadel {
        self.zitadel(|config| config)
    }

    fn over(&self, config: Config, transport: impl Transport) -> Zitadel {
        let builder = Zitadel::builder(config).transport(transport).clock(self.clock.clone());
        builder.store(self.store.clone()).build().unwrap()
    }

    pub fn browser(&self, zitadel: Zitadel) -> Browser {
        Browser { zitadel, emulator: self.emulator.clone(), cookies: BTreeMap::new() }
    }

    /// Time passes for both sides.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(&self.emulator, seconds);
    }
}

/// A provider that always issues the same refresh token, as many do.
pub struct NoRotation {
    emulator: Emulator,
    real: Mutex<Option<String>>,
}

impl Transport for NoRotation {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let mut request = request;
            let is_token = request.uri().path().ends_with("/token");
            if is_token {
                let form = String::from_utf8(request.body().clone()).unwrap();
                let real = self.real.lock().unwrap().clone().unwrap_or_default();
                *request.body_mut() = form.replace("refresh_token=same", &format!("refresh_token={real}")).into_bytes();
            }
            let mut response = self.emulator.respond(request).await.map_err(|_| TransportError::Broken)?;
            if is_token && let Ok(mut tokens) = serde_json::from_slice::<serde_json::Value>(response.body()) {
                *self.real.lock().unwrap() = tokens["refresh_token"].as_str().map(str::to_owned);
                tokens["refresh_token"] = "same".into();
                *response.body_mut() = tokens.to_string().into_bytes();
            }
            Ok(response)
        })
    }
}

impl NoRotation {
    pub fn rig() -> (Rig, Zitadel) {
        let rig = Rig::new(Hold::Request);
        let wire = Arc::new(Self { emulator: rig.emulator.clone(), real: Mutex::default() });
        let zitadel = rig.over(Config::from_vars(rig.vars.clone()).unwrap(), wire);
        (rig, zitadel)
    }
}

/// Refresh tokens the application sent to the token endpoint.
pub fn tokens_used(emulator: &Emulator) -> Vec<String> {
    emulator
        .requests()
        .into_iter()
        .filter(|request| request.endpoint == EndpointName::Token)
        .filter_map(|request| request.parameter("refresh_token").map(str::to_owned))
        .collect()
}
