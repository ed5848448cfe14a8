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
    let (registry, scopes, user) = (&state.registry, &active.scopes, active.user);
    if user.deactivated {
        return Err(refuse("no active user"));
    }

    let mut claims = Claims::default();
    match fault {
        Some(Fault::MissingSub) => {}
        Some(Fault::WrongSubject) => claims.set("sub", "310000000000009997"),
        _ => claims.set("sub", user.id),
    }
    claims::add_user_claims(&mut claims, registry, user, scopes, issuer);
    claims::add_organization_claims(&mut claims, registry, user, scopes);
    let client = active.client_id.and_then(|id| registry.client(id));
    let own_project = client.map_or("", |client| &client.project_id);
    claims::add_role_claims(&mut claims, registry, user, own_project, scopes, RoleSelection::Requested);
    claims.add_custom(user.user_info_claims);
    Ok(EndpointResponse::json(200, &claims.into_object()))
}
