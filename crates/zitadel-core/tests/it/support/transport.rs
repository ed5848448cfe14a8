//! `EmulatorTransport`: the emulator as transport. It can be down, hold a request or its response, fail at userinfo, or
//! enlarge it; and it records what was sent.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use zitadel_core::environment::{BoxFuture, Transport, TransportError};
use zitadel_emulator::Emulator;

/// As the default transport waits.
const TIMEOUT: Duration = Duration::from_secs(8);

/// What [`EmulatorTransport::hold`] delays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The request: the provider has not seen it yet.
    Request,
    /// The response: the provider has processed the request.
    Response,
}

pub(crate) struct EmulatorTransport {
    emulator: Emulator,
    failure: Mutex<Option<TransportError>>,
    /// Requests are not answered.
    is_hanging: AtomicBool,
    hold: Mutex<Option<(Hold, &'static str)>>,
    /// Gets a permit when a request is held.
    pub(crate) held: Semaphore,
    /// Gives a held request a permit to continue.
    pub(crate) release: Semaphore,
    /// The number of userinfo requests that succeed; the next ones time out.
    pub(crate) user_info_limit: AtomicU64,
    /// The number of bytes that are added to userinfo.
    pub(crate) user_info_padding: AtomicU64,
    /// `Retry-After` of every response that is an error.
    pub(crate) retry_after: Mutex<Option<&'static str>>,
    /// Method and URI of every request.
    sent: Mutex<Vec<String>>,
    /// Path and form of every request.
    forms: Mutex<Vec<(String, BTreeMap<String, String>)>>,
}

impl EmulatorTransport {
    pub(crate) fn new(emulator: &Emulator) -> Arc<Self> {
        Arc::new(Self {
            emulator: emulator.clone(),
            failure: Mutex::default(),
            is_hanging: AtomicBool::new(false),
            hold: Mutex::default(),
            held: Semaphore::new(0),
            release: Semaphore::new(0),
            user_info_limit: AtomicU64::new(u64::MAX),
            user_info_padding: AtomicU64::new(0),
            retry_after: Mutex::default(),
            sent: Mutex::default(),
            forms: Mutex::default(),
        })
    }

    /// Every request fails like this from now on.
    pub(crate) fn fail(&self, error: TransportError) {
        *self.failure.lock().unwrap() = Some(error);
    }

    /// Requests reach the provider again.
    pub(crate) fn recover(&self) {
        *self.failure.lock().unwrap() = None;
    }

    /// Requests are answered by nobody from now on, or again.
    pub(crate) fn set_hanging(&self, is_hanging: bool) {
        self.is_hanging.store(is_hanging, Ordering::Relaxed);
    }

    /// Holds the next request to a path with this end, until `release` has a permit.
    pub(crate) fn hold(&self, what: Hold, path: &'static str) {
        *self.hold.lock().unwrap() = Some((what, path));
    }

    /// Waits until a request is held.
    pub(crate) async fn wait_until_held(&self) {
        self.held.acquire().await.unwrap().forget();
    }

    /// Method and URI of every request so far.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }

    /// Every value of this field in forms for a path with this end.
    pub(crate) fn fields(&self, path: &str, field: &str) -> Vec<String> {
        let forms = self.forms.lock().unwrap();
        forms.iter().filter(|(to, _)| to.ends_with(path)).filter_map(|(_, form)| form.get(field).cloned()).collect()
    }

    /// Whether a refresh token was revoked that had not been used for a refresh before.
    pub(crate) fn revoked_a_current_token(&self) -> bool {
        let used = self.fields("/token", "refresh_token");
        self.fields("/revoke", "token").iter().any(|token| !used.contains(token))
    }

    async fn exchange(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, TransportError> {
        let path = request.uri().path().to_owned();
        self.sent.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        let form = form_urlencoded::parse(request.body()).into_owned().collect();
        self.forms.lock().unwrap().push((path.clone(), form));
        if let Some(error) = *self.failure.lock().unwrap() {
            return Err(error);
        }
        if self.is_hanging.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        let is_user_info = path.ends_with("/userinfo");
        if is_user_info && !self.takes_user_info() {
            return Err(TransportError::Timeout);
        }
        let held = self.hold.lock().unwrap().take_if(|(_, end)| path.ends_with(*end)).map(|(what, _)| what);
        // Gives concurrent requests the chance to start.
        tokio::task::yield_now().await;
        if held == Some(Hold::Request) {
            self.wait().await;
        }
        let response = self.emulator.respond(request).await.map_err(|_| TransportError::Broken);
        if held == Some(Hold::Response) {
            self.wait().await;
        }
        let mut response = response.map(|response| if is_user_info { self.pad(response) } else { response })?;
        if let Some(pause) = self.retry_after.lock().unwrap().filter(|_| !response.status().is_success()) {
            response.headers_mut().insert("retry-after", pause.parse().unwrap());
        }
        Ok(response)
    }

    async fn wait(&self) {
        self.held.add_permits(1);
        self.release.acquire().await.unwrap().forget();
    }

    fn takes_user_info(&self) -> bool {
        let take = |left: u64| if left == u64::MAX { Some(left) } else { left.checked_sub(1) };
        self.user_info_limit.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn pad(&self, mut response: http::Response<Vec<u8>>) -> http::Response<Vec<u8>> {
        let padding = self.user_info_padding.load(Ordering::Relaxed);
        if padding > 0 {
            let mut claims: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            claims["biography"] = "a".repeat(usize::try_from(padding).unwrap()).into();
            *response.body_mut() = claims.to_string().into_bytes();
        }
        response
    }
}

impl Transport for EmulatorTransport {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            match tokio::time::timeout(TIMEOUT, self.exchange(request)).await {
                Ok(response) => response,
                Err(_) => Err(TransportError::Timeout),
            }
        })
    }
}
