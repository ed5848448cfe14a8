//! Benchmarks of the hot paths, each with a reference measured in the same run: absolute figures are valid for one
//! machine, ratios for others as well.
//!
//! `cargo bench -p benches` runs all of them, `cargo bench -p benches --bench session` one.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that cannot start should report where"
)]

pub mod forward_auth;
pub mod page;
mod plain;

use std::time::Duration;

use criterion::Criterion;
use zitadel_core::{
    ConfigBuilder, Endpoint, Reply, RequestHead, SessionMode, Zitadel,
    environment::{BoxFuture, Transport, TransportError},
};
use zitadel_emulator::{AccessTokenType, Emulator, SigningAlgorithm};

pub use self::plain::PlainSession;

/// An application whose provider is an emulator in the same process, and a session of it.
#[derive(Debug)]
pub struct Sample {
    /// Its name in the results.
    pub name: &'static str,
    /// The application.
    pub zitadel: Zitadel,
    /// The `Cookie` header of a user who signed in.
    pub cookie: String,
    /// An access token of that user: a JWT of an ordinary size, without roles.
    pub access_token: String,
}

struct InProcess(Emulator);

impl Transport for InProcess {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async { self.0.respond(request).await.map_err(|_| TransportError::Broken) })
    }
}

/// Sessions of three sizes. *Small*: an ID token without roles, no profile. *Ordinary*: ZITADEL with roles in the
/// ID token, opaque access token, refresh token. *Large*: JWT access token, profile in the ID token, twenty roles.
#[must_use]
pub fn samples() -> [Sample; 3] {
    let small = emulator(SigningAlgorithm::Rs256);
    small.client().set_id_token_role_assertion(false);
    let ordinary = emulator(SigningAlgorithm::Rs256);
    let large = emulator(SigningAlgorithm::Rs256);
    large.client().set_access_token_type(AccessTokenType::Jwt);
    large.client().set_id_token_userinfo_assertion(true);
    large.client().set_access_token_role_assertion(true);
    [
        login("small", &small, "openid offline_access", SessionMode::Cookie),
        login("ordinary", &ordinary, DEFAULT_SCOPES, SessionMode::Cookie),
        login("large", &large, DEFAULT_SCOPES, SessionMode::Cookie),
    ]
}

const DEFAULT_SCOPES: &str = "openid profile email offline_access urn:zitadel:iam:user:metadata \
                              urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles";

/// An emulator that signs with this algorithm.
#[must_use]
pub fn emulator(algorithm: SigningAlgorithm) -> Emulator {
    Emulator::builder().issuer("https://zitadel.example").signing_algorithm(algorithm).build()
}

/// A login with the default scopes.
#[must_use]
pub fn ordinary(emulator: &Emulator) -> Sample {
    login("ordinary", emulator, DEFAULT_SCOPES, SessionMode::Cookie)
}

/// The same with the session in the store.
#[must_use]
pub fn stored(emulator: &Emulator) -> Sample {
    login("stored", emulator, DEFAULT_SCOPES, SessionMode::Stored)
}

fn login(name: &'static str, emulator: &Emulator, scopes: &str, mode: SessionMode) -> Sample {
    let mut vars = emulator.env_for("http://localhost:3000");
    vars.push(("ZITADEL_SCOPES".to_owned(), scopes.to_owned()));
    // Longer than a benchmark runs, so that the store is not asked again; a request within the interval does not ask it
    // either.
    let config =
        ConfigBuilder::from_vars(vars).revocation_lag(Duration::from_secs(300)).session_mode(mode).build().unwrap();
    let zitadel = Zitadel::builder(config).transport(InProcess(emulator.clone())).build().unwrap();
    let cookie = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let mut head = RequestHead::new("POST", "/auth/signin/zitadel");
        head.header("sec-fetch-site", b"same-origin");
        let reply = zitadel.serve(Endpoint::LoginPost, &head, async { Some(b"") }).await;
        let login = cookie_pair(&reply);
        let callback = emulator.authorize_as(reply.header("location").unwrap(), "alice");
        let mut head = RequestHead::new("GET", callback.strip_prefix("http://localhost:3000").unwrap());
        head.header("cookie", login.as_bytes());
        let reply = zitadel.serve(Endpoint::Callback, &head, async { Some(b"") }).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        cookie_pair(&reply)
    });
    let kind = emulator.client().snapshot().access_token_type;
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let access_token = emulator.access_token_for("alice");
    emulator.client().set_access_token_type(kind);
    Sample { name, zitadel, cookie, access_token }
}

/// `name=value` of the cookie that a reply sets.
fn cookie_pair(reply: &Reply) -> String {
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

impl Sample {
    /// The sealed session: the cookie's value after the digit that gives the number of chunks.
    #[must_use]
    pub fn sealed(&self) -> &str {
        self.cookie.split_once("=1").unwrap().1
    }

    /// The headers of a browser, with its cookies.
    #[must_use]
    pub fn headers(&self) -> [(&'static str, String); 8] {
        [
            ("host", "localhost:3000".to_owned()),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)".to_owned()),
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8".to_owned()),
            ("accept-language", "en-GB,en;q=0.5".to_owned()),
            ("accept-encoding", "gzip, deflate, br".to_owned()),
            ("sec-fetch-site", "same-origin".to_owned()),
            ("sec-fetch-mode", "navigate".to_owned()),
            ("cookie", format!("theme=dark; {}; consent=yes", self.cookie)),
        ]
    }

    /// The headers of a program that calls an API.
    #[must_use]
    pub fn api_headers(&self) -> [(&'static str, String); 4] {
        [
            ("host", "localhost:3000".to_owned()),
            ("user-agent", "reqwest/0.13".to_owned()),
            ("accept", "*/*".to_owned()),
            ("authorization", format!("Bearer {}", self.access_token)),
        ]
    }

    /// The same headers as a `RequestHead`.
    #[must_use]
    pub fn head(&self) -> RequestHead {
        let mut head = RequestHead::new("GET", "/profile?tab=roles");
        for (name, value) in self.headers() {
            head.header(name, value.as_bytes());
        }
        head
    }
}

/// Criterion, with limits that keep a benchmark target below a minute on two cores.
#[must_use]
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args()
}

/// Prints `ours ÷ other` from the medians of this run.
pub fn ratio(what: &str, ours: &str, other: &str, bound: &str) {
    if let (Some(a), Some(b)) = (median(ours), median(other)) {
        println!("{what:<44} {:>9.2} µs ÷ {:>9.2} µs = {:>6.2}   {bound}", a / 1000.0, b / 1000.0, a / b);
    }
}

/// Prints `ours - other` from the medians of this run.
pub fn added(what: &str, ours: &str, other: &str) {
    if let (Some(a), Some(b)) = (median(ours), median(other)) {
        println!("{what:<44} {:>9.2} µs - {:>9.2} µs = {:>6.2} µs", a / 1000.0, b / 1000.0, (a - b) / 1000.0);
    }
}

/// The median of a benchmark of this run, in nanoseconds.
fn median(id: &str) -> Option<f64> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), std::path::PathBuf::from);
    let root = if target.is_absolute() {
        target
    } else {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(target)
    };
    let text = std::fs::read(root.join("criterion").join(id).join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_slice(&text).ok()?;
    estimates.pointer("/median/point_estimate")?.as_f64()
}
