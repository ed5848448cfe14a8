//! `/oidc/v1/end_session` (OpenID Connect RP-Initiated Logout).

use serde_json::Value;

use super::{EndpointResult, RequestContext, login, logout};
use crate::{
    login_version::LoginVersion,
    redirect_uri,
    response::{EndpointResponse, OAuthError},
};

/// Terminates the session of the ID token hint and redirects the browser.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResult {
    let RequestContext { issuer, request, state, .. } = context;
    let hint = match request.parameter("id_token_hint") {
        None => None,
        // An expired hint is accepted; a wrong signature or issuer is not.
        Some(token) => {
            match state.keys.verify(token).filter(|claims| claims.get("iss") == Some(&Value::from(issuer))) {
                Some(claims) => Some(claims),
                None => return Err(OAuthError::invalid_request("id_token_hint invalid")),
            }
        }
    };
    let claim = |name: &str| hint.as_ref().and_then(|claims| claims.get(name)).and_then(Value::as_str);

    let client_id = request.parameter("client_id");
    if let (Some(azp), Some(client_id)) = (claim("azp"), client_id)
        && azp != client_id
    {
        return Err(OAuthError::invalid_request("client_id does not match azp of id_token_hint"));
    }
    // With a hint the version that created its session, without one that of the instance.
    let version = match claim("sid") {
        Some(session) => LoginVersion::from_session(session),
        None => LoginVersion::from_request(request, state.login_version),
    };
    let requested_uri = request.parameter("post_logout_redirect_uri");
    let target = match claim("azp").or(client_id) {
        // Without a hint and a client id, `post_logout_redirect_uri` is ignored.
        None => version.done_path(),
        Some(id) => {
            let Some(client) = state.registry.active_client(id) else {
                return Err(OAuthError::invalid_request("Errors.App.NotFound"));
            };
            match requested_uri {
                None => version.done_path(),
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

    let browser = request.cookie(login::COOKIE);
    let ended = match (claim("sid"), version) {
        (Some(session), LoginVersion::V1) => state.grants.sessions_beside(session),
        (Some(session), LoginVersion::V2) => vec![session.to_owned()],
        (None, LoginVersion::V1) => state.grants.sessions_of(browser, LoginVersion::V1),
        (None, LoginVersion::V2) => Vec::new(),
    };
    for session in ended {
        state.end_session(issuer, &session);
    }
    if hint.is_none() && version == LoginVersion::V2 {
        let mut parameters = vec![("post_logout_redirect", target.as_str())];
        for name in ["logout_hint", "ui_locales"] {
            parameters.extend(request.parameter(name).map(|value| (name, value)));
        }
        return Ok(EndpointResponse::redirect(302, &redirect_uri::with_query(logout::PATH, &parameters)));
    }
    Ok(EndpointResponse::redirect(302, &target))
}
