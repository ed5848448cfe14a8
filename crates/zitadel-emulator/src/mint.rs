//! Issuing tokens.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    claims::{self, Claims, RoleAudience},
    entropy,
    fault::Fault,
    grant::{AccessToken, OidcSession, RefreshToken},
    json,
    key_ring::{self, header, signing_input},
    provider::State,
    registry::{AccessTokenType, Client, GrantType, Person},
    signing::SigningKey,
};

/// Issues the next access token of an OIDC session, a refresh token if it may have one, and an ID token if `openid`
/// was asked for. The answer of the token endpoint, members in ZITADEL's order.
pub(crate) fn tokens(
    state: &mut State,
    issuer: &str,
    session_id: &str,
    fault: Option<&Fault>,
) -> Option<Map<String, Value>> {
    let now = state.clock.unix();
    let session = state.grants.oidc.get(session_id)?.clone();
    let client = state.registry.client(&session.client_id)?.clone();
    let person = state.registry.person(&session.person_id)?.clone();

    let access = AccessToken {
        id: format!("at_{}", state.ids.next(now)),
        issued: state.grants.event(),
        issued_at: now,
        expires_at: now.saturating_add(state.lifetimes.access_token.as_secs()),
    };
    let value = match client.access_token_type {
        AccessTokenType::Opaque => {
            let value = entropy::base64url::<{ entropy::TOKEN_BYTES }>();
            state.grants.remember_opaque(value.clone(), session_id, &access.id);
            value
        }
        AccessTokenType::Jwt => jwt_access_token(state, issuer, &session, &client, &person, &access),
    };
    let refresh = (session.scopes.has("offline_access") && client.grant_types.contains(&GrantType::RefreshToken))
        .then(|| refresh_token(state, &session, now));

    let mut answer = Map::new();
    answer.insert("access_token".to_owned(), value.as_str().into());
    answer.insert("token_type".to_owned(), "Bearer".into());
    if let Some(refresh) = refresh {
        answer.insert("refresh_token".to_owned(), refresh.into());
    }
    // Whole seconds left: a moment has passed since the token was made, so it is always one short.
    let seconds = (access.expires_at - now).saturating_sub(1);
    if seconds > 0 {
        answer.insert("expires_in".to_owned(), seconds.into());
    }
    if session.scopes.has("openid") {
        let token = id_token(state, issuer, &session, &client, &person, &value, fault);
        answer.insert("id_token".to_owned(), token.into());
    }
    if let Some(session) = state.grants.oidc.get_mut(session_id) {
        session.access = Some(access);
    }
    if let Some(fault) = fault {
        fault.spoil_answer(&mut answer);
    }
    Some(answer)
}

fn refresh_token(state: &mut State, session: &OidcSession, now: u64) -> String {
    let value = entropy::base64url::<{ entropy::TOKEN_BYTES }>();
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
    claims::about_organisation(&mut claims, &state.registry, person, &session.scopes);
    if client.access_token_role_assertion {
        claims::roles(&mut claims, &state.registry, person, client, &session.scopes, RoleAudience::Asked);
    }
    key_ring::signed(state.keys.active(), &claims.into_object())
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
    let now = state.clock.unix();
    let key = state.keys.active();
    let mut claims = Claims::default();
    claims.set("iss", issuer);
    claims.set("sub", person.id.as_str());
    claims.set("aud", session.audience.clone());
    claims.set("exp", now.saturating_add(state.lifetimes.id_token.as_secs()).saturating_add(client.clock_skew));
    claims.set("iat", now.saturating_sub(client.clock_skew));
    claims.set("auth_time", session.auth_time.saturating_sub(client.clock_skew));
    claims.set_unless_empty("nonce", &session.nonce);
    claims.set("amr", vec!["pwd"]);
    claims.set("azp", client.id.as_str());
    claims.set("client_id", client.id.as_str());
    claims.set("at_hash", key.algorithm.left_half_hash(access_token));
    claims.set("sid", session.session_id.as_str());
    if client.id_token_userinfo_assertion {
        claims::about_person(&mut claims, &state.registry, person, &session.scopes, issuer);
    }
    claims::about_organisation(&mut claims, &state.registry, person, &session.scopes);
    if client.id_token_role_assertion {
        claims::roles(&mut claims, &state.registry, person, client, &session.scopes, RoleAudience::Asked);
    }
    let mut claims = claims.into_object();
    if let Some(fault) = fault {
        fault.spoil_claims(&mut claims, now);
    }
    match fault {
        Some(fault) => spoiled_signature(key, &claims, fault),
        None => key_ring::signed(key, &claims),
    }
}

/// Signs the way a scripted fault asks for; every other fault signs as usual.
fn spoiled_signature(key: &SigningKey, claims: &Map<String, Value>, fault: &Fault) -> String {
    let compact = |input: String, signature: &[u8]| format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
    match fault {
        Fault::ForeignKey => {
            let foreign = SigningKey::new(key.id.clone(), key.algorithm);
            key_ring::signed(&foreign, claims)
        }
        Fault::UnknownKid => {
            let input = signing_input(&header(key.algorithm.name(), Some("310000000000009999")), claims);
            let signature = key.sign(input.as_bytes());
            compact(input, &signature)
        }
        Fault::AlgNone => compact(signing_input(&header("none", None), claims), &[]),
        Fault::AlgHs256 => {
            // The classic confusion: the published key, taken as the secret of an HMAC.
            let input = signing_input(&header("HS256", Some(&key.id)), claims);
            let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, json::text(&key.jwk()).as_bytes());
            let tag = aws_lc_rs::hmac::sign(&secret, input.as_bytes());
            compact(input, tag.as_ref())
        }
        Fault::TamperedSignature => {
            let input = signing_input(&header(key.algorithm.name(), Some(&key.id)), claims);
            let mut signature = key.sign(input.as_bytes());
            if let Some(byte) = signature.first_mut() {
                *byte ^= 1;
            }
            compact(input, &signature)
        }
        _ => key_ring::signed(key, claims),
    }
}
