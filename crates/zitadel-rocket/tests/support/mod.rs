//! A `Zitadel` that nobody signs in to, and a visitor who asks a Rocket.
#![allow(dead_code, reason = "every test file uses its part")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use rocket::{
    Build, Rocket,
    config::{Config, LogLevel, Shutdown},
    http::{Header, Status},
    local::blocking::Client,
};
use zitadel_rocket::{Protected, Zitadel};

/// What a browser sends whose session cookie nobody can open: the engine clears it, on every answer it may speak on.
pub(crate) const GARBAGE: (&str, &str) = ("cookie", "zitadel.session=garbage");

pub(crate) fn zitadel() -> Zitadel {
    let vars = [
        ("ZITADEL_DOMAIN", "https://issuer.example.com"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"),
    ];
    Zitadel::from_vars(vars).unwrap()
}

pub(crate) fn protected() -> Protected {
    Protected::new(zitadel())
}

/// A Rocket on a port of its own, quiet, that stops at once.
pub(crate) fn rocket() -> Rocket<Build> {
    rocket::custom(Config {
        port: 0,
        log_level: LogLevel::Off,
        cli_colors: false,
        shutdown: Shutdown { ctrlc: false, signals: [].into(), grace: 0, mercy: 0, ..Shutdown::default() },
        ..Config::debug_default()
    })
}

/// A visitor of a Rocket with nothing but this `Protected`.
pub(crate) fn client(protected: Protected) -> Client {
    visitor(rocket().attach(protected))
}

pub(crate) fn visitor(rocket: Rocket<Build>) -> Client {
    Client::untracked(rocket).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.lines(name).next().unwrap_or_default()
    }

    pub(crate) fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The script's way of being told to sign in.
    #[track_caller]
    pub(crate) fn is_challenge(&self) {
        assert_eq!(self.status.code, 401, "{}", self.body);
        assert!(self.header("www-authenticate").starts_with("Bearer"));
        assert!(self.header("content-type").starts_with("application/json"));
        assert!(self.body.contains("\"error\""), "{}", self.body);
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status.code, self.body.as_str()), (status, body));
    }

    /// Whether the answer takes the useless session cookie away.
    #[track_caller]
    pub(crate) fn clears_the_session(&self) {
        let cleared = self.lines("set-cookie").any(|line| line.starts_with("zitadel.session=;"));
        assert!(cleared, "{} {:?}", self.status, self.headers);
    }
}

/// `"GET /path"`, as a script sends it.
pub(crate) fn ask(client: &Client, line: &str) -> Answer {
    ask_with(client, line, &[], "")
}

/// `"GET /path"`, as a browser sends it when a person follows a link.
pub(crate) fn visit(client: &Client, line: &str) -> Answer {
    ask_with(client, line, &[("accept", "text/html"), ("sec-fetch-mode", "navigate")], "")
}

pub(crate) fn ask_with(
    client: &Client,
    line: &str,
    headers: &[(&'static str, &'static str)],
    body: impl AsRef<[u8]>,
) -> Answer {
    let (method, target) = line.split_once(' ').unwrap();
    let mut request = client.req(method.parse().unwrap(), target.to_owned()).body(body);
    for (name, value) in headers {
        request.add_header(Header::new(*name, *value));
    }
    let response = request.dispatch();
    let headers = response.headers().iter().map(|header| (header.name.to_string(), header.value.into_owned()));
    let mut headers: Vec<_> = headers.collect();
    // Shield has an order of its own in every Rocket; that of one name stays.
    headers.sort_by_key(|(name, _)| name.to_lowercase());
    Answer { status: response.status(), headers, body: response.into_string().unwrap_or_default() }
}
