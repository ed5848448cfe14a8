//! What the engine serves itself: sign-in, callbacks, sign-out; and health.

use actix_web::{
    HttpRequest, HttpResponse, Route,
    error::PayloadError,
    guard,
    web::{self, Bytes, ServiceConfig},
};
use futures_util::{Stream, StreamExt as _};
use zitadel_core::{Endpoint, MAX_FORM, RequestHead, Zitadel};

use crate::translate;

/// The engine's endpoints, for applications that put [`authenticate`](crate::authenticate) around a scope or a
/// resource. Around the whole `App` it answers for them by itself, and so does a [`Protected`](crate::Protected):
/// leave this out then.
///
/// A form above [`MAX_FORM`] (64 KiB) is answered with 413. Bodies of other methods than `POST` are not read.
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
            // Any method: the engine says which it wants, and how it refuses the others.
            app.service(web::resource(path).to(move |request: HttpRequest, body: web::Payload| {
                let zitadel = zitadel.clone();
                async move { serve(&zitadel, endpoint, &translate::head(&request), body).await }
            }));
        }
    }
}

/// Marks answers that carry their session cookies already: those of endpoints, should they meet an
/// [`authenticate`](crate::authenticate) on their way out.
#[derive(Clone, Copy)]
pub(crate) struct Finished;

/// The engine's answer to a request whose body has not been read yet.
pub(crate) async fn serve(
    zitadel: &Zitadel,
    endpoint: Endpoint,
    head: &RequestHead,
    payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
) -> HttpResponse {
    let mut response = translate::response(zitadel.serve_reading(endpoint, head, read(payload)).await);
    response.extensions_mut().insert(Finished);
    response
}

/// `None` for a body that is too large, or breaks off.
async fn read(mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin) -> Option<Vec<u8>> {
    let mut form = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.ok().filter(|chunk| form.len() + chunk.len() <= MAX_FORM)?;
        form.extend_from_slice(&chunk);
    }
    Some(form)
}

/// 200 as long as the process answers: for liveness probes. Mount it where you like, `.public()`.
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
    get().to(async || translate::response(Zitadel::alive()))
}

/// 200 when people can sign in, else 503 and what is missing, as JSON: for readiness probes. Mount it where you like,
/// `.public()`. What was fetched counts: a provider that goes down later does not make every replica unready.
#[must_use = "mount it"]
pub fn readyz(zitadel: &Zitadel) -> Route {
    let zitadel = zitadel.clone();
    get().to(move || {
        let zitadel = zitadel.clone();
        async move { translate::response(zitadel.ready().await) }
    })
}

/// `web::get()` leaves `HEAD` out, which is what some probes send.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
