//! `/oauth/v2/authorize` (OpenID Connect Core §3.1.2). Errors are JSON responses and never redirects.

use serde_json::Value;

use super::{EndpointResult, RequestContext};
use crate::{
    grant::{AuthRequest, ChallengeMethod, ResponseMode, Stage},
    login_version::LoginVersion,
    redirect_uri,
    request::ParsedRequest,
    response::{EndpointResponse, OAuthError},
    scope::Scopes,
};

const CONTACT: &str = "If you have any questions, you may contact the administrator of the application.";

/// Validates the request and redirects the browser to the login page.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResult {
    let RequestContext { request, state, .. } = context;
    if request.malformed || request.parameter("max_age").is_some_and(|age| age.parse::<u64>().is_err()) {
        return Err(OAuthError::invalid_request("error decoding form"));
    }
    if request.parameter("request").is_some() {
        // Every request object fails, although the metadata announce them.
        let text = "parsing of request failed: malformed jwt payload: illegal base64 data at input byte 0";
        return Err(OAuthError::new("server_error", text).with_status(500));
    }
    let Some(client_id) = request.parameter("client_id") else {
        return Err(OAuthError::invalid_request("auth request is missing client_id"));
    };
    let Some(client) = state.registry.active_oidc_client(client_id) else {
        return Err(OAuthError::invalid_request("Errors.App.NotFound"));
    };
    let Some(redirect_uri) = request.parameter("redirect_uri") else {
        return Err(OAuthError::new("server_error", "auth request is missing redirect_uri").with_status(500));
    };
    let prompt = prompt(request)?;
    let Some(scope) = request.parameter("scope") else {
        return Err(missing_scope());
    };
    let response_type = request.parameter("response_type");
    redirect_uri::validate(client, redirect_uri, response_type)?;
    match response_type {
        Some("code") => {}
        None => {
            return Err(OAuthError::invalid_request(format!(
                "The response type is missing in your request. {CONTACT}"
            )));
        }
        Some(_) => {
            return Err(OAuthError::new(
                "unauthorized_client",
                format!("The requested response type is missing in the client configuration. {CONTACT}"),
            ));
        }
    }

    let parameter = |name: &str| request.parameter(name).unwrap_or_default().to_owned();
    let scopes = Scopes::from_request(scope, &state.registry, &client.project_id);
    // An invalid hint is ignored. An expired hint is accepted.
    let hint = request.parameter("id_token_hint").and_then(|hint| state.keys.verify(hint));
    let hinted = hint.as_ref().and_then(|claims| claims.get("sub")).and_then(Value::as_str).unwrap_or_default();
    let version = LoginVersion::from_request(request, state.login_version);
    let auth_request = AuthRequest {
        id: version.request_id(&state.ids.next(state.clock.unix_time())),
        version,
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: parameter("state"),
        nonce: parameter("nonce"),
        response_mode: match (request.parameter("response_mode"), version) {
            (Some("fragment"), _) => ResponseMode::Fragment,
            (Some("form_post"), LoginVersion::V1) => ResponseMode::FormPost,
            // The version-2 login does not implement `form_post`; the parameters go into the query.
            _ => ResponseMode::Query,
        },
        max_age: request.parameter("max_age").and_then(|age| age.parse().ok()),
        prompt,
        login_hint: parameter("login_hint"),
        hinted_person_id: hinted.to_owned(),
        challenge: request.parameter("code_challenge").map(|challenge| {
            let method = match request.parameter("code_challenge_method") {
                Some("S256") => ChallengeMethod::S256,
                _ => ChallengeMethod::Plain,
            };
            (method, challenge.to_owned())
        }),
        stage: Stage::Added,
    };
    let location = format!("{}?{}={}", version.login_path(), version.request_parameter(), auth_request.id);
    state.grants.requests.insert(auth_request.id.clone(), auth_request);
    Ok(EndpointResponse::redirect(302, &location))
}

/// Returns the supported values of `prompt`; `none` must be the only value.
fn prompt(request: &ParsedRequest) -> Result<Vec<String>, OAuthError> {
    let is_supported = |value: &&str| matches!(*value, "none" | "login" | "consent" | "select_account" | "create");
    let requested = request.parameter("prompt").unwrap_or_default();
    if requested.split_whitespace().count() > 1 && requested.split_whitespace().any(|value| value == "none") {
        return Err(OAuthError::invalid_request("The prompt parameter `none` must only be used as a single value"));
    }
    Ok(requested.split_whitespace().filter(is_supported).map(str::to_owned).collect())
}

pub(super) fn missing_scope() -> OAuthError {
    OAuthError::invalid_request(format!(
        "The scope of your request is missing. Please ensure some scopes are requested. {CONTACT}"
    ))
}
