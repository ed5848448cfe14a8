//! The request log, for assertions in tests. Credentials are redacted.

use crate::{fault::EndpointName, request::ParsedRequest};

/// Maximum number of logged requests; the oldest are dropped first.
const CAPACITY: usize = 10_000;

/// Parameters that are logged in plain text. An allowlist, so that unknown parameters are redacted.
const LOGGED_PARAMETERS: [&str; 18] = [
    "client_id",
    "client_assertion_type",
    "code_challenge_method",
    "display",
    "grant_type",
    "login_hint",
    "logout_hint",
    "max_age",
    "organization",
    "person",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "token_type_hint",
    "ui_locales",
];

/// A request that the emulator received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The requested endpoint.
    pub endpoint: EndpointName,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Query parameters. Values of possible credentials are `[hidden]`.
    pub query: Vec<(String, String)>,
    /// Body parameters. Values of possible credentials are `[hidden]`.
    pub form: Vec<(String, String)>,
    /// The scheme of the `Authorization` header (`Basic`, `Bearer`), without the credentials.
    pub authorization: Option<String>,
    /// The status of the response; `None` if there was no response (dropped or hanging).
    pub status: Option<u16>,
}

impl LoggedRequest {
    pub(crate) fn new(endpoint: EndpointName, request: &ParsedRequest) -> Self {
        let redacted = |parameters: &[(String, String)]| {
            parameters
                .iter()
                .map(|(name, value)| {
                    let is_logged = LOGGED_PARAMETERS.contains(&name.as_str());
                    (name.clone(), if is_logged { value.clone() } else { "[hidden]".to_owned() })
                })
                .collect()
        };
        Self {
            endpoint,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: redacted(&request.query),
            form: redacted(&request.form),
            authorization: request
                .header("authorization")
                .and_then(|value| value.split_once(' '))
                .map(|(scheme, _)| scheme.to_owned()),
            status: None,
        }
    }

    /// Returns the logged value of a parameter; the body takes precedence over the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.form.iter().chain(&self.query).find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The logged requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(std::collections::VecDeque<LoggedRequest>);

impl RequestLog {
    pub(crate) fn add(&mut self, request: LoggedRequest) {
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn count(&self, endpoint: EndpointName) -> usize {
        self.0.iter().filter(|request| request.endpoint == endpoint).count()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
