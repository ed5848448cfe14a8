//! Chromium and chromedriver: started for one test and stopped with it. Every wait has a limit.
//!
//! The programs are those of the variables `CHROMIUM` and `CHROMEDRIVER`, or found in `PATH`.

use std::{
    panic::AssertUnwindSafe,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, error::CmdError, wd::WebDriverCompatibleCommand};
use futures_util::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// The limit of a scenario, from start to stop.
const SCENARIO_TIMEOUT: Duration = Duration::from_secs(60);
/// The limit of a wait for something on a page.
const MAX_WAIT: Duration = Duration::from_secs(8);
const POLL_INTERVAL: Duration = Duration::from_millis(40);

/// Runs a scenario with a chromedriver of its own, which is stopped even if the scenario panics.
pub(crate) async fn drive(scenario: impl AsyncFnOnce(&mut Chromedriver)) {
    let mut chromedriver = Chromedriver::start().await;
    let outcome = AssertUnwindSafe(timeout(SCENARIO_TIMEOUT, scenario(&mut chromedriver))).catch_unwind().await;
    chromedriver.stop().await;
    match outcome {
        Ok(in_time) => in_time.expect("the scenario took too long"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Whether chromium runs scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

pub(crate) struct Chromedriver {
    process: Child,
    port: u16,
    windows: Vec<Client>,
    profiles: Vec<PathBuf>,
}

impl Chromedriver {
    /// On a free port, which it prints; in a process group of its own, so that all of its processes can be stopped.
    async fn start() -> Self {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is not installed: apt-get install chromium chromium-driver");
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = async {
            while let Some(line) = output.next_line().await.unwrap() {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    return port.trim_end_matches('.').parse().unwrap();
                }
            }
            panic!("chromedriver ended without printing its port");
        };
        let port = timeout(Duration::from_secs(15), port).await.expect("chromedriver does not print its port");
        // It would block if the pipe was full.
        tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        Self { process, port, windows: Vec::new(), profiles: Vec::new() }
    }

    /// A new chromium with a new profile.
    pub(crate) async fn open(&mut self, scripts: Scripts) -> Window {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("behaviours-chromium-{}-{number}", std::process::id()));
        let mut options = json!({
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                // Nothing can be clicked while the page scrolls.
                "--force-prefers-reduced-motion",
                "--window-size=1280,900",
                format!("--user-data-dir={}", profile.display()),
            ],
            "prefs": match scripts {
                Scripts::On => json!({}),
                Scripts::Off => json!({ "profile.managed_default_content_settings.javascript": 2 }),
            },
        });
        if let Some(binary) = std::env::var_os("CHROMIUM") {
            options["binary"] = binary.to_str().unwrap().into();
        }
        self.profiles.push(profile);
        let capabilities =
            [("goog:chromeOptions".to_owned(), options), ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }))];
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.into_iter().collect())
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .unwrap();
        self.windows.push(client.clone());
        Window { client }
    }

    async fn stop(mut self) {
        for window in self.windows.drain(..) {
            drop(timeout(Duration::from_secs(5), window.close()).await);
        }
        // SIGTERM first: chromedriver then stops chromium.
        let group = self.process.id().map(|id| format!("-{id}"));
        let kill = async |signal: &str| {
            if let Some(group) = &group {
                drop(Command::new("kill").args([signal, "--", group]).stderr(Stdio::null()).status().await);
            }
        };
        kill("-TERM").await;
        if timeout(Duration::from_secs(5), self.process.wait()).await.is_err() {
            kill("-KILL").await;
            drop(self.process.wait().await);
        }
        for profile in self.profiles {
            drop(std::fs::remove_dir_all(profile));
        }
    }
}

/// A chromium, and the actions of a user.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) client: Client,
}

impl Window {
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Waits until this text is visible. The whole text of the page.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, expected: &str) -> impl Future<Output = String> {
        let (window, expected) = (self.clone(), expected.to_owned());
        let caller = std::panic::Location::caller();
        async move {
            let started_at = Instant::now();
            loop {
                let text = window.text().await;
                if text.contains(&expected) {
                    return text;
                }
                let url = window.client.current_url().await.map(|url| url.to_string()).unwrap_or_default();
                assert!(started_at.elapsed() < MAX_WAIT, "{caller}: waited for {expected:?} at {url}: {text}");
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    /// The visible text; empty between two pages.
    pub(crate) async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the URL has this path (and query, if there is one).
    #[track_caller]
    pub(crate) fn wait_for_path(&self, path: &str) -> impl Future<Output = ()> {
        let (window, path) = (self.clone(), path.to_owned());
        let caller = std::panic::Location::caller();
        async move {
            let started_at = Instant::now();
            loop {
                let url = window.client.current_url().await.unwrap();
                let current =
                    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
                if current == path || (!path.contains('?') && url.path() == path) {
                    return;
                }
                assert!(started_at.elapsed() < MAX_WAIT, "{caller}: waited for {path} at {current}");
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    /// Clicks the first visible button or link with this label, or else with a label that contains it.
    #[track_caller]
    pub(crate) fn click(&self, label: &str) -> impl Future<Output = ()> {
        let (window, label) = (self.clone(), label.to_owned());
        let caller = std::panic::Location::caller();
        async move {
            let exact = format!("//*[self::button or self::a][normalize-space(.) = \"{label}\"]");
            let containing = format!("//*[self::button or self::a][contains(normalize-space(.), \"{label}\")]");
            let started_at = Instant::now();
            let mut error = None;
            loop {
                let found = match window.first_visible(Locator::XPath(&exact)).await {
                    None => window.first_visible(Locator::XPath(&containing)).await,
                    found => found,
                };
                if let Some(element) = found {
                    match element.click().await {
                        Ok(()) => return,
                        Err(reason) => error = Some(reason),
                    }
                }
                let in_time = started_at.elapsed() < MAX_WAIT;
                assert!(in_time, "{caller}: cannot click {label:?} ({error:?}): {}", window.text().await);
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    async fn first_visible(&self, locator: Locator<'_>) -> Option<Element> {
        for element in self.client.find_all(locator).await.unwrap_or_default() {
            if element.is_displayed().await.unwrap_or_default() {
                return Some(element);
            }
        }
        None
    }

    /// The cookies that the server of the current page would get.
    pub(crate) async fn cookies(&self) -> Vec<fantoccini::cookies::Cookie<'static>> {
        self.client.get_all_cookies().await.unwrap()
    }

    pub(crate) async fn has_session(&self) -> bool {
        self.cookies().await.iter().any(|cookie| cookie.name().starts_with("zitadel.session"))
    }

    /// From a login page to the page after login.
    pub(crate) async fn log_in_as(&self, user: &str) {
        self.click("Sign in with ZITADEL").await;
        self.wait_for_text("Who is signing in?").await;
        self.click(user).await;
    }

    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Result<Value, CmdError> {
        let body = json!({ "cmd": command, "params": params });
        self.client.issue_cmd(Extension { path: "goog/cdp/execute", body }).await
    }

    /// Console errors since the last call: scripts that fail, violations of a policy. Statuses such as 404 are not errors.
    pub(crate) async fn console_errors(&self) -> Vec<String> {
        let log = Extension { path: "se/log", body: json!({ "type": "browser" }) };
        let entries = self.client.issue_cmd(log).await.unwrap();
        let error = |entry: &Value| {
            let is_error = entry.get("source").and_then(Value::as_str) != Some("network");
            is_error.then(|| entry.get("message").and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        entries.as_array().into_iter().flatten().filter_map(error).collect()
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }
}

/// A command that only chromedriver has.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
