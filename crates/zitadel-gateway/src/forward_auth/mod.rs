//! Forward-auth: a reverse proxy asks for every request whether it may pass, and who sent it.
//!
//! The proxy sends a *sub-request* about the *original request*. The decision is the core's: the original request becomes a
//! `RequestHead`, so that sessions, refreshes, access tokens and cross-site requests are treated as in every application.
//!
//! # Rules
//!
//! 1. A sub-request is believed only from a trusted proxy (`settings.rs`); nothing of another peer's is used, and the answer is 400.
//! 2. Where the original request is described depends on the proxy, which the URL of the sub-request names (`original_request.rs`):
//!    another proxy's headers pass through it as the client sent them. What is missing, repeated or malformed is 400.
//! 3. What is required stands in the URL of the sub-request, which is the proxy's configuration, and nowhere else
//!    (`access_policy.rs`). What is unknown or malformed there is 500.
//! 4. Only 202 (200 for Envoy, which accepts nothing else) lets a request pass; it has every identity header (`identity.rs`).
//! 5. A browser is redirected to login; nginx, which makes 500 of a redirect, gets 401 and the address in a header (`answer.rs`).
//! 6. Every answer carries the cookies of a refreshed session, to nginx in lines that its variables can hold (`answer.rs`).

mod access_policy;
mod answer;
mod identity;
mod original_request;
mod settings;
mod sub_request_error;

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{ConnectInfo, OriginalUri, Request},
    http::{Method, request::Parts},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use tower::ServiceExt as _;
use zitadel_axum::{Authentication, Zitadel};

use self::{
    access_policy::AccessPolicy,
    original_request::{OriginalRequest, Proxy},
    sub_request_error::SubRequestError,
};
pub use self::{
    identity::{EMAIL, ORGANIZATION, ROLES, USER},
    settings::{ForwardAuthArgs, ForwardAuthSettings},
};

/// The path of the endpoint for nginx, Traefik and Caddy.
pub const PATH: &str = "/forward-auth";
/// What precedes the original path in the sub-requests of Envoy, followed by the policy: `/forward-auth/envoy/role=admin/orders`.
pub const ENVOY_PREFIX: &str = "/forward-auth/envoy/";
const ENVOY_ROUTE: &str = "/forward-auth/envoy/{*original}";

/// The endpoint, at [`PATH`] for GET and HEAD, and below [`ENVOY_PREFIX`] for every method, because Envoy sends the original one.
///
/// The router must not be below `zitadel_axum::authenticate`, which would judge the sub-request instead of the original request, and
/// the server must be made with `into_make_service_with_connect_info::<SocketAddr>()`: without the address of its peer no
/// sub-request is believed.
pub fn forward_auth<S: Clone + Send + Sync + 'static>(zitadel: &Zitadel, settings: &ForwardAuthSettings) -> Router<S> {
    let (zitadel, settings) = (zitadel.clone(), settings.clone());
    let serve = async move |request: Request| serve(&zitadel, &settings, &request.into_parts().0).await;
    Router::new().route(PATH, get(serve.clone())).route(ENVOY_ROUTE, any(serve))
}

/// The same, in which `around` gives an answer what answers of the service have (an id, a line in the log), unless it is the usual one:
/// allowed, without a cookie, and without waiting. The proxy writes about the request that it lets pass.
pub(crate) fn observed_forward_auth<S: Clone + Send + Sync + 'static>(
    zitadel: &Zitadel,
    settings: &ForwardAuthSettings,
    around: impl FnOnce(Router) -> Router,
) -> Router<S> {
    let observed = around(forward_auth(zitadel, settings));
    let (zitadel, settings) = (zitadel.clone(), settings.clone());
    let serve = async move |request: Request| {
        let (mut parts, body) = request.into_parts();
        match allowed_at_once(&zitadel, &settings, &parts) {
            Ok(response) => response,
            Err(known) => {
                if let Some(known) = known {
                    parts.extensions.insert(known);
                }
                observed.oneshot(Request::from_parts(parts, body)).await.into_response()
            }
        }
    };
    // Any method: the router further in refuses others.
    Router::new().route(PATH, any(serve.clone())).route(ENVOY_ROUTE, any(serve))
}

/// Who sent the original request, if that is known before the answer is made: it is not found out, and not counted, twice.
#[derive(Clone)]
struct OriginalSender(Authentication);

fn allowed_at_once(
    zitadel: &Zitadel,
    settings: &ForwardAuthSettings,
    sub_request: &Parts,
) -> Result<Response, Option<OriginalSender>> {
    let is_safe = matches!(sub_request.method, Method::GET | Method::HEAD);
    let (original, policy) = if is_safe { read(settings, sub_request).map_err(|_| None)? } else { return Err(None) };
    let proxy = original.proxy;
    let authentication = zitadel.authenticate_cached(original.into_head(&sub_request.headers)).map_err(|_| None)?;
    match policy.authorize(&authentication) {
        Ok(user) if !authentication.has_cookies() => {
            Ok(answer::finish(proxy, &authentication, answer::allowed(proxy, user)))
        }
        _ => Err(Some(OriginalSender(authentication))),
    }
}

async fn serve(zitadel: &Zitadel, settings: &ForwardAuthSettings, sub_request: &Parts) -> Response {
    let (original, policy) = match read(settings, sub_request) {
        Ok(read) => read,
        Err(error) => return error.into_response(),
    };
    let (proxy, head) = (original.proxy, original.into_head(&sub_request.headers));
    let authentication = match sub_request.extensions.get::<OriginalSender>() {
        Some(OriginalSender(known)) => known.clone(),
        // Nearly always nothing is waited for.
        None => match zitadel.authenticate_cached(head) {
            Ok(authentication) => authentication,
            Err(head) => zitadel.authenticate(head).await,
        },
    };
    let response = match policy.authorize(&authentication) {
        Ok(user) => answer::allowed(proxy, user),
        Err(denied) => answer::denied(zitadel, proxy, &denied),
    };
    answer::finish(proxy, &authentication, response)
}

/// Rules 1 to 3.
fn read<'r>(
    settings: &ForwardAuthSettings,
    sub_request: &'r Parts,
) -> Result<(OriginalRequest<'r>, AccessPolicy<'r>), SubRequestError> {
    let peer = sub_request.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    if !peer.is_some_and(|peer| settings.trusts(peer)) {
        return Err(SubRequestError::UntrustedPeer(peer));
    }
    // A nested router strips its prefix from the URI.
    let uri = sub_request.extensions.get::<OriginalUri>().map_or(&sub_request.uri, |uri| &uri.0);
    match uri.path().strip_prefix(ENVOY_PREFIX) {
        Some(_) => {
            let target = uri.path_and_query().map_or("", |target| target.as_str());
            let (policy, target) = original_request::split_envoy(target.get(ENVOY_PREFIX.len()..).unwrap_or_default())?;
            let (policy, proxy) = AccessPolicy::parse(policy)?;
            if proxy.is_some() {
                return Err(SubRequestError::Policy(
                    "`proxy` is not a parameter of Envoy's policy",
                    "proxy".to_owned(),
                ));
            }
            Ok((OriginalRequest::of_envoy(&sub_request.method, target), policy))
        }
        None => {
            debug_assert!(
                matches!(sub_request.method, Method::GET | Method::HEAD),
                "the router lets no other method pass"
            );
            let (policy, proxy) = AccessPolicy::parse(uri.query().unwrap_or_default())?;
            let proxy = proxy.unwrap_or(Proxy::Forwarding);
            Ok((OriginalRequest::described(proxy, &sub_request.headers)?, policy))
        }
    }
}

#[cfg(test)]
mod tests;
