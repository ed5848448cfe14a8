//! `/oauth/v2/introspect` (RFC 7662), for resource servers.

use serde_json::json;

use super::{Exchange, Outcome};
use crate::{
    access,
    answer::{Answer, OAuthError},
    claims::{self, Claims, RoleAudience},
    client_auth,
    registry::Client,
};

/// What a token stands for, if the caller is meant to know.
pub(crate) fn answer(exchange: &Exchange<'_>) -> Outcome {
    let Exchange { issuer, request, state, .. } = exchange;
    let registry = &state.registry;
    let caller = caller(exchange)?;
    let Some(token) = request.parameter("token") else {
        return Err(OAuthError::invalid_request("token missing"));
    };
    let inactive = || Ok(Answer::json(200, &json!({ "active": false })));
    let Some(active) = access::active(state, token) else { return inactive() };
    let (session, token) = (active.session, active.token);
    if !session.audience.iter().any(|id| *id == caller.id || *id == caller.project_id) {
        return inactive();
    }
    let Some(person) = registry.person(&session.person_id) else { return inactive() };

    let mut claims = Claims::default();
    claims.set("active", true);
    claims.set("scope", session.scopes.joined());
    claims.set("client_id", session.client_id.as_str());
    claims.set("token_type", "Bearer");
    claims.set("exp", token.expires_at);
    claims.set("iat", token.issued_at);
    claims.set("auth_time", session.auth_time);
    claims.set("nbf", token.issued_at);
    claims.set("sub", person.id.as_str());
    claims.set("aud", session.audience.clone());
    claims.set("amr", vec!["pwd"]);
    claims.set("iss", *issuer);
    claims.set("jti", format!("{}-{}", session.id, token.id));
    if session.scopes.has("profile") {
        claims.set("username", registry.login_name(person));
    }
    claims::about_person(&mut claims, registry, person, &session.scopes, issuer);
    claims::about_organisation(&mut claims, registry, person, &session.scopes);
    claims::roles(&mut claims, registry, person, caller, &session.scopes, RoleAudience::OwnProject);
    Ok(Answer::json(200, &claims.into_object()))
}

/// Who asks: an application with a secret. The mistakes have other names than at the token endpoint.
fn caller<'a>(exchange: &'a Exchange<'_>) -> Result<&'a Client, OAuthError> {
    let refused = || OAuthError::new("unauthorized_client", "");
    let sent = client_auth::credentials(exchange.request)?;
    let Some(secret) = sent.secret else {
        // Assertions are not supported yet.
        let error = if sent.assertion.is_some() {
            refused()
        } else {
            OAuthError::new("invalid_client", "client must be authenticated")
        };
        return Err(error);
    };
    let client = exchange.state.registry.active_client(&sent.client_id).ok_or_else(refused)?;
    match client.secret() {
        Some(known) if client_auth::is_equal(known, &secret) => Ok(client),
        _ => Err(refused()),
    }
}
