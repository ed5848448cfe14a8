//! `/oidc/v1/userinfo` (OpenID Connect Core §5.3).

use super::{Exchange, Outcome};
use crate::{
    access,
    answer::{Answer, OAuthError},
    claims::{self, Claims, RoleAudience},
    fault::Fault,
};

/// Claims about the person an access token was issued for.
pub(crate) fn answer(exchange: &Exchange<'_>) -> Outcome {
    let Exchange { issuer, request, state, fault } = exchange;
    let Some(token) = request.bearer().or_else(|| request.parameter("access_token")) else {
        return Err(OAuthError::invalid_request("access token missing").with_status(401));
    };
    let refuse = |text: &'static str| OAuthError::new("access_denied", text).with_status(401);
    let active = access::active(state, token).ok_or_else(|| refuse("access token invalid"))?;
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
    claims::about_person(&mut claims, registry, person, scopes, issuer);
    claims::about_organisation(&mut claims, registry, person, scopes);
    if let Some(client) = registry.client(&session.client_id) {
        claims::roles(&mut claims, registry, person, client, scopes, RoleAudience::Asked);
    }
    Ok(Answer::json(200, &claims.into_object()))
}
