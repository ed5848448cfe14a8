//! Token issuance.

use serde_json::{Map, Value};

use crate::{
    claims::{self, Claims, RoleSelection},
    entropy,
    fault::{Fault, signature},
    grant::{AccessToken, OidcSession, RefreshToken},
    key_ring,
    login_version::LoginVersion,
    provider::State,
    registry::{AccessTokenType, Client, GrantType, Person},
};

/// Issues the tokens of an OIDC session: an access token, a refresh token if permitted, and an ID token if `openid` was
/// requested. Returns the token response with members in ZITADEL's order.
pub(crate) fn issue(
    state: &mut State,
    issuer: &str,
    session_id: &str,
    fault: Option<&Fault>,
) -> Option<Map<String, Value>> {
    let now = state.clock.unix_time();
    let session = state.grants.oidc_sessions.get(session_id)?.clone();
    let client = state.registry.client(&session.client_id)?.clone();
    let person = state.registry.person(&session.person_id)?.clone();

    let access = AccessToken {
        id: format!("at_{}", state.ids.next(now)),
        issue_event: state.grants.next_event(),
        issued_at: now,
        expires_at: now.saturating_add(state.lifetimes.access_token.as_secs()),
    };
    let value = match client.access_token_type {
        AccessTokenType::Opaque => {
            let value = entropy::random_base64url::<{ entropy::TOKEN_BYTES }>();
            state.grants.add_opaque_token(value.clone(), session_id, &access.id);
            value
        }
        AccessTokenType::Jwt => jwt_access_token(state, issuer, &session, &client, &person, &access),
    };
    // The version-1 login does not ask whether the application may refresh.
    let may_refresh = LoginVersion::from_session(&session.session_id) == LoginVersion::V1
        || client.grant_types.contains(&GrantType::RefreshToken);
    let refresh =
        (session.scopes.contains("offline_access") && may_refresh).then(|| refresh_token(state, &session, now));

    let mut response = Map::new();
    response.insert("access_token".to_owned(), value.as_str().into());
    response.insert("token_type".to_owned(), "Bearer".into());
    if let Some(refresh) = refresh {
        response.insert("refresh_token".to_owned(), refresh.into());
    }
    // ZITADEL computes the remaining whole seconds after issuance, so the value is always one less than the lifetime.
    let seconds = (access.expires_at - now).saturating_sub(1);
    if seconds > 0 {
        response.insert("expires_in".to_owned(), seconds.into());
    }
    if session.scopes.contains("openid") {
        let token = id_token(state, issuer, &session, &client, &person, &value, fault);
        response.insert("id_token".to_owned(), token.into());
    }
    if let Some(session) = state.grants.oidc_sessions.get_mut(session_id) {
        session.access = Some(access);
    }
    if let Some(fault) = fault {
        fault.apply_to_token_response(&mut response);
    }
    Some(response)
}

fn refresh_token(state: &mut State, session: &OidcSession, now: u64) -> String {
    let value = entropy::random_base64url::<{ entropy::TOKEN_BYTES }>();
    let absolute_expiry = match &session.refresh {
        Some(previous) => previous.absolute_expiry,
        None => now.saturating_add(state.lifetimes.refresh_absolute.as_secs()),
    };
    let idle_expiry = now.saturating_add(state.lifetimes.refresh_idle.as_secs());
    state.grants.set_refresh(&session.id, RefreshToken { value: value.clone(), idle_expiry, absolute_expiry });
    value
}

fn jwt_access_token(
    state: &State,
    issuer: &str,
    session: &OidcSession,
    client: &Client,
    person: &Person,
    access: &AccessToken,
) -> String {
    let mut claims = Claims::default();
    claims.set("iss", issuer);
    claims.set("sub", person.id.as_str());
    claims.set("aud", session.audience.clone());
    claims.set("exp", access.expires_at.saturating_add(client.clock_skew));
    claims.set("iat", access.issued_at.saturating_sub(client.clock_skew));
    claims.set("nbf", access.issued_at.saturating_sub(client.clock_skew));
    claims.set("client_id", client.id.as_str());
    claims.set("jti", format!("{}-{}", session.id, access.id));
    claims::add_organization_claims(&mut claims, &state.registry, person, &session.scopes);
    if client.access_token_role_assertion {
        claims::add_role_claims(
            &mut claims,
            &state.registry,
            person,
            client,
            &session.scopes,
            RoleSelection::Requested,
        );
    }
    claims.add_custom(&person.access_token_claims);
    key_ring::sign_jwt(state.keys.active(), &claims.into_object())
}

fn id_token(
    state: &State,
    issuer: &str,
    session: &OidcSession,
    client: &Client,
    person: &Person,
    access_token: &str,
    fault: Option<&Fault>,
) -> String {
    let now = state.clock.unix_time();
    let key = state.keys.active();
    let mut claims = Claims::default();
    claims.set("iss", issuer);
    claims.set("sub", person.id.as_str());
    claims.set("aud", session.audience.clone());
    claims.set("exp", now.saturating_add(state.lifetimes.id_token.as_secs()).saturating_add(client.clock_skew));
    claims.set("iat", now.saturating_sub(client.clock_skew));
    claims.set("auth_time", session.auth_time.saturating_sub(client.clock_skew));
    claims.set_non_empty("nonce", &session.nonce);
    claims.set_amr(&session.amr);
    claims.set("azp", client.id.as_str());
    claims.set("client_id", client.id.as_str());
    claims.set("at_hash", key.algorithm.left_half_hash(access_token));
    claims.set("sid", session.session_id.as_str());
    if client.id_token_userinfo_assertion {
        claims::add_user_claims(&mut claims, &state.registry, person, &session.scopes, issuer);
    }
    claims::add_organization_claims(&mut claims, &state.registry, person, &session.scopes);
    if client.id_token_role_assertion {
        claims::add_role_claims(
            &mut claims,
            &state.registry,
            person,
            client,
            &session.scopes,
            RoleSelection::Requested,
        );
    }
    claims.add_custom(&person.user_info_claims);
    let mut claims = claims.into_object();
    if let Some(fault) = fault {
        fault.apply_to_claims(&mut claims, now);
    }
    signature::sign(key, &signature::header(key, fault), &claims, fault)
}
