//! The way from a replica to the emulator (`ZITADEL_INTERNAL_URL`): every token request is noted, and requests fail on demand.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::Value;
use zitadel_emulator::Emulator;

use crate::{
    random::Random,
    record::{Record, Refreshed},
};

const MAX_BODY: usize = 1 << 20;
/// Longer than the application waits.
const HANG: Duration = Duration::from_secs(9);

/// The provider, as every replica reaches it.
pub(crate) struct Provider {
    pub(crate) emulator: Emulator,
    record: Arc<Record>,
    is_faulty: AtomicBool,
    random: Mutex<Random>,
}

/// What happens to one request.
enum Treatment {
    Answer,
    Late(Duration),
    Status(StatusCode),
    /// A page that is not of the provider, with status 200.
    Html,
    Hang,
}

impl Provider {
    pub(crate) fn new(emulator: Emulator, record: Arc<Record>, random: Random) -> Arc<Self> {
        Arc::new(Self { emulator, record, is_faulty: AtomicBool::new(false), random: Mutex::new(random) })
    }

    pub(crate) fn set_faulty(&self, is_faulty: bool) {
        self.is_faulty.store(is_faulty, Ordering::Relaxed);
    }

    /// Starts a listener for one replica: its URL.
    pub(crate) async fn listen_for(self: &Arc<Self>, replica: usize) -> std::io::Result<String> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(handle).with_state((Arc::clone(self), replica));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(url)
    }

    fn treatment(&self) -> Treatment {
        if !self.is_faulty.load(Ordering::Relaxed) {
            return Treatment::Answer;
        }
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        match random.below(100) {
            0..30 => Treatment::Answer,
            30..55 => Treatment::Late(random.between(Duration::from_millis(300), Duration::from_secs(3))),
            55..70 => Treatment::Status(StatusCode::SERVICE_UNAVAILABLE),
            70..80 => Treatment::Status(StatusCode::INTERNAL_SERVER_ERROR),
            80..90 => Treatment::Html,
            _ => Treatment::Hang,
        }
    }

    fn answer(&self, replica: usize, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        let form = Form::of(&request);
        let emulator = &self.emulator;
        let mut answer = None;
        let send = || {
            let response = emulator.handle(request);
            let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
            let status = response.status().as_u16();
            answer = Some(response);
            (status, body)
        };
        match form {
            Form::Refresh(token) => self.record.refreshed(replica, &token, || {
                let (status, body) = send();
                Refreshed::Answered(status, body)
            }),
            Form::Code => self.record.code_redeemed(send),
            Form::Revocation(token) => {
                drop(send());
                self.record.revoked(&token);
            }
            Form::Other => drop(send()),
        }
        answer.unwrap_or_default()
    }
}

/// What a request asks for.
enum Form {
    Refresh(String),
    Code,
    Revocation(String),
    Other,
}

impl Form {
    fn of(request: &http::Request<Vec<u8>>) -> Self {
        let value = |name: &str| {
            form_urlencoded::parse(request.body()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        match request.uri().path() {
            "/oauth/v2/token" if value("grant_type").as_deref() == Some("refresh_token") => {
                Self::Refresh(value("refresh_token").unwrap_or_default())
            }
            "/oauth/v2/token" => Self::Code,
            "/oauth/v2/revoke" => Self::Revocation(value("token").unwrap_or_default()),
            _ => Self::Other,
        }
    }
}

async fn handle(State((provider, replica)): State<(Arc<Provider>, usize)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_else(|_| Bytes::new());
    let request = http::Request::from_parts(parts, body.to_vec());
    let failed = |status: StatusCode, body: &'static str| {
        if let Form::Refresh(token) = Form::of(&request) {
            provider.record.refreshed(replica, &token, || Refreshed::Failed);
        }
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        response
    };
    match provider.treatment() {
        Treatment::Answer => {}
        Treatment::Late(pause) => tokio::time::sleep(pause).await,
        Treatment::Status(status) => return failed(status, ""),
        Treatment::Html => return failed(StatusCode::OK, "<!doctype html><title>Welcome</title>"),
        Treatment::Hang => {
            let response = failed(StatusCode::GATEWAY_TIMEOUT, "");
            tokio::time::sleep(HANG).await;
            return response;
        }
    }
    provider.answer(replica, request).map(Into::into)
}
