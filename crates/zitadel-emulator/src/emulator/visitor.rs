//! Playing the browser: signing somebody in without one.

use http::{Request, header};

use super::Emulator;
use crate::endpoint::login;

impl Emulator {
    /// Plays a fresh browser that opens this authorization URL and clicks on a person: the callback URL it would be
    /// sent to. Requests made on the way are logged as any other.
    ///
    /// # Panics
    ///
    /// If the provider does not send the browser back, with its answer: the request was refused, or there is no such
    /// person. A test wants to end there.
    #[expect(clippy::panic, reason = "a helper for tests; the message says what the provider answered")]
    #[must_use]
    pub fn authorize_as(&self, authorize_url: &str, person: &str) -> String {
        match self.try_authorize_as(authorize_url, person) {
            Ok(callback) => callback,
            Err(answer) => panic!("the sign-in of `{person}` did not come back to the application: {answer}"),
        }
    }

    /// Like [`Emulator::authorize_as`], for tests of what the provider refuses.
    ///
    /// # Errors
    ///
    /// The body of the answer that was not a redirect to the application.
    pub fn try_authorize_as(&self, authorize_url: &str, person: &str) -> Result<String, String> {
        let page = self.location(Request::get(authorize_url).body(Vec::new()))?;
        if !page.starts_with(login::PATH) {
            return Ok(page);
        }
        let opened = self.handle(Request::get(&page).body(Vec::new()).map_err(|error| error.to_string())?);
        if let Some(location) = opened.headers().get(header::LOCATION) {
            // `prompt=none`: the answer came without asking anyone.
            return location.to_str().map(str::to_owned).map_err(|error| error.to_string());
        }
        let (_, id) = page.split_once("authRequest=").unwrap_or_default();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("authRequest", id)
            .append_pair("person", person)
            .finish();
        let form = Request::post(login::PATH)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        self.location(form)
    }

    /// An access token for somebody, issued to the default application for `openid profile email`, in the form the
    /// application is set to.
    ///
    /// # Panics
    ///
    /// If there is no such person, or the default application cannot sign in.
    #[expect(clippy::panic, reason = "a helper for tests; the message says what the provider answered")]
    #[must_use]
    pub fn access_token_for(&self, person: &str) -> String {
        self.try_access_token_for(person).unwrap_or_else(|answer| panic!("no token for `{person}`: {answer}"))
    }

    fn try_access_token_for(&self, person: &str) -> Result<String, String> {
        let client = self.client().snapshot();
        let redirect_uri = client.redirect_uris.first().map(String::as_str).unwrap_or_default();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", "openid profile email")
            .finish();
        let callback = self.try_authorize_as(&format!("/oauth/v2/authorize?{query}"), person)?;
        let (_, query) = callback.split_once('?').unwrap_or_default();
        let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
        let code = code.map(|(_, code)| code.into_owned()).ok_or("no code came back")?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", &code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("client_id", &client.id)
            .extend_pairs(client.secret().map(|secret| ("client_secret", secret)))
            .finish();
        let request = Request::post("/oauth/v2/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .map_err(|error| error.to_string())?;
        let answer = self.handle(request);
        let tokens: serde_json::Value = serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
        match tokens.get("access_token").and_then(serde_json::Value::as_str) {
            Some(token) => Ok(token.to_owned()),
            None => Err(String::from_utf8_lossy(answer.body()).into_owned()),
        }
    }

    fn location(&self, request: Result<Request<Vec<u8>>, http::Error>) -> Result<String, String> {
        let answer = self.handle(request.map_err(|error| error.to_string())?);
        match answer.headers().get(header::LOCATION) {
            Some(location) => location.to_str().map(str::to_owned).map_err(|error| error.to_string()),
            None => Err(format!("{} {}", answer.status(), String::from_utf8_lossy(answer.body()))),
        }
    }
}
