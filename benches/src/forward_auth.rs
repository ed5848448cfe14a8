//! Forward-auth of the gateway and a bare axum route with the same answer, each behind an HTTP/1.1 connection that is kept, in process.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use axum::{
    Extension, Router,
    extract::ConnectInfo,
    http::{HeaderMap, HeaderValue, StatusCode},
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    runtime::Runtime,
};
use zitadel_emulator::SigningAlgorithm;
use zitadel_gateway::{
    ServeArgs, Settings, app,
    forward_auth::{ForwardAuthSettings, PATH, forward_auth},
};

use crate::{Sample, emulator};

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answering {
    /// `/forward-auth` of the gateway, with a session that is fresh and in memory.
    Gateway,
    /// The same in the whole service, with request ids and the access log, which nothing listens to here.
    Service,
    /// A route of axum with the same status and headers, which it knows beforehand.
    Bare,
}

impl Answering {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gateway, Self::Service, Self::Bare];

    /// Its name in the results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Service => "service",
            Self::Bare => "bare",
        }
    }
}

/// What sends one sub-request of nginx, with the headers of a browser, and reads the answer.
#[must_use]
pub fn sub_requests(answering: Answering, sample: &Sample) -> Box<dyn FnMut()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut request =
        format!("GET {PATH}?proxy=nginx HTTP/1.1\r\nx-original-method: GET\r\nx-original-uri: /orders?page=2\r\n");
    for (name, value) in sample.headers() {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let gateway = forward_auth(&sample.zitadel, &ForwardAuthSettings::default());
    let mut to_gateway = connect(&runtime, gateway);
    let mut answer = vec![0; 4096];
    let (read, headers) = exchange(&runtime, &mut to_gateway, &request, &mut answer);
    let text = String::from_utf8_lossy(answer.get(..read).unwrap()).into_owned();
    assert!(text.starts_with("HTTP/1.1 202") && text.contains("\r\nx-auth-request-user: 3"), "{text}");
    let mut connection = match answering {
        Answering::Gateway => to_gateway,
        Answering::Service => {
            let vars: BTreeMap<_, _> =
                emulator(SigningAlgorithm::EdDsa).env_for("http://localhost:3000").into_iter().collect();
            let settings = Settings::new(ServeArgs::default(), |name| vars.get(name).cloned()).unwrap();
            connect(&runtime, app(&sample.zitadel, &settings))
        }
        Answering::Bare => {
            let bare = async move || (StatusCode::ACCEPTED, headers.clone());
            connect(&runtime, Router::new().route(PATH, get(bare)))
        }
    };
    Box::new(move || {
        let read = exchange_bytes(&runtime, &mut connection, &request, &mut answer);
        assert!(answer.get(..read).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 202")));
    })
}

fn connect(runtime: &Runtime, app: Router) -> DuplexStream {
    let peer = ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)));
    let app: Router = app.layer(Extension(peer)).with_state(());
    let (client, server) = duplex(64 * 1024);
    runtime.spawn(http1::Builder::new().serve_connection(TokioIo::new(server), TowerToHyperService::new(app)));
    client
}

/// The length of the answer, and its headers but for those that every answer of the server has.
fn exchange(runtime: &Runtime, to: &mut DuplexStream, request: &str, answer: &mut [u8]) -> (usize, HeaderMap) {
    let read = exchange_bytes(runtime, to, request, answer);
    let text = String::from_utf8_lossy(answer.get(..read).unwrap()).into_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in
        text.lines().filter_map(|line| line.split_once(": ").or_else(|| line.strip_suffix(':').map(|it| (it, ""))))
    {
        if !matches!(name, "date" | "content-length") {
            headers.append(http::HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
    }
    (read, headers)
}

/// The answer has no body.
fn exchange_bytes(runtime: &Runtime, to: &mut DuplexStream, request: &str, answer: &mut [u8]) -> usize {
    runtime.block_on(async {
        to.write_all(request.as_bytes()).await.unwrap();
        let mut read = 0;
        while !answer.get(..read).is_some_and(|answer| answer.ends_with(b"\r\n\r\n")) {
            read += to.read(answer.get_mut(read..).unwrap()).await.unwrap();
        }
        read
    })
}
