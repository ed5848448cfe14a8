//! `/oauth/v2/authorize` (OpenID Connect Core §3.1.2): every mistake is a JSON answer, none is redirected.

use serde_json::Value;

use super::{Exchange, Outcome, login};
use crate::{
    answer::{Answer, OAuthError},
    grant::{AuthRequest, ChallengeMethod, Stage},
    incoming::Incoming,
    redirect_uri,
    scope::Scopes,
};

const CONTACT: &str = "If you have any questions, you may contact the administrator of the application.";

/// Checks the request and sends the browser to the page on which someone is chosen.
pub(crate) fn answer(exchange: Exchange<'_>) -> Outcome {
    let Exchange { request, state, .. } = exchange;
    if request.undecodable || request.parameter("max_age").is_some_and(|age| age.parse::<u64>().is_err()) {
        return Err(OAuthError::invalid_request("error decoding form"));
    }
    let Some(client_id) = request.parameter("client_id") else {
        return Err(OAuthError::invalid_request("auth request is missing client_id"));
    };
    let Some(client) = state.registry.active_client(client_id) else {
        return Err(OAuthError::invalid_request("Errors.App.NotFound"));
    };
    let Some(redirect_uri) = request.parameter("redirect_uri") else {
        return Err(OAuthError::new("server_error", "auth request is missing redirect_uri").with_status(500));
    };
    let prompt = prompt(request)?;
    let Some(scope) = request.parameter("scope") else {
        return Err(missing_scope());
    };
    redirect_uri::check(client, redirect_uri)?;
    match request.parameter("response_type") {
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

    let text = |name: &str| request.parameter(name).unwrap_or_default().to_owned();
    let scopes = Scopes::granted(scope, &state.registry, &client.project_id);
    // An invalid hint is ignored, never an error; an expired one is as good as a fresh one.
    let hint = request.parameter("id_token_hint").and_then(|hint| state.keys.open(hint));
    let hinted = hint.as_ref().and_then(|claims| claims.get("sub")).and_then(Value::as_str).unwrap_or_default();
    let auth_request = AuthRequest {
        id: format!("V2_{}", state.ids.next(state.clock.unix())),
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: text("state"),
        nonce: text("nonce"),
        // `form_post` is not implemented by ZITADEL's version 2 login either: the answer goes into the query.
        in_fragment: request.parameter("response_mode") == Some("fragment"),
        prompt,
        login_hint: text("login_hint"),
        hinted_person: hinted.to_owned(),
        challenge: request.parameter("code_challenge").map(|challenge| {
            let method = match request.parameter("code_challenge_method") {
                Some("S256") => ChallengeMethod::S256,
                _ => ChallengeMethod::Plain,
            };
            (method, challenge.to_owned())
        }),
        stage: Stage::Added,
    };
    let location = format!("{}?authRequest={}", login::PATH, auth_request.id);
    state.grants.requests.insert(auth_request.id.clone(), auth_request);
    Ok(Answer::redirect(302, &location))
}

/// The known values of `prompt`; `none` stands alone.
fn prompt(request: &Incoming) -> Result<Vec<String>, OAuthError> {
    let known = |value: &&str| matches!(*value, "none" | "login" | "consent" | "select_account" | "create");
    let asked = request.parameter("prompt").unwrap_or_default();
    if asked.split_whitespace().count() > 1 && asked.split_whitespace().any(|value| value == "none") {
        return Err(OAuthError::invalid_request("The prompt parameter `none` must only be used as a single value"));
    }
    Ok(asked.split_whitespace().filter(known).map(str::to_owned).collect())
}

fn missing_scope() -> OAuthError {
    OAuthError::invalid_request(format!(
        "The scope of your request is missing. Please ensure some scopes are requested. {CONTACT}"
    ))
}
