//! Test support: a browser with cookies, and a client that redeems codes.

use std::collections::BTreeMap;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use http::{Request, Response, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value;
use zitadel_emulator::{ClientHandle, Emulator, SigningAlgorithm};

/// Code verifier of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Code challenge of RFC 7636 appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The default redirect URI of an emulator without a socket.
pub(crate) const CALLBACK: &str = "http://localhost:3000/auth/callback";

/// A response with its body as text.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl TestResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).unwrap_or_else(|| panic!("no redirect: {self:?}")).to_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns status, error code and error description.
    pub(crate) fn error(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (self.status, text("error"), text("error_description"))
    }
}

impl From<Response<Vec<u8>>> for TestResponse {
    fn from(response: Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8(body).unwrap() }
    }
}

/// Returns an emulator with keys that are fast to generate.
pub(crate) fn emulator() -> Emulator {
    Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).build()
}

pub(crate) fn form_encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

pub(crate) fn get(emulator: &Emulator, target: &str) -> TestResponse {
    emulator.handle(Request::get(target).body(Vec::new()).unwrap()).into()
}

pub(crate) fn post(emulator: &Emulator, path: &str, parameters: &[(&str, &str)]) -> TestResponse {
    post_as(emulator, path, parameters, None)
}

pub(crate) fn post_as(
    emulator: &Emulator,
    path: &str,
    parameters: &[(&str, &str)],
    authorization: Option<&str>,
) -> TestResponse {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    emulator.handle(request.body(form_encode(parameters).into_bytes()).unwrap()).into()
}

/// Returns an authorization URL. `changes` replace the default parameters; an empty value removes one.
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
    format!("/oauth/v2/authorize?{}", form_encode(&pairs))
}

/// Returns a parameter of a callback URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once(['?', '#'])?;
    form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Logs a user in and returns the authorization code.
pub(crate) fn code_for(emulator: &Emulator, person: &str, changes: &[(&str, &str)]) -> String {
    let callback = emulator.authorize_as(&authorize_query(emulator, changes), person);
    parameter(&callback, "code").unwrap_or_else(|| panic!("no code in {callback}"))
}

/// Redeems a code. `changes` replace the default parameters; an empty value removes one.
pub(crate) fn redeem(emulator: &Emulator, code: &str, changes: &[(&str, &str)]) -> TestResponse {
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

/// Logs a user in and returns the token response.
pub(crate) fn login(emulator: &Emulator, person: &str, changes: &[(&str, &str)]) -> Value {
    let response = redeem(emulator, &code_for(emulator, person, changes), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

pub(crate) fn refresh(emulator: &Emulator, token: &str) -> TestResponse {
    let client = emulator.client();
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client.id())];
    post(emulator, "/oauth/v2/token", &parameters)
}

/// Signs a JWT with the key of a key file, as its owner does.
pub(crate) fn sign(key_file: &Value, claims: &Value) -> String {
    sign_with(Algorithm::RS256, key_file, claims)
}

pub(crate) fn sign_with(algorithm: Algorithm, key_file: &Value, claims: &Value) -> String {
    let header = Header { kid: key_file["keyId"].as_str().map(str::to_owned), ..Header::new(algorithm) };
    let key = EncodingKey::from_rsa_pem(key_file["key"].as_str().unwrap().as_bytes()).unwrap();
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// The value of `Authorization` with a client id and a secret.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

/// Introspects a token as an API application.
pub(crate) fn introspect(emulator: &Emulator, api: &ClientHandle, token: &str) -> TestResponse {
    let authorization = basic(api.id(), &api.secret().unwrap());
    post_as(emulator, "/oauth/v2/introspect", &[("token", token)], Some(&authorization))
}

/// The parameters of client authentication by an assertion (RFC 7523 §2.2).
pub(crate) fn client_assertion(assertion: &str) -> [(&'static str, &str); 2] {
    [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ]
}

pub(crate) fn user_info(emulator: &Emulator, token: &str) -> TestResponse {
    let request = Request::get("/oidc/v1/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    emulator.handle(request.body(Vec::new()).unwrap()).into()
}

/// Returns the claims of a token without verifying it.
pub(crate) fn claims(token: &Value) -> Value {
    token_part(token, 1)
}

/// Decodes a part of a token without verifying it: 0 is the header, 1 the claims.
pub(crate) fn token_part(token: &Value, index: usize) -> Value {
    let token = token.as_str().unwrap_or_else(|| panic!("no token: {token}"));
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// Returns the member names of an object, in order.
pub(crate) fn member_names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A browser that keeps cookies but does not follow redirects.
pub(crate) struct Browser {
    emulator: Emulator,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        Self { emulator: emulator.clone(), cookies: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, target: &str) -> TestResponse {
        self.send(Request::get(target), Vec::new())
    }

    pub(crate) fn post(&mut self, path: &str, parameters: &[(&str, &str)]) -> TestResponse {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form_encode(parameters).into_bytes())
    }

    /// Opens an authorization URL and follows one redirect. Returns the login page or the redirect to the client.
    pub(crate) fn open(&mut self, authorize_url: &str) -> TestResponse {
        let response = self.get(authorize_url);
        self.get(response.location())
    }

    /// Opens an authorization URL, selects a user and returns the callback URL.
    pub(crate) fn login(&mut self, authorize_url: &str, person: &str) -> String {
        let page = self.get(authorize_url).location().to_owned();
        self.submit_login(&page, person).location().to_owned()
    }

    /// Selects a user on a login page.
    pub(crate) fn submit_login(&mut self, page: &str, person: &str) -> TestResponse {
        let (path, query) = page.split_once('?').unwrap();
        let (name, id) = query.split_once('=').unwrap();
        self.post(path, &[(name, id), ("person", person)])
    }

    fn send(&mut self, request: http::request::Builder, body: Vec<u8>) -> TestResponse {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = TestResponse::from(self.emulator.handle(request));
        for cookie in response.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}
