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
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
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
const MAX_WAIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A running provider.
pub(crate) struct Provider {
    issuer: String,
    _process: Child,
}

impl Provider {
    /// With token responses that are sent this much later if they are for a code.
    pub(crate) async fn start(token_delay: Duration) -> Self {
        let installed = Path::new(FOLDER).join("node_modules").exists();
        assert!(installed, "oidc-provider is not installed in {FOLDER}: `cargo xtask test` installs it");
        let mut process = Command::new(std::env::var_os("NODE").unwrap_or_else(|| "node".into()))
            // A script from standard input finds its packages in the current folder.
            .args(["--input-type=module", "-"])
            .arg(token_delay.as_millis().to_string())
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("Node.js cannot be started: {error}"));
        let mut input = process.stdin.take().unwrap();
        input.write_all(SCRIPT.as_bytes()).await.unwrap();
        drop(input);
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let first_line = timeout(MAX_WAIT, output.next_line()).await.expect("oidc-provider does not start").unwrap();
        let Some(issuer) = first_line else {
            let mut errors = String::new();
            process.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
            panic!("oidc-provider stopped: {errors}");
        };
        assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
        Self { issuer, _process: process }
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
