//! The public address of the application, at which the provider delivers logout tokens. Each goes to one of the replicas, as
//! behind a load balancer.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    routing::post,
};
use http::Request;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    record::{How, jwt_claims},
    run::Run,
};

const PATH: &str = "/auth/backchannel-logout";

/// Begins to listen; the address belongs to the application from then on.
pub(crate) async fn bind() -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let base = format!("http://localhost:{}", listener.local_addr()?.port());
    Ok((listener, base))
}

pub(crate) fn serve(listener: TcpListener, run: Arc<Run>) {
    let next = Arc::new(AtomicUsize::new(0));
    let router = Router::new().route(PATH, post(receive)).with_state((run, next));
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn receive(State((run, next)): State<(Arc<Run>, Arc<AtomicUsize>)>, body: String) -> StatusCode {
    let first = next.fetch_add(1, Ordering::Relaxed);
    let replicas = run.replicas.len();
    // The next one if nothing listens there.
    for replica in (0..replicas).map(|number| (first + number) % replicas) {
        if let Ok(status) = deliver(&run, replica, &body).await {
            return status;
        }
    }
    StatusCode::BAD_GATEWAY
}

/// Delivers a logout token to a replica: its answer.
pub(crate) async fn deliver(run: &Run, replica: usize, body: &str) -> Result<StatusCode, String> {
    let claims = jwt_claims(body.trim_start_matches("logout_token=")).unwrap_or_default();
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let how = if text("sid").is_some() { How::BySid } else { How::BySubject };
    let logins = run.record.logins_of(text("sid"), text("sub").unwrap_or_default());
    let ends = run.record.end_requested(&logins, how, replica);
    let request = Request::post(run.url(replica, PATH))
        .header(header::HOST, run.host())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body.to_owned())))
        .map_err(|error| error.to_string())?;
    let sent_at = run.record.now();
    let answer = run.client.send(request).await?;
    match answer.status {
        200 => {
            run.record.acknowledged(&ends);
            logins.iter().for_each(|login| run.copies.ended(run, *login));
        }
        503 => run.record.unavailable(sent_at, || format!("a logout token was answered with 503: {}", answer.body)),
        status => run.record.wrong(&format!("a logout token was answered with {status}: {}", answer.body)),
    }
    Ok(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY))
}
