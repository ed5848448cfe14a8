//! actix-web 4.

use std::{hint::black_box, sync::Arc};

use actix_4_jwt_auth::{
    AuthenticatedUser, Oidc, OidcBiscuitValidator, OidcConfig,
    biscuit::{Validation, ValidationOptions},
};
use actix_web::{
    App, HttpServer,
    rt::System,
    test,
    web::{self, ServiceConfig},
};
use serde::Deserialize;
use zitadel_actix::{Bearer, Protected};

use super::{Contender, HELLO};
use crate::server::{Failed, Headers, Settings};

/// Makes an app; each worker calls it.
pub(crate) type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

pub(crate) fn bare() -> Configure {
    Arc::new(|app| {
        app.route("/profile", web::get().to(async || HELLO));
    })
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

pub(crate) async fn protected(contender: &Contender, settings: &Settings) -> Result<Configure, Failed> {
    Ok(match contender.id {
        "actix-bearer" => {
            let zitadel = settings.ours()?;
            Arc::new(move |app| {
                let handler = async |caller: Bearer| if caller.subject().is_empty() { "" } else { HELLO };
                app.app_data(zitadel.clone()).route("/profile", web::get().to(handler));
            })
        }
        "actix-protected" => {
            let zitadel = settings.ours()?;
            Arc::new(move |app| {
                app.service(Protected::new(zitadel.clone()).route("/profile", web::get().to(async || HELLO)));
            })
        }
        _ => {
            let oidc = OidcConfig::Issuer(settings.issuer.clone().into());
            let oidc = Oidc::new(oidc).await.map_err(Failed::new)?;
            let issuer = settings.issuer.clone();
            Arc::new(move |app| {
                let handler =
                    async |user: AuthenticatedUser<Subject>| if user.claims.sub.is_empty() { "" } else { HELLO };
                let options =
                    ValidationOptions { issuer: Validation::Validate(issuer.clone()), ..ValidationOptions::default() };
                let scope = web::scope("").wrap(OidcBiscuitValidator { options });
                app.app_data(oidc.clone()).service(scope.route("/profile", web::get().to(handler)));
            })
        }
    })
}

pub(crate) async fn serve(app: Configure, listener: std::net::TcpListener) -> Result<(), Failed> {
    let server = HttpServer::new(move || {
        let app = Arc::clone(&app);
        App::new().configure(move |config| app(config))
    });
    server.workers(1).disable_signals().listen(listener).map_err(Failed::new)?.run().await.map_err(Failed::new)
}

/// What sends one request to the app without a socket.
pub(crate) fn driver(app: &Configure, headers: Headers, system: actix_web::rt::SystemRunner) -> Box<dyn FnMut()> {
    let app = Arc::clone(app);
    let app = system.block_on(test::init_service(App::new().configure(move |config| app(config))));
    Box::new(move || {
        let request = test::TestRequest::with_uri(super::PATH);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.insert_header((*name, value.as_str())));
        let response = system.block_on(test::call_service(&app, request.to_request()));
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}

/// The runtime that actix-web wants.
pub(crate) fn system() -> actix_web::rt::SystemRunner {
    System::new()
}
