//! A single-page application, the API that it calls, and the gateway that both use: three things that are usually three programs,
//! in one process.
//!
//! | where | what |
//! |---|---|
//! | `http://localhost:3000/` | the application: static files (`static/`), plain ES modules without a build step |
//! | `http://localhost:3000/api` | the API, which takes access tokens and knows nothing of logins (`api.rs`) |
//! | `http://localhost:8000` | the gateway: login, logout, and the one-time code for the access token |
#![forbid(unsafe_code)]

mod api;
mod development;
mod files;
mod variables;

use std::{future::IntoFuture as _, net::TcpListener};

use axum::Router;
use example_start::stop_signal;
use zitadel_axum::Zitadel;
use zitadel_gateway::{ServeArgs, Settings};

pub use crate::{development::Development, variables::Variables};

/// The sockets of the application and of the gateway. Browsers see them at `localhost`, so that the two are same-site.
#[derive(Debug)]
pub struct Sockets {
    /// The application, with its API.
    pub app: TcpListener,
    /// The gateway.
    pub gateway: TcpListener,
}

impl Sockets {
    /// Where browsers find the application.
    ///
    /// # Errors
    ///
    /// If the socket has no address.
    pub fn app_origin(&self) -> Result<String, String> {
        origin(&self.app)
    }

    /// Where browsers find the gateway.
    ///
    /// # Errors
    ///
    /// If the socket has no address.
    pub fn gateway_origin(&self) -> Result<String, String> {
        origin(&self.gateway)
    }
}

fn origin(listener: &TcpListener) -> Result<String, String> {
    let address = listener.local_addr().map_err(|error| format!("the socket has no address: {error}"))?;
    Ok(format!("http://localhost:{}", address.port()))
}

/// Serves all three until SIGINT or SIGTERM. `variables` are those of the gateway; the API takes from them what an API needs.
///
/// # Errors
///
/// Every variable that is missing or wrong, one per line.
pub async fn serve(sockets: Sockets, variables: &Variables) -> Result<(), String> {
    let (app_origin, gateway_origin) = (sockets.app_origin()?, sockets.gateway_origin()?);
    let mut args = ServeArgs::default();
    args.spa_origin = Some(app_origin.clone());
    let settings = Settings::new(args, |name| variables.get(name)).map_err(|problems| problems.to_string())?;
    let gateway = example_start::builder(settings.config.clone())?.build().map_err(|problems| problems.to_string())?;
    let api = Zitadel::new(api::config(variables).map_err(|problems| problems.to_string())?);
    let app = Router::new().merge(files::routes(&gateway_origin)).merge(api::routes(api));

    let listener = sockets.app.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(sockets.app));
    let listener = listener.map_err(|error| format!("cannot serve at {app_origin}: {error}"))?;
    let gateway_address = sockets.gateway.local_addr().map_err(|error| error.to_string())?;
    #[expect(clippy::print_stdout, reason = "the address, for the user of the program")]
    {
        println!("The app is at {app_origin}");
    }
    let app = axum::serve(listener, app).with_graceful_shutdown(stop_signal()).into_future();
    let app = async { app.await.map_err(|error| format!("the server stopped: {error}")) };
    tokio::try_join!(app, zitadel_gateway::serve(sockets.gateway, gateway_address, gateway, settings)).map(|_| ())
}
