//! What the program needs when nothing is configured: a provider with a service account, an API to call, and a gateway.

use std::{
    env,
    error::Error,
    fs,
    future::IntoFuture as _,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process,
};

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use zitadel_axum::{
    Bearer, Config, Protected, Zitadel,
    core::environment::{Entropy as _, SystemEntropy},
};
use zitadel_emulator::{Client, Emulator};
use zitadel_gateway::{ServeArgs, Settings};

/// An emulator, an API in its project, and a gateway. The emulator stops when this is dropped.
pub(crate) struct Development {
    _emulator: Emulator,
    /// Of the service account.
    pub(crate) config: Config,
    /// Of the API.
    pub(crate) url: String,
    /// The origin of the gateway.
    pub(crate) gateway: String,
    /// What this program has from the gateway.
    pub(crate) gateway_secret: String,
}

impl Development {
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let emulator = Emulator::start().await?;
        let project_id = emulator.client().snapshot().project_id;

        // The API is an application of its own, which introspects the opaque tokens of service accounts with its key.
        let client = emulator.add_client(Client { project_id: project_id.clone(), ..Client::api("Reports") });
        let api = Config::api_builder(emulator.issuer()).application_key(client.create_key()).build()?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/reports", listener.local_addr()?);
        serve(
            listener,
            Protected::new(Zitadel::new(api)).api("/reports").route("/reports", get(reports)).into_router(),
        );

        // Without its project in the scopes the API would call the token inactive.
        let key = emulator.service_account("robot").create_key();
        let config = Config::api_builder(emulator.issuer());
        let config = config.service_account_key(&*key).service_account_project(&project_id).build()?;

        let gateway_secret = random_secret();
        let gateway = start_gateway(&emulator, key, &project_id, &gateway_secret).await?;
        super::print(&format!("The development provider is at {}, the gateway at {gateway}", emulator.issuer()));
        Ok(Self { _emulator: emulator, config, url, gateway, gateway_secret })
    }
}

/// A gateway whose machine tokens are those of the service account, for one caller. Its origin.
async fn start_gateway(
    emulator: &Emulator,
    key: String,
    project_id: &str,
    secret: &str,
) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let mut variables = emulator.env_for(&origin);
    variables.push(("ZITADEL_SERVICE_ACCOUNT_KEY".to_owned(), key));

    // In production these two files are written once, by the people who run the gateway.
    let files = Files::new()?;
    fs::write(files.path("reports-job"), secret)?;
    let callers = serde_json::json!({"callers": [{
        "name": "reports-job",
        "secret_file": files.path("reports-job"),
        "audiences": [project_id],
        "scopes": ["urn:zitadel:iam:org:projects:roles"],
    }]});
    fs::write(files.path("callers.json"), callers.to_string())?;
    let mut args = ServeArgs::default();
    args.machine_token_callers_file = Some(files.path("callers.json").display().to_string());
    let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let settings = Settings::new(args, value)?;

    let zitadel = Zitadel::new(settings.config.clone());
    serve(listener, zitadel_gateway::app(&zitadel, &settings));
    Ok(origin)
}

fn serve(listener: TcpListener, app: Router) {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, app).into_future());
}

/// 256 random bits in hexadecimal.
fn random_secret() -> String {
    let mut random = [0; 32];
    SystemEntropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder for the files of the gateway, which reads them at its start; removed with this.
struct Files(PathBuf);

impl Files {
    fn new() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("example-machine-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Needs an access token: a session would not do.
async fn reports(caller: Bearer) -> String {
    let roles: Vec<_> = caller.roles().keys().collect();
    format!("the reports for {}, whose roles are: {}", caller.subject(), roles.join(", "))
}
