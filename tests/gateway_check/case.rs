//! `Case`: settings, and the provider that they are checked against.

use std::{
    any::Any,
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use http::{Response, Uri};
use zitadel_core::{
    Timestamp,
    environment::{Clock, SystemClock, TransportError},
};
use zitadel_emulator::{
    AssertionKey, AuthMethod, Client, ClientHandle, Emulator, EmulatorBuilder, ServiceAccountHandle, SigningAlgorithm,
};
use zitadel_gateway::{
    ServeArgs,
    check::{CheckEnvironment, Finding, findings},
};

use crate::scripted_transport::ScriptedTransport;

/// Of the API application and of the service account, in every case: it takes a while to make an RSA key.
static KEY: LazyLock<AssertionKey> = LazyLock::new(|| AssertionKey::generate("310000000000000900"));

/// Likewise, with signing keys that are made quickly.
fn emulator() -> EmulatorBuilder {
    Emulator::builder().signing_algorithm(SigningAlgorithm::Es256)
}

pub(crate) struct Case {
    pub(crate) emulator: Arc<Emulator>,
    /// The API application that introspects.
    pub(crate) api: ClientHandle,
    pub(crate) robot: ServiceAccountHandle,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) args: ServeArgs,
    environment: CheckEnvironment,
    /// What must live as long as the check runs.
    pub(crate) kept: Vec<Box<dyn Any + Send>>,
}

impl Case {
    /// A gateway on a developer's machine whose configuration is complete.
    pub(crate) async fn good() -> Self {
        Self::with(emulator().start().await.unwrap(), "http://localhost:8000")
    }

    /// A gateway behind TLS, at a provider with TLS: without sockets.
    pub(crate) fn with_tls() -> Self {
        Self::in_process(emulator().issuer("https://id.example.com").build())
    }

    /// The same, with a provider that is reached by an address of its own, and finds its instance by a header.
    pub(crate) fn with_internal_address(url: &str) -> Self {
        let emulator = emulator().issuer("https://id.example.com").issuer_follows_host(true).build();
        Self::in_process(emulator).set("ZITADEL_INTERNAL_URL", url)
    }

    fn in_process(emulator: Emulator) -> Self {
        let mut case = Self::with(emulator, "https://auth.example.com");
        case.environment = CheckEnvironment::default().transport(ScriptedTransport::emulator(case.emulator.clone()));
        case
    }

    fn with(emulator: Emulator, base: &str) -> Self {
        let mut variables: BTreeMap<_, _> = emulator.env_for(base).into_iter().collect();
        let project_id = emulator.client().snapshot().project_id;
        let mut api = Client { project_id: project_id.clone(), keys: vec![KEY.clone()], ..Client::api("Gateway") };
        api.auth_method = AuthMethod::PrivateKeyJwt;
        let api = emulator.add_client(api);
        variables.insert("ZITADEL_APP_KEY".to_owned(), api.snapshot().key_file(&KEY));
        let robot = emulator.service_account("robot");
        robot.update(|robot| robot.keys.push(KEY.clone()));
        variables.insert("ZITADEL_SERVICE_ACCOUNT_KEY".to_owned(), robot.snapshot().key_file(&KEY));
        let scopes =
            format!("openid urn:zitadel:iam:org:projects:roles urn:zitadel:iam:org:project:id:{project_id}:aud");
        variables.insert("ZITADEL_SERVICE_ACCOUNT_SCOPES".to_owned(), scopes);
        let (folder, mut args) = (Folder::new(), ServeArgs::default());
        args.machine_token_callers_file = Some(folder.path("callers.json"));
        let caller = serde_json::json!({"name": "orders", "secret_sha256": "0".repeat(64), "audiences": [project_id]});
        fs::write(folder.path("callers.json"), serde_json::json!({"callers": [caller]}).to_string()).unwrap();
        let environment = CheckEnvironment::default();
        let kept: Vec<Box<dyn Any + Send>> = vec![Box::new(folder)];
        Self { emulator: Arc::new(emulator), api, robot, variables, args, environment, kept }
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn options(mut self, change: impl FnOnce(&mut ServeArgs)) -> Self {
        change(&mut self.args);
        self
    }

    /// Changes the application at the provider.
    pub(crate) fn client(self, change: impl FnOnce(&mut Client)) -> Self {
        self.emulator.client().update(change);
        self
    }

    /// The provider's answers are changed by this.
    pub(crate) fn answering(
        mut self,
        change: impl Fn(&Uri, Response<Vec<u8>>) -> Response<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.environment = self.environment.transport(ScriptedTransport::network().changed(change));
        self
    }

    /// The metadata have no such member.
    pub(crate) fn without_metadata(self, name: &'static str) -> Self {
        self.answering(move |uri, response| {
            if !uri.path().ends_with("/openid-configuration") {
                return response;
            }
            let mut document: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            document.as_object_mut().unwrap().remove(name).expect("it was there");
            response.map(|_| document.to_string().into_bytes())
        })
    }

    pub(crate) fn unreachable(mut self, error: TransportError) -> Self {
        self.environment = self.environment.transport(ScriptedTransport::failing(error));
        self
    }

    /// The clock of this machine is ahead.
    pub(crate) fn clock_ahead_by(mut self, seconds: u64) -> Self {
        self.environment = self.environment.clock(Ahead(Duration::from_secs(seconds)));
        self
    }

    pub(crate) async fn findings(self) -> Vec<Finding> {
        let variables = self.variables;
        let found = findings(self.args, move |name| variables.get(name).cloned(), self.environment).await;
        drop(self.kept);
        found
    }

    /// Values that must not be shown.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let names = ["SESSION_SECRET", "SESSION_SALT", "ZITADEL_CLIENT_SECRET", "ZITADEL_SERVICE_ACCOUNT_TOKEN"];
        let mut secrets: Vec<_> = names.iter().filter_map(|name| self.variables.get(*name).cloned()).collect();
        for name in ["ZITADEL_APP_KEY", "ZITADEL_SERVICE_ACCOUNT_KEY"] {
            // A line in the middle of the private key.
            let Some(file) = self.variables.get(name) else { continue };
            let file: serde_json::Value = serde_json::from_str(file).unwrap();
            secrets.push(file["key"].as_str().unwrap().lines().nth(5).unwrap().to_owned());
        }
        secrets
    }
}

/// A folder of one case, removed when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("gateway-check-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(self.0)
    }
}
