//! axum 0.8.

use std::{hint::black_box, sync::Arc};

use axum::{
    Extension, Router,
    body::Body,
    extract::{FromRef, Request},
    routing::get,
};
use axum_jwt_auth::{Claims, Decoder, RemoteJwksDecoder};
use jsonwebtoken_10::{Algorithm, Validation, crypto};
use serde::Deserialize;
use tower::ServiceExt as _;
use tower_oauth2_resource_server::{claims::DefaultClaims, server::OAuth2ResourceServer, tenant::TenantConfiguration};
use zitadel::{
    axum::introspection::{IntrospectedUser, IntrospectionState, IntrospectionStateBuilder},
    oidc::introspection::cache::in_memory::InMemoryIntrospectionCache,
};
use zitadel_axum::{Bearer, Protected};

use super::{Contender, HELLO, session};
use crate::server::{Failed, Headers, Settings};

pub(crate) fn bare() -> Router {
    Router::new().route("/profile", get(async || HELLO))
}

pub(crate) async fn protected(contender: &Contender, settings: &Settings) -> Result<Router, Failed> {
    Ok(match contender.id {
        "axum-bearer" | "axum-opaque" => {
            let handler = async |caller: Bearer| if caller.subject().is_empty() { "" } else { HELLO };
            Router::new().route("/profile", get(handler)).layer(Extension(settings.ours()?))
        }
        "axum-protected" => Protected::new(settings.ours()?).route("/profile", get(async || HELLO)).into_router(),
        "zitadel" => zitadel(settings).await?,
        "tower-oauth2" => tower_oauth2(settings).await?,
        "axum-jwt-auth" => jwt_auth(settings).await?,
        _ => session::protected(contender, settings)?,
    })
}

async fn zitadel(settings: &Settings) -> Result<Router, Failed> {
    let state = IntrospectionStateBuilder::new(&settings.issuer)
        .with_basic_auth(&settings.client_id, &settings.client_secret)
        .with_introspection_cache(InMemoryIntrospectionCache::new())
        .build()
        .await
        .map_err(Failed::new)?;
    #[derive(Clone)]
    struct State(IntrospectionState);
    impl FromRef<State> for IntrospectionState {
        fn from_ref(state: &State) -> Self {
            state.0.clone()
        }
    }
    let handler = async |user: IntrospectedUser| if user.user_id.is_empty() { "" } else { HELLO };
    Ok(Router::new().route("/profile", get(handler)).with_state(State(state)))
}

async fn tower_oauth2(settings: &Settings) -> Result<Router, Failed> {
    let _ = crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let tenant = TenantConfiguration::builder(&settings.issuer)
        .audiences(&[&settings.client_id])
        .build()
        .await
        .map_err(Failed::new)?;
    let server =
        OAuth2ResourceServer::<DefaultClaims>::builder().add_tenant(tenant).build().await.map_err(Failed::new)?;
    let handler = async |Extension(claims): Extension<DefaultClaims>| if claims.sub.is_none() { "" } else { HELLO };
    Ok(Router::new().route("/profile", get(handler)).layer(server.into_layer()))
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

async fn jwt_auth(settings: &Settings) -> Result<Router, Failed> {
    let _ = crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[&settings.client_id]);
    validation.set_issuer(&[&settings.issuer]);
    let decoder = RemoteJwksDecoder::builder().jwks_url(settings.keys_url()).validation(validation).build();
    let decoder = Arc::new(decoder.map_err(Failed::new)?);
    // Dropping the token does not stop the task that fetches keys.
    let _ = decoder.initialize().await.map_err(Failed::new)?;
    let handler = async |user: Claims<Subject>| if user.claims.sub.is_empty() { "" } else { HELLO };
    #[derive(Clone)]
    struct State(Decoder<Subject>);
    impl FromRef<State> for Decoder<Subject> {
        fn from_ref(state: &State) -> Self {
            Arc::clone(&state.0)
        }
    }
    Ok(Router::new().route("/profile", get(handler)).with_state(State(decoder)))
}

pub(crate) async fn serve(app: Router, listener: std::net::TcpListener) -> Result<(), Failed> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Failed::new)?;
    axum::serve(listener, app).await.map_err(Failed::new)
}

/// The cookie that the app sets at a login.
pub(crate) async fn log_in(app: Router) -> String {
    let response = app.oneshot(Request::get("/login").body(Body::empty()).unwrap()).await.unwrap();
    let cookie = response.headers().get("set-cookie").unwrap().to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
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
