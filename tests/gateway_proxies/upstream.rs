//! The application behind a proxy: answers with the request as it received it.

use std::net::Ipv4Addr;

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse as _, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A running application; it stops when it is dropped.
pub(crate) struct Upstream {
    port: u16,
    task: JoinHandle<()>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().fallback(echo);
        Self { port, task: tokio::spawn(async { axum::serve(listener, app).await.unwrap() }) }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The request line, every header line, an empty line, and the body. A path that ends with a status has it; every answer sets a
/// cookie of the application.
async fn echo(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut text = format!("application: {} {}\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    }
    let body = to_bytes(body, 100_000).await.unwrap();
    text.push_str(&format!("\n{}", String::from_utf8_lossy(&body)));
    let last = parts.uri.path().rsplit('/').next().and_then(|last| last.parse().ok());
    let status = last.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    (status, [(SET_COOKIE, "application=1")], text).into_response()
}
