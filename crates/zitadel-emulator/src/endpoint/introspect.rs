//! `/oauth/v2/introspect` (RFC 7662), for resource servers.

use serde_json::json;

use super::{EndpointResult, RequestContext};
use crate::{
    access_token::{self, ActiveToken},
    assertion::Assertion,
    claims::{self, Claims, RoleSelection},
    client_auth,
    registry::{Client, Registry},
    response::{EndpointResponse, OAuthError},
};

/// Seconds by which the times of an assertion may be off.
const TOLERANCE: u64 = 1;

/// Returns the claims of a token if the caller is in its audience.
pub(crate) fn handle(context: &RequestContext<'_>) -> EndpointResult {
    let RequestContext { issuer, request, state, .. } = context;
    let registry = &state.registry;
    let inactive = || Ok(EndpointResponse::json(200, &json!({ "active": false })));
    let Some(caller) = authenticate_caller(context)? else { return inactive() };
    let Some(token) = request.parameter("token") else {
        return Err(OAuthError::invalid_request("token missing"));
    };
    let active = access_token::find_active(state, token).filter(|token| !token.user.deactivated);
    let Some(mut token) = active else { return inactive() };
    if token.client_id.is_none() {
        // A personal access token is for every application that asks.
        token.make_personal_for(registry, caller);
    }
    if !token.audience.iter().any(|id| *id == caller.id || *id == caller.project_id) {
        return inactive();
    }
    Ok(EndpointResponse::json(200, &describe(&token, registry, caller, issuer).into_object()))
}

/// The claims of a token, with the roles of its user in the project of the caller.
fn describe(token: &ActiveToken<'_>, registry: &Registry, caller: &Client, issuer: &str) -> Claims {
    let (user, scopes) = (token.user, &token.scopes);
    let mut claims = Claims::default();
    claims.set("active", true);
    claims.set("scope", scopes.to_scope_string());
    claims.set_non_empty("client_id", token.client_id.unwrap_or_default());
    claims.set("token_type", "Bearer");
    claims.set("exp", token.expires_at);
    claims.set("iat", token.issued_at);
    claims.set_some("auth_time", token.auth_time);
    claims.set("nbf", token.issued_at);
    claims.set("sub", user.id);
    claims.set("aud", token.audience.clone());
    claims.set_amr(&token.amr);
    claims.set("iss", issuer);
    claims.set("jti", token.id.as_str());
    if scopes.contains("profile") {
        claims.set("username", registry.login_name(user));
    }
    claims.set_some("act", token.actor.clone());
    claims::add_user_claims(&mut claims, registry, user, scopes, issuer);
    claims::add_organization_claims(&mut claims, registry, user, scopes);
    claims::add_role_claims(&mut claims, registry, user, &caller.project_id, scopes, RoleSelection::OwnProject);
    claims.add_custom(user.user_info_claims);
    claims
}

/// Authenticates the resource server: an API application or another one, by its secret or a key. The error codes differ from
/// those of the token endpoint; an assertion that is no JWT is not an error but makes every token inactive (`None`).
fn authenticate_caller<'a>(context: &'a RequestContext<'_>) -> Result<Option<&'a Client>, OAuthError> {
    let RequestContext { issuer, state, .. } = context;
    let refused = || OAuthError::new("unauthorized_client", "");
    let known = |id: &str| state.registry.active_client(id).ok_or_else(refused);
    let sent = client_auth::parse_credentials(context.request)?;
    let (client, is_authenticated) = match (&sent.assertion, &sent.secret) {
        (Some(text), _) => {
            let Some(assertion) = Assertion::parse(text) else { return Ok(None) };
            let client = known(assertion.issuer())?;
            (client, assertion.is_valid(&client.keys, issuer, state.clock.unix_time(), TOLERANCE))
        }
        (None, Some(secret)) => {
            let client = known(&sent.client_id)?;
            (client, client.secret().is_some_and(|known| client_auth::constant_time_eq(known, secret)))
        }
        (None, None) => return Err(OAuthError::new("invalid_client", "client must be authenticated")),
    };
    if is_authenticated { Ok(Some(client)) } else { Err(refused()) }
}
