//! One emulator, to which recorded requests are sent.

use std::collections::HashMap;

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Request, header};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::Value;
use zitadel_emulator::{AssertionKey, Emulator};

use crate::{
    backchannel::{self, Arrivals},
    compare,
    instance::Instance,
    recording::{Answer, Recordings},
    report::Report,
};

const REDIRECT_URI: &str = "http://localhost:3000/auth/callback";
/// Not one of the recorded ones.
pub(crate) const ANY_VERIFIER: &str = "another-verifier-another-verifier-another-v";
/// As long as the recorded ones.
const NONCE: &str = "nonce-nonce-nonce-nonc";
/// Members of an answer that later requests send.
const TOKENS: [&str; 4] = ["access_token", "refresh_token", "id_token", "device_code"];

/// A login that was not recorded but that a recorded request depends on.
#[derive(Clone, Copy)]
pub(crate) struct Login<'a> {
    pub(crate) person: &'a str,
    pub(crate) client: &'a str,
    pub(crate) scope: &'a str,
}

pub(crate) struct Replay<'a> {
    recordings: &'a Recordings,
    report: &'a mut Report,
    pub(crate) emulator: Emulator,
    /// A code or token of the recording → that of the emulator.
    own: HashMap<String, String>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(recordings: &'a Recordings, report: &'a mut Report) -> Self {
        let emulator = Instance(&recordings.instance).emulator();
        Self { recordings, report, emulator, own: HashMap::new() }
    }

    pub(crate) fn instance(&self) -> Instance<'a> {
        Instance(&self.recordings.instance)
    }

    /// Sends a recorded request and compares the answers. Tokens of the answer are put into later requests.
    pub(crate) fn send(&mut self, name: &str) -> Answer {
        let recorded = self.recordings.response(name);
        let answer = self.answer(name);
        if let (Some(recorded), Some(own)) = (recorded.json(), answer.json()) {
            for token in TOKENS {
                if let (Some(recorded), Some(own)) = (recorded[token].as_str(), own[token].as_str()) {
                    self.own.insert(recorded.to_owned(), own.to_owned());
                }
            }
        }
        self.report.add(name, compare::answers(&recorded, &answer));
        answer
    }

    pub(crate) fn send_all(&mut self, names: &[&str]) {
        for name in names {
            self.send(name);
        }
    }

    fn answer(&self, name: &str) -> Answer {
        let recorded = self.recordings.request(name);
        let mut target = recorded.path().to_owned();
        if !recorded.query().is_empty() {
            target = format!("{target}?{}", self.with_own(recorded.query()));
        }
        let mut request = Request::builder().method(recorded.method.as_str()).uri(target);
        if !recorded.headers.iter().any(|(name, _)| name == "Host") {
            request = request.header(header::HOST, "localhost:8088");
        }
        for (name, value) in &recorded.headers {
            request = request.header(name, self.with_own_bearer(value));
        }
        self.emulator.handle(request.body(self.with_own(&recorded.body).into_bytes()).unwrap()).into()
    }

    /// Puts the emulator's codes and tokens into a form; unchanged byte for byte if it has none.
    fn with_own(&self, form: &str) -> String {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        if !pairs.iter().any(|(_, value)| self.own.contains_key(value)) {
            return form.to_owned();
        }
        let own = |value: &String| self.own.get(value).unwrap_or(value).clone();
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.iter().map(|(name, value)| (name, own(value))))
            .finish()
    }

    fn with_own_bearer(&self, value: &str) -> String {
        let Some((scheme, token)) = value.split_once(' ') else { return value.to_owned() };
        self.own.get(token).map_or_else(|| value.to_owned(), |own| format!("{scheme} {own}"))
    }

    /// Puts `own` in where the recorded request has the value of this parameter.
    pub(crate) fn bind(&mut self, name: &str, parameter: &str, own: &Value) {
        let recorded = self.recordings.request(name).parameter(parameter);
        self.own.insert(recorded, own.as_str().unwrap_or_else(|| panic!("{name}: no {parameter}")).to_owned());
    }

    /// Signs a recorded assertion with a key of the emulator, header and claims unchanged, and moves the clock to the time of
    /// the recording.
    pub(crate) fn sign(&mut self, name: &str, parameter: &str, key: &AssertionKey) {
        let recorded = self.recordings.request(name).parameter(parameter);
        let (message, _) = recorded.rsplit_once('.').unwrap();
        let private_key = EncodingKey::from_rsa_pem(key.private_key_pem().as_bytes()).unwrap();
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &private_key, Algorithm::RS256).unwrap();
        let own = format!("{message}.{signature}");
        self.own.insert(recorded, own);
        self.emulator.set_time(self.recordings.response(name).time());
    }

    /// Sends a recorded code exchange, with the code of a login for its code verifier.
    pub(crate) fn exchange(&mut self, name: &str, login: Login<'_>) -> Answer {
        let request = self.recordings.request(name);
        let sends_verifier = request.body.contains("code_verifier=");
        let verifier = if sends_verifier { request.parameter("code_verifier") } else { ANY_VERIFIER.to_owned() };
        self.exchange_with(name, login, &verifier)
    }

    /// Like [`Replay::exchange`], with a login for another code verifier.
    pub(crate) fn exchange_with(&mut self, name: &str, login: Login<'_>, verifier: &str) -> Answer {
        let request = self.recordings.request(name);
        let callback = self.log_in(login, Some(verifier));
        if request.body.contains("&code=") || request.body.starts_with("code=") {
            let code = parameter(&callback, "code").unwrap();
            self.own.insert(request.parameter("code"), code);
        }
        self.send(name)
    }

    /// Logs a person in and redeems the code; for tokens whose exchange was not recorded.
    pub(crate) fn tokens(&self, login: Login<'_>) -> Value {
        self.redeem(login.client, &self.log_in(login, None))
    }

    /// Redeems the code of a redirect, for a login without a code verifier.
    pub(crate) fn redeem(&self, client: &str, callback: &str) -> Value {
        let code = parameter(callback, "code").unwrap();
        let client = self.emulator.client_by_id(self.instance().client(client)).unwrap();
        let secret = client.secret();
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", "authorization_code"), ("redirect_uri", REDIRECT_URI), ("code", &code)])
            .append_pair("client_id", client.id())
            .extend_pairs(secret.as_deref().map(|secret| ("client_secret", secret)))
            .finish();
        let answer = self.post("/oauth/v2/token", form);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json().unwrap()
    }

    /// Logs a person in with a new browser, at the version-2 login; returns where the browser is sent to.
    fn log_in(&self, login: Login<'_>, verifier: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([("response_type", "code"), ("redirect_uri", REDIRECT_URI), ("scope", login.scope)]);
        query.extend_pairs([("client_id", self.instance().client(login.client)), ("state", "s"), ("nonce", NONCE)]);
        if let Some(verifier) = verifier {
            query.extend_pairs([("code_challenge", challenge(verifier).as_str()), ("code_challenge_method", "S256")]);
        }
        let page = Browser::new(&self.emulator).open(&query.finish(), true);
        Browser::new(&self.emulator).select(&page, login.person).header("location").unwrap().to_owned()
    }

    fn post(&self, path: &str, form: String) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.emulator.handle(request.body(form.into_bytes()).unwrap()).into()
    }

    /// Where the recording sends the browser to.
    pub(crate) fn recorded_redirect(&self, name: &str) -> &'a str {
        self.recordings.entry(name)["redirect"].as_str().unwrap()
    }

    /// The code challenge (RFC 7636 §4.2) of the code verifier in a recorded request.
    pub(crate) fn recorded_challenge(&self, name: &str) -> String {
        challenge(&self.recordings.request(name).parameter("code_verifier"))
    }

    /// The emulator's token in the place of one of a recorded answer.
    pub(crate) fn own_token(&self, name: &str, token: &str) -> String {
        self.own[self.recordings.response(name).json().unwrap()[token].as_str().unwrap()].clone()
    }

    /// Ends the session of an ID token.
    pub(crate) fn end_session(&self, tokens: &Value) {
        let hint = tokens["id_token"].as_str().unwrap();
        let request = Request::get(format!("/oidc/v1/end_session?id_token_hint={hint}"));
        assert_eq!(self.emulator.handle(request.body(Vec::new()).unwrap()).status(), 302);
    }

    /// Compares where a browser was sent to with the recorded redirect. A code is put into later requests.
    pub(crate) fn redirect(&mut self, name: &str, own: &str) {
        let recorded = self.recorded_redirect(name);
        if let (Some(recorded), Some(own)) = (parameter(recorded, "code"), parameter(own, "code")) {
            self.own.insert(recorded, own);
        }
        self.report.add(name, compare::locations(recorded, own));
    }

    /// Compares the page of a response whose request was not recorded.
    pub(crate) fn page(&mut self, name: &str, own: &Answer) {
        self.report.add(name, compare::pages(&self.recordings.response(name), own));
    }

    /// Answers what arrives at an application from now on as it was recorded, and compares that. `id_token` is that of the
    /// login.
    pub(crate) fn arrivals(&mut self, name: &str, id_token: &str) {
        let entry = self.recordings.entry(name);
        let answer = entry["receiver_answers"].as_u64().map(|status| u16::try_from(status).unwrap());
        assert!(answer.is_some() || entry["receiver_answers"] == "200 after 7 s", "{name}");
        let received = backchannel::watch(&self.emulator, answer);
        let own = Arrivals { id_token: id_token.to_owned(), received };
        self.report.add(name, backchannel::arrivals(&Arrivals::recorded(entry), &own));
    }

    /// Sends a recorded refresh eight times at once and compares the outcomes.
    pub(crate) fn parallel_refreshes(&mut self, name: &str, refresh_token: &str, client: &str) {
        let recorded: Vec<(u64, String)> = self.recordings.entry(name)["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|outcome| (outcome[0].as_u64().unwrap(), outcome[1].as_str().unwrap().to_owned()))
            .collect();
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", client)])
            .finish();
        let refresh = || {
            let answer = self.post("/oauth/v2/token", form.clone());
            let words = answer.json().unwrap()["error_description"].as_str().unwrap_or("tokens").to_owned();
            (u64::from(answer.status), words)
        };
        let mut own: Vec<(u64, String)> = std::thread::scope(|scope| {
            let threads: Vec<_> = recorded.iter().map(|_| scope.spawn(refresh)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        own.sort();
        let differences = if own == recorded { Vec::new() } else { vec![format!("{own:?}")] };
        self.report.add(name, differences);
    }
}

/// A browser at the emulator.
pub(crate) struct Browser {
    emulator: Emulator,
    cookies: HashMap<String, String>,
}

impl Browser {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self { emulator: emulator.clone(), cookies: HashMap::new() }
    }

    /// Sends an authorization request; returns the login page that it redirects to.
    pub(crate) fn open(&mut self, query: &str, version_2: bool) -> String {
        let mut request = Request::get(format!("/oauth/v2/authorize?{query}"));
        if version_2 {
            request = request.header("x-zitadel-login-client", "1");
        }
        let answer = self.send(request, String::new());
        answer.header("location").unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.send(Request::get(target), String::new())
    }

    /// Selects a person on a login page.
    pub(crate) fn select(&mut self, page: &str, person: &str) -> Answer {
        let (path, query) = page.split_once('?').unwrap();
        let (name, id) = query.split_once('=').unwrap();
        let form =
            form_urlencoded::Serializer::new(String::new()).extend_pairs([(name, id), ("person", person)]).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form)
    }

    fn send(&mut self, request: http::request::Builder, body: String) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body.into_bytes()).unwrap();
        let answer = Answer::from(self.emulator.handle(request));
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
