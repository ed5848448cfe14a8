//! A reverse proxy that swaps the session cookie for the user's access token.
//!
//! # Rules
//!
//! 1. Only requests of users are forwarded, and unsafe ones (WebSockets among them) only with evidence that they come from this
//!    application: what protects every other route.
//! 2. The upstream gets the user's current access token, and no cookie of this library (`proxy/headers.rs`).
//! 3. Bodies are streamed in both directions, and never kept.
//! 4. After 401 a request without a body is sent once more, with a newer token, if there is one. One with a body was
//!    consumed: its client sees the 401.
//! 5. An upstream that does not answer is 502, as JSON; a path that leaves the upstream's is 404 (`proxy/upstream.rs`).
//! 6. A WebSocket is opened by an upgrade, and then copied until one side closes it.

mod headers;
mod upstream;

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody as _},
    extract::{ConnectInfo, OriginalUri, Request},
    http::{Extensions, HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts},
    response::{IntoResponse as _, Response},
};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use tower_service::Service;
use zitadel_core::{AccessToken, Authentication, Zitadel};

use self::{
    headers::{Forwarded, for_client, for_upstream, is_web_socket},
    upstream::{Unanswered, Upstream},
};
use crate::{enforce::authentication, user::Denied};

/// A prefix of paths, and where requests below it go.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    zitadel: Zitadel,
    prefix: String,
    upstream: Upstream,
}

impl Proxy {
    /// # Panics
    ///
    /// If `upstream` is not an address to forward to.
    #[track_caller]
    pub(crate) fn new(zitadel: Zitadel, prefix: &str, upstream: &str) -> Self {
        match Upstream::new(upstream) {
            Ok(upstream) => Self { zitadel, prefix: prefix.to_owned(), upstream },
            #[expect(clippy::panic, reason = "a mistake in the application, found at its start")]
            Err(problem) => panic!("the upstream `{upstream}` cannot be forwarded to: {problem}"),
        }
    }

    async fn forward(&self, mut request: Request) -> Result<Response, Denied> {
        let client_upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let (parts, body) = request.into_parts();
        let authentication = authentication(&parts.extensions)?;
        // Rule 1: this requires a user.
        let token = authentication.access_token().await?;
        let is_prefix = parts.extensions.get::<OriginalUri>().is_some_and(|original| !original.path().ends_with('/'))
            && parts.uri.path() == "/";
        let Some(target) = self.upstream.target(&parts.uri, is_prefix) else {
            return Ok(StatusCode::NOT_FOUND.into_response());
        };
        let opens_web_socket = is_web_socket(&parts.headers) && client_upgrade.is_some();
        let forwarded = self.forwarded(&parts.extensions);
        let headers = for_upstream(parts.headers.clone(), &forwarded, opens_web_socket);
        // Rule 4.
        let is_repeatable = body.is_end_stream() || body.size_hint().exact() == Some(0);
        let send = async |token: &AccessToken, body: Body| {
            let request = to_upstream(&parts, target.clone(), headers.clone(), token, body)?;
            self.upstream.send(request).await
        };
        let mut answer = send(&token, body).await.map_err(|error| unanswered(authentication, error))?;
        if answer.status() == StatusCode::UNAUTHORIZED
            && is_repeatable
            && let Ok(newer) = authentication.access_token_after_rejection(&token).await
        {
            answer = send(&newer, Body::empty()).await.map_err(|error| unanswered(authentication, error))?;
        }
        match (answer.status(), client_upgrade) {
            (StatusCode::SWITCHING_PROTOCOLS, Some(client)) if opens_web_socket && is_web_socket(answer.headers()) => {
                Ok(open_web_socket(client, answer))
            }
            (StatusCode::SWITCHING_PROTOCOLS, _) => {
                Err(unanswered(authentication, "the upstream switched to another protocol".into()))
            }
            _ => {
                for_client(answer.headers_mut(), false);
                Ok(answer.map(Body::new))
            }
        }
    }

    fn forwarded<'a>(&'a self, extensions: &Extensions) -> Forwarded<'a> {
        Forwarded {
            origin: self.zitadel.public_origin(),
            prefix: &self.prefix,
            client: extensions.get().map(|ConnectInfo(address): &ConnectInfo<SocketAddr>| *address),
        }
    }
}

impl Service<Request> for Proxy {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let proxy = self.clone();
        Box::pin(async move { Ok(proxy.forward(request).await.unwrap_or_else(Denied::into_response)) })
    }
}

/// Rule 2.
fn to_upstream(
    parts: &Parts,
    target: axum::http::Uri,
    headers: HeaderMap,
    token: &AccessToken,
    body: Body,
) -> Result<Request, Unanswered> {
    let authorization = headers::bearer(token).ok_or("the access token does not fit into a header")?;
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = target;
    *request.headers_mut() = headers;
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(request)
}

/// Rule 5.
fn unanswered(authentication: &Authentication, error: Unanswered) -> Denied {
    let error: Box<dyn std::error::Error> = error;
    authentication.upstream_unavailable(&*error).into()
}

/// Rule 6.
fn open_web_socket(client: OnUpgrade, mut answer: axum::http::Response<Incoming>) -> Response {
    let upstream = hyper::upgrade::on(&mut answer);
    tokio::spawn(async move {
        if let (Ok(client), Ok(upstream)) = tokio::join!(client, upstream) {
            let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
            // How it ends is between the two.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
        }
    });
    for_client(answer.headers_mut(), true);
    answer.map(|_| Body::empty())
}
