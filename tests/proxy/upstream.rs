//! An API behind the proxy: it records what it is asked, and answers as the path says.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

/// What it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn token(&self) -> &str {
        self.header("authorization").unwrap().strip_prefix("Bearer ").unwrap()
    }
}

#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<Asked>>>);

/// A running API; it stops when it is dropped.
pub(crate) struct Api {
    pub(crate) address: String,
    record: Record,
    server: JoinHandle<()>,
}

impl Api {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1", listener.local_addr().unwrap());
        let record = Record::default();
        let app = Router::new().fallback(answer).with_state(record.clone());
        let server = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { address, record, server }
    }

    /// Everything it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.record.0.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Asked {
        self.asked().pop().unwrap()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(record): State<Record>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let note =
        |body: String| record.0.lock().unwrap().push(Asked { line: line.clone(), headers: headers.clone(), body });
    match path.as_str() {
        // Streams back what it gets.
        "/v1/echo" => {
            note(String::new());
            Response::new(request.into_body())
        }
        "/v1/socket" => {
            note(String::new());
            open_socket(request)
        }
        _ => {
            note(String::from_utf8(to_bytes(request.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap());
            let asked = record.0.lock().unwrap().clone();
            if path == "/v1/first-token-is-revoked" && asked.last().unwrap().token() == asked[0].token() {
                return (StatusCode::UNAUTHORIZED, "revoked").into_response();
            }
            let mut response = (StatusCode::CREATED, "answer").into_response();
            for (name, value) in [
                ("set-cookie", "theme=dark; Path=/"),
                ("set-cookie", "zitadel.session.02456aa4=forged; Path=/"),
                ("connection", "x-hop"),
                ("x-hop", "1"),
                ("x-kept", "1"),
            ] {
                response.headers_mut().append(name, HeaderValue::from_static(value));
            }
            response
        }
    }
}

/// Switches protocols, and sends back what comes.
fn open_socket(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let (mut reader, mut writer) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert("connection", HeaderValue::from_static("upgrade"));
    response.headers_mut().insert("upgrade", HeaderValue::from_static("websocket"));
    response
}
