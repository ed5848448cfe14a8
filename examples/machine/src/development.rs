//! What the program needs when nothing is configured: a provider with a service account, and an API to call.

use std::{error::Error, future::IntoFuture as _, io};

use axum::routing::get;
use tokio::net::TcpListener;
use zitadel_axum::{Bearer, Config, Protected, Zitadel};
use zitadel_emulator::{Client, Emulator};

/// An emulator, and an API in its project. The emulator stops when this is dropped.
pub(crate) struct Development {
    _emulator: Emulator,
    /// Of the service account.
    pub(crate) config: Config,
    /// Of the API.
    pub(crate) url: String,
}

impl Development {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let emulator = Emulator::start().await?;
        let project_id = emulator.client().snapshot().project_id;

        // The API is an application of its own, which introspects the opaque tokens of service accounts with its key.
        let client = emulator.add_client(Client { project_id: project_id.clone(), ..Client::api("Reports") });
        let api = Config::api_builder(emulator.issuer()).application_key(client.create_key()).build()?;
        let url = serve(Zitadel::new(api)).await?;

        // Without its project in the scopes the API would call the token inactive.
        let key = emulator.service_account("robot").create_key();
        let config = Config::api_builder(emulator.issuer());
        let config = config.service_account_key(key).service_account_project(&project_id).build()?;
        super::print(&format!("The development provider is at {}", emulator.issuer()));
        Ok(Self { _emulator: emulator, config, url: format!("{url}/reports") })
    }
}

async fn serve(zitadel: Zitadel) -> io::Result<String> {
    let app = Protected::new(zitadel).api("/reports").route("/reports", get(reports)).into_router();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, app).into_future());
    Ok(format!("http://{address}"))
}

/// Needs an access token: a session would not do.
async fn reports(caller: Bearer) -> String {
    let roles: Vec<_> = caller.roles().keys().collect();
    format!("the reports for {}, whose roles are: {}", caller.subject(), roles.join(", "))
}
