//! What the tests speak with: a browser that keeps cookies, and an application that redeems codes.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Request, Response, header};
use serde_json::Value;
use zitadel_emulator::{Emulator, SigningAlgorithm};

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The redirect URI every emulator without a socket knows.
pub(crate) const CALLBACK: &str = "http://localhost:3000/auth/callback";

/// An answer that was read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).unwrap_or_else(|| panic!("no redirect: {self:?}")).to_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, error code and description.
    pub(crate) fn error(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (self.status, text("error"), text("error_description"))
    }
}

impl From<Response<Vec<u8>>> for Answer {
    fn from(response: Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8(body).unwrap() }
    }
}

/// An emulator whose keys are made in no time.
pub(crate) fn emulator() -> Emulator {
    Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).build()
}

pub(crate) fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

pub(crate) fn get(emulator: &Emulator, target: &str) -> Answer {
    emulator.handle(Request::get(target).body(Vec::new()).unwrap()).into()
}

pub(crate) fn post(emulator: &Emulator, path: &str, parameters: &[(&str, &str)]) -> Answer {
    post_as(emulator, path, parameters, None)
}

pub(crate) fn post_as(
    emulator: &Emulator,
    path: &str,
    parameters: &[(&str, &str)],
    authorization: Option<&str>,
) -> Answer {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    emulator.handle(request.body(encoded(parameters).into_bytes()).unwrap()).into()
}

/// The parameters of an ordinary authorization request; the given ones replace them, `""` leaves one out.
pub(crate) fn authorize_query(emulator: &Emulator, changes: &[(&str, &str)]) -> String {
    let client = emulator.client();
    let mut parameters = BTreeMap::from([
        ("client_id", client.id().to_owned()),
        ("redirect_uri", CALLBACK.to_owned()),
        ("response_type", "code".to_owned()),
        ("scope", "openid profile email offline_access".to_owned()),
        ("state", "a-state".to_owned()),
        ("nonce", "a-nonce".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ]);
    for (name, value) in changes {
        parameters.insert(name, (*value).to_owned());
    }
    let pairs: Vec<_> = parameters.iter().filter(|(_, value)| !value.is_empty()).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (**name, value.as_str())).collect();
    format!("/oauth/v2/authorize?{}", encoded(&pairs))
}

/// A parameter of a callback URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once(['?', '#'])?;
    form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A code for somebody.
pub(crate) fn code_for(emulator: &Emulator, person: &str, changes: &[(&str, &str)]) -> String {
    let callback = emulator.authorize_as(&authorize_query(emulator, changes), person);
    parameter(&callback, "code").unwrap_or_else(|| panic!("no code in {callback}"))
}

/// The parameters that redeem a code; the given ones replace them, `""` leaves one out.
pub(crate) fn redeem(emulator: &Emulator, code: &str, changes: &[(&str, &str)]) -> Answer {
    let client = emulator.client();
    let secret = client.secret().unwrap_or_default();
    let mut parameters = BTreeMap::from([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("client_id", client.id()),
        ("client_secret", &secret),
        ("code_verifier", VERIFIER),
    ]);
    parameters.extend(changes.iter().copied());
    let pairs: Vec<_> = parameters.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    post(emulator, "/oauth/v2/token", &pairs)
}

/// The answer of the token endpoint after a sign-in.
pub(crate) fn sign_in(emulator: &Emulator, person: &str, changes: &[(&str, &str)]) -> Value {
    let answer = redeem(emulator, &code_for(emulator, person, changes), &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

pub(crate) fn refresh(emulator: &Emulator, token: &str) -> Answer {
    let client = emulator.client();
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client.id())];
    post(emulator, "/oauth/v2/token", &parameters)
}

pub(crate) fn user_info(emulator: &Emulator, token: &str) -> Answer {
    let request = Request::get("/oidc/v1/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    emulator.handle(request.body(Vec::new()).unwrap()).into()
}

/// The claims of a token, unverified.
pub(crate) fn claims(token: &Value) -> Value {
    part(token, 1)
}

/// The header or the claims of a token, unverified.
pub(crate) fn part(token: &Value, index: usize) -> Value {
    let token = token.as_str().unwrap_or_else(|| panic!("no token: {token}"));
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// The members of an object, in order.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A browser: keeps cookies, follows nothing on its own.
pub(crate) struct Browser {
    emulator: Emulator,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self { emulator: emulator.clone(), cookies: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.send(Request::get(target), Vec::new())
    }

    pub(crate) fn post(&mut self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, encoded(parameters).into_bytes())
    }

    /// Opens an authorization URL and what it leads to: a page, or the way back to the application.
    pub(crate) fn open(&mut self, authorize_url: &str) -> Answer {
        let answer = self.get(authorize_url);
        self.get(answer.location())
    }

    /// Opens an authorization URL, clicks on a person and returns the callback URL.
    pub(crate) fn sign_in(&mut self, authorize_url: &str, person: &str) -> String {
        let page = self.get(authorize_url).location().to_owned();
        let request = parameter(&page, "authRequest").unwrap();
        self.post("/ui/v2/login/login", &[("authRequest", &request), ("person", person)]).location().to_owned()
    }

    fn send(&mut self, request: http::request::Builder, body: Vec<u8>) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let answer = Answer::from(self.emulator.handle(request));
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}
