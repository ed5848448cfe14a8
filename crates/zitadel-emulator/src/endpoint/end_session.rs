//! `/oidc/v1/end_session` (OpenID Connect RP-Initiated Logout).

use serde_json::Value;

use super::{Exchange, Outcome, logout};
use crate::{
    answer::{Answer, OAuthError},
    redirect_uri,
};

/// Ends the session that the hint names, and sends the browser back.
pub(crate) fn answer(exchange: Exchange<'_>) -> Outcome {
    let Exchange { issuer, request, state, .. } = exchange;
    let hint = match request.parameter("id_token_hint") {
        None => None,
        // Expiry does not matter here, a foreign signature or issuer does.
        Some(token) => match state.keys.open(token).filter(|claims| claims.get("iss") == Some(&Value::from(issuer))) {
            Some(claims) => Some(claims),
            None => return Err(OAuthError::invalid_request("id_token_hint invalid")),
        },
    };
    let text = |claim: &str| hint.as_ref().and_then(|claims| claims.get(claim)).and_then(Value::as_str);

    let named = request.parameter("client_id");
    if let (Some(azp), Some(named)) = (text("azp"), named)
        && azp != named
    {
        return Err(OAuthError::invalid_request("client_id does not match azp of id_token_hint"));
    }
    let asked = request.parameter("post_logout_redirect_uri");
    let target = match text("azp").or(named) {
        // Without hint and client id the address is ignored silently.
        None => logout::DONE,
        Some(id) => {
            let Some(client) = state.registry.active_client(id) else {
                return Err(OAuthError::invalid_request("Errors.App.NotFound"));
            };
            match asked {
                None => logout::DONE,
                Some(uri) => {
                    let list = &client.post_logout_redirect_uris;
                    if !redirect_uri::is_registered(list, uri, client.development_mode) {
                        return Err(OAuthError::invalid_request("post_logout_redirect_uri invalid"));
                    }
                    uri
                }
            }
        }
    };
    let target = match request.parameter("state") {
        Some(value) => redirect_uri::with_query(target, &[("state", value)]),
        None => target.to_owned(),
    };

    if hint.is_none() {
        let mut parameters = vec![("post_logout_redirect", target.as_str())];
        for name in ["logout_hint", "ui_locales"] {
            parameters.extend(request.parameter(name).map(|value| (name, value)));
        }
        return Ok(Answer::redirect(302, &redirect_uri::with_query(logout::PATH, &parameters)));
    }
    if let Some(session) = text("sid") {
        state.grants.terminate(session);
    }
    Ok(Answer::redirect(302, &target))
}
