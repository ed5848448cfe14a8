//! The log of requests, for assertions. It holds no secret: values that are credentials are replaced.

use crate::{fault::EndpointName, incoming::Incoming};

/// How many requests are kept; the oldest go first.
const CAPACITY: usize = 10_000;

/// Parameters whose values are shown. A list of what is harmless: a new parameter is hidden until someone decides.
const HARMLESS: [&str; 18] = [
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

/// One request the emulator received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Which endpoint it was for.
    pub endpoint: EndpointName,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Query parameters; the value of anything that may be a credential is `[hidden]`.
    pub query: Vec<(String, String)>,
    /// Body parameters; the value of anything that may be a credential is `[hidden]`.
    pub form: Vec<(String, String)>,
    /// The scheme of the `Authorization` header (`Basic`, `Bearer`), never its value.
    pub authorization: Option<String>,
    /// The status of the answer; `None` if there was none (dropped or hanging).
    pub status: Option<u16>,
}

impl LoggedRequest {
    pub(crate) fn of(endpoint: EndpointName, request: &Incoming) -> Self {
        let shown = |parameters: &[(String, String)]| {
            parameters
                .iter()
                .map(|(name, value)| {
                    let harmless = HARMLESS.contains(&name.as_str());
                    (name.clone(), if harmless { value.clone() } else { "[hidden]".to_owned() })
                })
                .collect()
        };
        Self {
            endpoint,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: shown(&request.query),
            form: shown(&request.form),
            authorization: request
                .header("authorization")
                .and_then(|value| value.split_once(' '))
                .map(|(scheme, _)| scheme.to_owned()),
            status: None,
        }
    }

    /// The (shown) value of a parameter, body before query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.form.iter().chain(&self.query).find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Requests in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Journal(std::collections::VecDeque<LoggedRequest>);

impl Journal {
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
