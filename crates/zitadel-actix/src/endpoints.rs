//! The engine's endpoints (login, callbacks, logout), and health.

use actix_web::{
    HttpRequest, HttpResponse, Route,
    error::PayloadError,
    guard,
    web::{self, Bytes, ServiceConfig},
};
use futures_util::{Stream, StreamExt as _};
use zitadel_core::{Endpoint, MAX_FORM_BYTES, RequestHead, Zitadel};

use crate::translate;

/// The engine's endpoints, for applications that put [`authenticate`](crate::authenticate()) around a scope or a
/// resource. Around the whole `App` it answers them itself, and so does a [`Protected`](crate::Protected): leave this
/// out then.
///
/// A form above 64 KiB is answered with 413. Bodies of other methods than `POST` are not read.
///
/// ```
/// use actix_web::{App, web};
/// use zitadel_actix::{User, Zitadel, authenticate, endpoints, require_user};
///
/// async fn profile(user: User) -> String {
///     user.subject().to_owned()
/// }
///
/// # fn app(zitadel: Zitadel) {
/// let members = web::scope("/members")
///     .wrap(require_user())
///     .wrap(authenticate(zitadel.clone()))
///     .route("/profile", web::get().to(profile));
/// let app = App::new().configure(endpoints(&zitadel)).service(members);
/// # let _ = app;
/// # }
/// ```
pub fn endpoints(zitadel: &Zitadel) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let zitadel = zitadel.clone();
    move |app| {
        for (endpoint, path) in zitadel.endpoints() {
            let zitadel = zitadel.clone();
            // Any method: the engine decides.
            app.service(web::resource(path).to(move |request: HttpRequest, body: web::Payload| {
                let zitadel = zitadel.clone();
                async move { serve(&zitadel, endpoint, &translate::head(&request), body).await }
            }));
        }
    }
}

/// Marks the response of an endpoint, which has handled the session itself: an [`authenticate`](crate::authenticate())
/// of another handle further out must not renew it.
#[derive(Clone, Copy)]
pub(crate) struct Served;

pub(crate) async fn serve(
    zitadel: &Zitadel,
    endpoint: Endpoint,
    head: &RequestHead,
    body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
) -> HttpResponse {
    let mut response = translate::response(zitadel.serve(endpoint, head, read(body)).await);
    response.extensions_mut().insert(Served);
    response
}

/// `None` for a body that is too large, or breaks off.
async fn read(mut body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin) -> Option<Vec<u8>> {
    let mut form = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.ok().filter(|chunk| form.len() + chunk.len() <= MAX_FORM_BYTES)?;
        form.extend_from_slice(&chunk);
    }
    Some(form)
}

/// 200 as long as the process answers: for liveness probes. Mount it at any path, `.public()`.
///
/// ```
/// use zitadel_actix::{Protected, PublicExt as _, Zitadel, healthz, readyz};
///
/// # fn app(zitadel: Zitadel) -> Protected {
/// Protected::new(zitadel.clone())
///     .route("/healthz", healthz().public())
///     .route("/readyz", readyz(&zitadel).public())
/// # }
/// ```
#[must_use = "mount it"]
pub fn healthz() -> Route {
    get().to(async || translate::response(Zitadel::liveness()))
}

/// 200 when users can log in, else 503 and what is not available, as JSON: for readiness probes. Mount it at any path,
/// `.public()`. Cached documents are enough: a provider that goes down later does not make every replica unready.
#[must_use = "mount it"]
pub fn readyz(zitadel: &Zitadel) -> Route {
    let zitadel = zitadel.clone();
    get().to(move || {
        let zitadel = zitadel.clone();
        async move { translate::response(zitadel.readiness().await) }
    })
}

/// `web::get()` leaves `HEAD` out, which some probes send.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
