//! `/oidc/v1/userinfo` (OpenID Connect Core §5.3).

use super::{EndpointResult, RequestContext};
use crate::{
    access_token,
    claims::{self, Claims, RoleSelection},
    fault::Fault,
    response::{EndpointResponse, OAuthError},
};

/// Returns claims about the user of an access token.
pub(crate) fn handle(context: &RequestContext<'_>) -> EndpointResult {
    let RequestContext { issuer, request, state, fault } = context;
    let Some(token) = request.bearer().or_else(|| request.parameter("access_token")) else {
        return Err(OAuthError::invalid_request("access token missing").with_status(401));
    };
    let refuse = |text: &'static str| OAuthError::new("access_denied", text).with_status(401);
    let active = access_token::find_active(state, token).ok_or_else(|| refuse("access token invalid"))?;
    let session = active.session;
    let (registry, scopes) = (&state.registry, &session.scopes);
    let person = registry
        .person(&session.person_id)
        .filter(|person| !person.deactivated)
        .ok_or_else(|| refuse("no active user"))?;

    let mut claims = Claims::default();
    match fault {
        Some(Fault::MissingSub) => {}
        Some(Fault::WrongSubject) => claims.set("sub", "310000000000009997"),
        _ => claims.set("sub", person.id.as_str()),
    }
    claims::add_user_claims(&mut claims, registry, person, scopes, issuer);
    claims::add_organization_claims(&mut claims, registry, person, scopes);
    if let Some(client) = registry.client(&session.client_id) {
        claims::add_role_claims(&mut claims, registry, person, client, scopes, RoleSelection::Requested);
    }
    claims.add_custom(&person.user_info_claims);
    Ok(EndpointResponse::json(200, &claims.into_object()))
}
