//! Sends logout tokens, to loopback addresses only.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};
use url::{Host, Url};

use super::{DeliveryOutcome, LogoutToken};
use crate::provider::Provider;

/// The time that ZITADEL gives an application to answer, redirects included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Go's client gives up after so many redirects.
const MAX_REDIRECTS: usize = 10;

/// Sends the logout tokens of a provider until the task is aborted.
pub(crate) async fn run(provider: Arc<Provider>) {
    let added = Arc::clone(&provider.state().backchannel_logout.added);
    let mut sending = JoinSet::new();
    loop {
        for token in take(&provider) {
            let provider = Arc::clone(&provider);
            sending.spawn(async move {
                tokio::time::sleep(token.delay).await;
                let outcome = send(&token, TIMEOUT).await;
                provider.state().finish_logout_delivery(token, outcome);
            });
        }
        tokio::select! {
            () = added.notified() => {}
            Some(_) = sending.join_next() => {}
        }
    }
}

/// The waiting tokens: each task waits for its own time, also if the emulator's clock was stopped.
fn take(provider: &Provider) -> Vec<LogoutToken> {
    let queue = &mut provider.state().backchannel_logout;
    if queue.settings.sends { queue.take_all() } else { Vec::new() }
}

/// Sends a logout token, within a time limit.
async fn send(token: &LogoutToken, timeout: Duration) -> DeliveryOutcome {
    let request = match token.request() {
        Ok(request) => request,
        Err(error) => return DeliveryOutcome::Refused(error.to_string()),
    };
    let expired = || DeliveryOutcome::NoResponse(format!("not answered within {timeout:?}"));
    tokio::time::timeout(timeout, follow(request)).await.unwrap_or_else(|_| expired())
}

/// Sends a request and follows redirects as Go's client does: as `GET` without body, except for 307 and 308.
async fn follow(mut request: Request<Vec<u8>>) -> DeliveryOutcome {
    for _ in 0..=MAX_REDIRECTS {
        let url = request.uri().to_string();
        let response = match exchange(&url, request.clone()).await {
            Ok(response) => response,
            Err(outcome) => return outcome,
        };
        let Some(target) = redirect(&url, &response) else {
            return DeliveryOutcome::Status(response.status().as_u16());
        };
        if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
            request.body_mut().clear();
            *request.method_mut() = Method::GET;
            request.headers_mut().remove(header::CONTENT_TYPE);
            request.headers_mut().remove(header::CONTENT_LENGTH);
        }
        let Ok(uri) = target.as_str().parse::<http::Uri>() else {
            return DeliveryOutcome::NoResponse(format!("redirected to {target}"));
        };
        let host = uri.authority().and_then(|authority| authority.as_str().parse().ok());
        request.headers_mut().extend(host.map(|host| (header::HOST, host)));
        *request.uri_mut() = uri;
    }
    DeliveryOutcome::NoResponse(format!("stopped after {MAX_REDIRECTS} redirects"))
}

/// Where a response redirects to. Without `Location` it is a response like others.
fn redirect(url: &str, response: &Response<Incoming>) -> Option<Url> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(header::LOCATION).filter(|_| redirects)?;
    Url::parse(url).ok()?.join(location.to_str().ok()?).ok()
}

/// Sends one request on a connection of its own.
async fn exchange(url: &str, mut request: Request<Vec<u8>>) -> Result<Response<Incoming>, DeliveryOutcome> {
    let addresses = loopback_addresses(url).map_err(DeliveryOutcome::Refused)?;
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    *request.uri_mut() = path.parse().unwrap_or_default();
    let no_response = |error: &dyn std::fmt::Display| DeliveryOutcome::NoResponse(error.to_string());
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| no_response(&error))?;
    let mut client = http1::Builder::new();
    let (mut sender, connection) =
        client.title_case_headers(true).handshake(TokioIo::new(stream)).await.map_err(|error| no_response(&error))?;
    let request = request.map(|body| Full::new(Bytes::from(body)));
    let mut response = pin!(sender.send_request(request));
    let response = tokio::select! {
        biased;
        response = &mut response => response,
        // The connection may end with the response, which is then there, or without one.
        _ = connection => response.await,
    };
    response.map_err(|error| no_response(&error))
}

/// The addresses of a URL on this device. Names are not looked up: the request for another one would leave the device.
fn loopback_addresses(url: &str) -> Result<Vec<SocketAddr>, String> {
    let refused = |reason: &str| {
        Err(format!("{reason}: the ZITADEL emulator is for development only and sends to http on loopback addresses"))
    };
    let Ok(url) = Url::parse(url) else { return refused("not a URL") };
    let (true, Some(port)) = (url.scheme() == "http", url.port_or_known_default()) else {
        return refused(&format!("scheme {}", url.scheme()));
    };
    let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let addresses = match url.host() {
        Some(Host::Ipv4(address)) if address.is_loopback() => vec![IpAddr::V4(address)],
        Some(Host::Ipv6(address)) if address.is_loopback() => vec![IpAddr::V6(address)],
        Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => local.to_vec(),
        _ => return refused(&format!("host {}", url.host_str().unwrap_or_default())),
    };
    Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

#[cfg(test)]
mod tests;
