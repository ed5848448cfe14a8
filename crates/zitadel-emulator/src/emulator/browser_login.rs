//! Logins without a browser, for tests.

use http::{Request, header};

use super::Emulator;
use crate::{login_version::LoginVersion, token_builder::TokenBuilder};

/// The login application and the authorization request of a login page.
fn login_request(page: &str) -> Option<(LoginVersion, &str)> {
    [LoginVersion::V1, LoginVersion::V2].into_iter().find_map(|version| {
        let query = page.strip_prefix(version.login_path())?.strip_prefix('?')?;
        let id = query.strip_prefix(version.request_parameter())?.strip_prefix('=')?;
        Some((version, id))
    })
}

impl Emulator {
    /// Logs a user in as a new browser would: opens the authorization URL, selects the user, and returns the callback
    /// URL. The requests appear in the request log.
    ///
    /// # Panics
    ///
    /// If the provider does not redirect to the client, because it rejected the request or the user does not exist. The
    /// message contains the response.
    #[expect(clippy::panic, reason = "test helper; the message contains the provider's response")]
    #[must_use]
    pub fn authorize_as(&self, authorize_url: &str, person: &str) -> String {
        match self.try_authorize_as(authorize_url, person) {
            Ok(callback) => callback,
            Err(response) => panic!("the login of `{person}` did not redirect to the client: {response}"),
        }
    }

    /// Like [`Emulator::authorize_as`], for requests that the provider rejects.
    ///
    /// # Errors
    ///
    /// The status and body of the response that was not a redirect to the client.
    pub fn try_authorize_as(&self, authorize_url: &str, person: &str) -> Result<String, String> {
        let page = self.location(Request::get(authorize_url).body(Vec::new()))?;
        let Some((version, id)) = login_request(&page) else {
            return Ok(page);
        };
        let login_page = self.handle(Request::get(&page).body(Vec::new()).map_err(|error| error.to_string())?);
        if let Some(location) = login_page.headers().get(header::LOCATION) {
            // `prompt=none`: redirected without a login page.
            return location.to_str().map(str::to_owned).map_err(|error| error.to_string());
        }
        self.send_login_form(version, id, &[("person", person)])
    }

    /// Ends a login without a user, as a login application may: opens the authorization URL and returns the callback URL
    /// with `error`, `error_description` and `error_uri`; an empty URI is left out.
    ///
    /// # Errors
    ///
    /// The status and body of the response that was not a redirect to the client.
    pub fn deny_authorization(
        &self,
        authorize_url: &str,
        error: &str,
        description: &str,
        error_uri: &str,
    ) -> Result<String, String> {
        let page = self.location(Request::get(authorize_url).body(Vec::new()))?;
        let (version, id) = login_request(&page).ok_or("no login page")?;
        let fields = [("cancel", "1"), ("error", error), ("error_description", description), ("error_uri", error_uri)];
        self.send_login_form(version, id, &fields)
    }

    fn send_login_form(&self, version: LoginVersion, id: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair(version.request_parameter(), id)
            .extend_pairs(fields)
            .finish();
        let form = Request::post(version.login_path())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        self.location(form)
    }

    /// Returns an access token for a user, issued to the default application with the scopes `openid profile email`, in
    /// the format that the application is configured for.
    ///
    /// # Panics
    ///
    /// If the user does not exist or the default application cannot complete a login.
    #[must_use]
    pub fn access_token_for(&self, person: &str) -> String {
        self.access_token_with(person, "openid profile email")
    }

    /// The same with other scopes, separated by spaces; for example `openid urn:zitadel:iam:org:projects:roles`.
    ///
    /// # Panics
    ///
    /// As [`access_token_for`](Self::access_token_for).
    #[expect(clippy::panic, reason = "test helper; the message contains the provider's response")]
    #[must_use]
    pub fn access_token_with(&self, person: &str, scopes: &str) -> String {
        self.try_access_token_with(person, scopes)
            .unwrap_or_else(|response| panic!("no access token for `{person}`: {response}"))
    }

    /// A JWT with the claims of this one, to be changed: an access token or an ID token that ZITADEL would not issue.
    ///
    /// # Panics
    ///
    /// If it is no JWT.
    #[expect(clippy::panic, reason = "test helper")]
    pub fn token_like(&self, token: &str) -> TokenBuilder {
        TokenBuilder::like(self, token).unwrap_or_else(|| panic!("not a JWT"))
    }

    fn try_access_token_with(&self, person: &str, scopes: &str) -> Result<String, String> {
        let client = self.client().snapshot();
        let redirect_uri = client.redirect_uris.first().map(String::as_str).unwrap_or_default();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", scopes)
            .finish();
        let callback = self.try_authorize_as(&format!("/oauth/v2/authorize?{query}"), person)?;
        let (_, query) = callback.split_once('?').unwrap_or_default();
        let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
        let code = code.map(|(_, code)| code.into_owned()).ok_or("the callback has no code")?;
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
        let response = self.handle(request);
        let tokens: serde_json::Value = serde_json::from_slice(response.body()).map_err(|error| error.to_string())?;
        match tokens.get("access_token").and_then(serde_json::Value::as_str) {
            Some(token) => Ok(token.to_owned()),
            None => Err(String::from_utf8_lossy(response.body()).into_owned()),
        }
    }

    fn location(&self, request: Result<Request<Vec<u8>>, http::Error>) -> Result<String, String> {
        let response = self.handle(request.map_err(|error| error.to_string())?);
        match response.headers().get(header::LOCATION) {
            Some(location) => location.to_str().map(str::to_owned).map_err(|error| error.to_string()),
            None => Err(format!("{} {}", response.status(), String::from_utf8_lossy(response.body()))),
        }
    }
}
