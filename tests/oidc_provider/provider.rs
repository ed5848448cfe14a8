//! oidc-provider: started for one test and stopped with it.
//!
//! The program is that of the variable `NODE`, or found in `PATH`.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use behaviours::{Browser, Setup};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// The client that is registered.
pub(crate) const CLIENT_ID: &str = "tests";
/// How long its access tokens live.
pub(crate) const ACCESS_TOKEN_SECONDS: u64 = 60;

const SCRIPT: &str = include_str!("provider.mjs");
/// Where `cargo xtask test` installs the package; `xtask/src/npm.rs` has the same path.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/oidc-provider");
const MAX_STARTS: u32 = 3;
const MAX_WAIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A running provider.
pub(crate) struct Provider {
    issuer: String,
    _process: Child,
}

impl Provider {
    /// With token responses that are sent this much later if they are for a code.
    ///
    /// A process that prints nothing in time is stopped and started again: on a machine whose cores are all busy, one of
    /// many Node.js processes was seen to stand still.
    pub(crate) async fn start(token_delay: Duration) -> Self {
        let installed = Path::new(FOLDER).join("node_modules").exists();
        assert!(installed, "oidc-provider is not installed in {FOLDER}: `cargo xtask test` installs it");
        for attempt in 1..=MAX_STARTS {
            let mut process = spawn(token_delay);
            let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
            let mut errors = String::new();
            match timeout(MAX_WAIT, output.next_line()).await {
                Ok(Ok(Some(issuer))) => {
                    assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
                    return Self { issuer, _process: process };
                }
                Ok(ended) => {
                    process.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
                    panic!("oidc-provider stopped: {ended:?} {errors}");
                }
                Err(_) => {
                    process.kill().await.unwrap();
                    process.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
                    eprintln!(
                        "start {attempt} of {MAX_STARTS}: oidc-provider printed no issuer in {MAX_WAIT:?}: {errors}"
                    );
                }
            }
        }
        panic!("oidc-provider does not start");
    }

    /// Its issuer.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// An application at this provider, as `docs/other-providers.md` configures it. Its emulator is not used.
    pub(crate) fn setup(&self) -> Setup {
        Setup::new()
            .provider_is_down()
            .var("ZITADEL_DOMAIN", &self.issuer)
            .var("ZITADEL_CLIENT_ID", CLIENT_ID)
            .var("ZITADEL_CLIENT_SECRET", "")
            .var("ZITADEL_SCOPES", "openid profile email offline_access")
            .var("ZITADEL_PROMPT", "consent")
    }

    /// The same for the client that authenticates with a key: its key file says which one it is.
    pub(crate) async fn setup_with_key(&self) -> Setup {
        let key_file = Browser::at(&self.issuer).plain("GET", "/key-file").await.assert_json(200);
        self.setup().var("ZITADEL_CLIENT_ID", "").var("ZITADEL_APP_KEY", &key_file.to_string())
    }

    /// What it did, in order: `token request`, `authorization_code 200`, `userinfo 200`, `grant revoked`.
    pub(crate) async fn log(&self) -> Vec<String> {
        let log = Browser::at(&self.issuer).plain("GET", "/log").await.assert_json(200);
        log.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the log has this line.
    pub(crate) async fn wait_for(&self, line: &str) {
        let started_at = Instant::now();
        while !self.log().await.iter().any(|known| known == line) {
            assert!(started_at.elapsed() < MAX_WAIT, "waited for {line:?}: {:?}", self.log().await);
            sleep(POLL_INTERVAL).await;
        }
    }
}

fn spawn(token_delay: Duration) -> Child {
    Command::new(std::env::var_os("NODE").unwrap_or_else(|| "node".into()))
        // A script from the command line finds its packages in the current folder.
        .args(["--input-type=module", "--eval", SCRIPT])
        .arg(token_delay.as_millis().to_string())
        .current_dir(FOLDER)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("Node.js cannot be started: {error}"))
}
