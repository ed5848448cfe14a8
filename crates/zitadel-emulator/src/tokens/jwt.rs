//! Claims and signatures of JWTs: access tokens and ID tokens.

use super::ClientSettings;
use crate::{
    claims::{self, Claims, RoleSelection},
    fault::{Fault, signature},
    grant::{AccessToken, OidcSession},
    key_ring,
    provider::State,
    registry::User,
};

/// What the claims of a token depend on.
pub(super) struct Issuance<'a> {
    state: &'a State,
    issuer: &'a str,
    session: &'a OidcSession,
    client: &'a ClientSettings,
    user: User<'a>,
}

impl<'a> Issuance<'a> {
    /// `None` if the user was removed.
    pub(super) fn new(
        state: &'a State,
        issuer: &'a str,
        session: &'a OidcSession,
        client: &'a ClientSettings,
    ) -> Option<Self> {
        let user = state.registry.user(&session.user_id)?;
        Some(Self { state, issuer, session, client, user })
    }

    pub(super) fn access_token(&self, access: &AccessToken) -> String {
        let Self { state, session, client, user, .. } = *self;
        let mut claims = Claims::default();
        claims.set("iss", self.issuer);
        claims.set("sub", user.id);
        claims.set("aud", session.audience.clone());
        claims.set("exp", access.expires_at.saturating_add(client.clock_skew));
        claims.set("iat", access.issued_at.saturating_sub(client.clock_skew));
        claims.set("nbf", access.issued_at.saturating_sub(client.clock_skew));
        claims.set("client_id", client.id.as_str());
        claims.set("jti", format!("{}-{}", session.id, access.id));
        claims.set_some("act", session.actor.clone());
        claims::add_organization_claims(&mut claims, &state.registry, user, &session.scopes);
        if client.access_token_role_assertion {
            self.add_role_claims(&mut claims);
        }
        claims.add_custom(user.access_token_claims);
        key_ring::sign_jwt(state.keys.active(), &claims.into_object())
    }

    /// The ID token beside an access token, if there is one.
    pub(super) fn id_token(&self, access_token: Option<&str>, fault: Option<&Fault>) -> String {
        let Self { state, session, client, user, .. } = *self;
        let now = state.clock.unix_time();
        let key = state.keys.active();
        let mut claims = Claims::default();
        claims.set("iss", self.issuer);
        claims.set("sub", user.id);
        claims.set("aud", self.id_token_audience());
        claims.set("exp", now.saturating_add(client.id_token_lifetime).saturating_add(client.clock_skew));
        claims.set("iat", now.saturating_sub(client.clock_skew));
        claims.set_some("auth_time", session.auth_time.map(|time| time.saturating_sub(client.clock_skew)));
        claims.set_non_empty("nonce", &session.nonce);
        claims.set_amr(&session.amr);
        claims.set("azp", client.id.as_str());
        claims.set("client_id", client.id.as_str());
        claims.set_some("act", session.actor.clone());
        claims.set_some("at_hash", access_token.map(|token| key.algorithm.left_half_hash(token)));
        claims.set_non_empty("sid", &session.session_id);
        if client.id_token_userinfo_assertion {
            claims::add_user_claims(&mut claims, &state.registry, user, &session.scopes, self.issuer);
        }
        claims::add_organization_claims(&mut claims, &state.registry, user, &session.scopes);
        if client.id_token_role_assertion {
            self.add_role_claims(&mut claims);
        }
        claims.add_custom(user.user_info_claims);
        let mut claims = claims.into_object();
        if let Some(fault) = fault {
            fault.apply_to_claims(&mut claims, now);
        }
        signature::sign(key, &signature::header(key, fault), &claims, fault)
    }

    /// The client is always in the audience of an ID token.
    fn id_token_audience(&self) -> Vec<String> {
        let mut audience = self.session.audience.clone();
        if !audience.contains(&self.client.id) {
            audience.push(self.client.id.clone());
        }
        audience
    }

    fn add_role_claims(&self, claims: &mut Claims) {
        let (registry, scopes) = (&self.state.registry, &self.session.scopes);
        claims::add_role_claims(claims, registry, self.user, &self.client.project_id, scopes, RoleSelection::Requested);
    }
}
