//! axum 0.7, which `jwt-authorizer` needs.

use std::hint::black_box;

use axum_07::{Router, body::Body, extract::Request, routing::get};
use jwt_authorizer::{Authorizer, IntoLayer as _, JwtAuthorizer, JwtClaims, RegisteredClaims, Validation};
use tower::ServiceExt as _;

use super::HELLO;
use crate::server::{Failed, Headers, Settings};

pub(crate) fn bare() -> Router {
    Router::new().route("/profile", get(|| async { HELLO }))
}

pub(crate) async fn protected(settings: &Settings) -> Result<Router, Failed> {
    let validation = Validation::new().iss(&[&settings.issuer]).aud(&[&settings.client_id]);
    let authorizer: Authorizer =
        JwtAuthorizer::from_oidc(&settings.issuer).validation(validation).build().await.map_err(Failed::new)?;
    async fn handler(JwtClaims(claims): JwtClaims<RegisteredClaims>) -> &'static str {
        if claims.sub.is_none() { "" } else { HELLO }
    }
    Ok(Router::new().route("/profile", get(handler)).layer(authorizer.into_layer()))
}

pub(crate) async fn serve(app: Router, listener: std::net::TcpListener) -> Result<(), Failed> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Failed::new)?;
    axum_07::serve(listener, app).await.map_err(Failed::new)
}

/// What sends one request to the app without a socket.
pub(crate) fn driver(app: Router, headers: Headers, runtime: tokio::runtime::Runtime) -> Box<dyn FnMut()> {
    // As `axum::serve` does: handlers and layers are not put together for every request.
    let app = app.with_state::<()>(());
    Box::new(move || {
        let mut request = Request::builder().uri(super::PATH);
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let response = runtime.block_on(app.clone().oneshot(request.body(Body::empty()).unwrap())).unwrap();
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}
