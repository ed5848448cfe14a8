//! Chromium and chromedriver: started for one test, stopped with it, every wait bounded.
//!
//! Found on the path, or where the variables `CHROMIUM` and `CHROMEDRIVER` say.

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

/// A whole scenario, with starting and stopping.
const SCENARIO: Duration = Duration::from_secs(60);
/// Until something that was asked for is on the screen.
const PATIENCE: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(40);

/// Runs a scenario with a chromedriver of its own, and stops that whatever becomes of the scenario.
pub(crate) async fn drive(scenario: impl AsyncFnOnce(&mut Chromedriver)) {
    let mut chromedriver = Chromedriver::start().await;
    let outcome = AssertUnwindSafe(timeout(SCENARIO, scenario(&mut chromedriver))).catch_unwind().await;
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
    /// On a free port, which it tells by itself; in a process group of its own, so that nothing of it stays behind.
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
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = async {
            while let Some(line) = said.next_line().await.unwrap() {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    return port.trim_end_matches('.').parse().unwrap();
                }
            }
            panic!("chromedriver ended without saying its port");
        };
        let port = timeout(Duration::from_secs(15), port).await.expect("chromedriver does not say its port");
        // Somebody has to read on, or it blocks when the pipe is full.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        Self { process, port, windows: Vec::new(), profiles: Vec::new() }
    }

    /// A fresh chromium with a fresh profile.
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
                // A page that is still scrolling cannot be clicked on.
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
        // Politely first: it ends what it started.
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

/// A chromium, and what a person does with it.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) client: Client,
}

impl Window {
    pub(crate) async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Waits until `words` can be read.
    #[track_caller]
    pub(crate) fn sees(&self, words: &str) -> impl Future<Output = String> {
        let (window, words) = (self.clone(), words.to_owned());
        let asked_at = std::panic::Location::caller();
        async move {
            let started = Instant::now();
            loop {
                let text = window.text().await;
                if text.contains(&words) {
                    return text;
                }
                let address = window.client.current_url().await.map(|url| url.to_string()).unwrap_or_default();
                assert!(started.elapsed() < PATIENCE, "{asked_at}: waited for {words:?} at {address}, saw: {text}");
                sleep(PAUSE).await;
            }
        }
    }

    /// What can be read; nothing while one page gives way to the next.
    pub(crate) async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the address is this path (and query).
    #[track_caller]
    pub(crate) fn is_at(&self, path: &str) -> impl Future<Output = ()> {
        let (window, path) = (self.clone(), path.to_owned());
        let asked_at = std::panic::Location::caller();
        async move {
            let started = Instant::now();
            loop {
                let url = window.client.current_url().await.unwrap();
                let here = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
                if here == path || (!path.contains('?') && url.path() == path) {
                    return;
                }
                assert!(started.elapsed() < PATIENCE, "{asked_at}: waited for {path}, is at {here}");
                sleep(PAUSE).await;
            }
        }
    }

    /// Presses the first visible button or link that says `words`, preferably nothing else.
    #[track_caller]
    pub(crate) fn press(&self, words: &str) -> impl Future<Output = ()> {
        let (window, words) = (self.clone(), words.to_owned());
        let asked_at = std::panic::Location::caller();
        async move {
            let exactly = format!("//*[self::button or self::a][normalize-space(.) = \"{words}\"]");
            let among_others = format!("//*[self::button or self::a][contains(normalize-space(.), \"{words}\")]");
            let started = Instant::now();
            let mut obstacle = None;
            loop {
                let found = match window.first_visible(Locator::XPath(&exactly)).await {
                    None => window.first_visible(Locator::XPath(&among_others)).await,
                    found => found,
                };
                if let Some(element) = found {
                    match element.click().await {
                        Ok(()) => return,
                        Err(problem) => obstacle = Some(problem),
                    }
                }
                let in_time = started.elapsed() < PATIENCE;
                assert!(in_time, "{asked_at}: cannot press {words:?} ({obstacle:?}): {}", window.text().await);
                sleep(PAUSE).await;
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

    /// The names of the cookies the current page's server would get.
    pub(crate) async fn cookies(&self) -> Vec<fantoccini::cookies::Cookie<'static>> {
        self.client.get_all_cookies().await.unwrap()
    }

    pub(crate) async fn has_session(&self) -> bool {
        self.cookies().await.iter().any(|cookie| cookie.name().starts_with("zitadel.session"))
    }

    /// From the page on the screen to the one that the button there leads to, as `person`.
    pub(crate) async fn sign_in_as(&self, person: &str) {
        self.press("Sign in with ZITADEL").await;
        self.sees("Who is signing in?").await;
        self.press(person).await;
    }

    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Result<Value, CmdError> {
        let body = json!({ "cmd": command, "params": params });
        self.client.issue_cmd(Extension { path: "goog/cdp/execute", body }).await
    }

    /// What the pages complained about in the console since it was last asked: scripts that fail, policies that are
    /// broken. Statuses such as 404 are no complaint.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = Extension { path: "se/log", body: json!({ "type": "browser" }) };
        let entries = self.client.issue_cmd(log).await.unwrap();
        let complaint = |entry: &Value| {
            let is_one = entry.get("source").and_then(Value::as_str) != Some("network");
            is_one.then(|| entry.get("message").and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        entries.as_array().into_iter().flatten().filter_map(complaint).collect()
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }
}

/// A command of chromedriver's own.
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
