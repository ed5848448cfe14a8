//! Token issuance.

mod jwt;

use serde_json::{Map, Value};

use crate::{
    entropy,
    fault::Fault,
    grant::{AccessToken, OidcSession, RefreshToken},
    login_version::LoginVersion,
    provider::State,
    registry::{AccessTokenType, Client, GrantType, ServiceAccount},
};

/// New tokens of an OIDC session.
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) expires_in: u64,
    pub(crate) id_token: Option<String>,
}

impl Tokens {
    /// The token response, with members in ZITADEL's order.
    pub(crate) fn to_response(&self, fault: Option<&Fault>) -> Map<String, Value> {
        let mut response = Map::new();
        response.insert("access_token".to_owned(), self.access_token.as_str().into());
        response.insert("token_type".to_owned(), "Bearer".into());
        self.add_rest(&mut response);
        if let Some(fault) = fault {
            fault.apply_to_token_response(&mut response);
        }
        response
    }

    fn add_rest(&self, response: &mut Map<String, Value>) {
        if let Some(refresh) = &self.refresh_token {
            response.insert("refresh_token".to_owned(), refresh.as_str().into());
        }
        if self.expires_in > 0 {
            response.insert("expires_in".to_owned(), self.expires_in.into());
        }
        if let Some(id_token) = &self.id_token {
            response.insert("id_token".to_owned(), id_token.as_str().into());
        }
    }
}

/// Settings of the client that tokens are issued to: an application, or a service account that is its own client.
#[derive(Clone, Debug)]
struct ClientSettings {
    id: String,
    /// Empty for a service account.
    project_id: String,
    access_token_type: AccessTokenType,
    clock_skew: u64,
    /// Seconds until ID tokens expire.
    id_token_lifetime: u64,
    id_token_role_assertion: bool,
    id_token_userinfo_assertion: bool,
    access_token_role_assertion: bool,
    may_refresh: bool,
}

impl ClientSettings {
    fn of(state: &State, session: &OidcSession) -> Option<Self> {
        let lifetime = state.lifetimes.id_token.as_secs();
        let client = state.registry.client(&session.client_id).map(|client| Self::of_application(client, lifetime));
        client.or_else(|| state.registry.service_account(&session.user_id).map(Self::of_service_account))
    }

    fn of_application(client: &Client, id_token_lifetime: u64) -> Self {
        Self {
            id: client.id.clone(),
            project_id: client.project_id.clone(),
            access_token_type: client.access_token_type,
            clock_skew: client.clock_skew,
            id_token_lifetime,
            id_token_role_assertion: client.id_token_role_assertion,
            id_token_userinfo_assertion: client.id_token_userinfo_assertion,
            access_token_role_assertion: client.access_token_role_assertion,
            may_refresh: client.grant_types.contains(&GrantType::RefreshToken),
        }
    }

    fn of_service_account(account: &ServiceAccount) -> Self {
        Self {
            id: account.username.clone(),
            project_id: String::new(),
            access_token_type: account.access_token_type,
            clock_skew: 0,
            // ZITADEL issues ID tokens that are already expired.
            id_token_lifetime: 0,
            id_token_role_assertion: true,
            id_token_userinfo_assertion: false,
            access_token_role_assertion: true,
            may_refresh: false,
        }
    }
}

/// Issues the tokens of an OIDC session: an access token, a refresh token if permitted, and an ID token if `openid` was
/// requested. `format` is that of the access token if it is not the client's.
pub(crate) fn issue(
    state: &mut State,
    issuer: &str,
    session_id: &str,
    format: Option<AccessTokenType>,
    fault: Option<&Fault>,
) -> Option<Tokens> {
    let now = state.clock.unix_time();
    let session = state.grants.oidc_sessions.get(session_id)?.clone();
    let client = ClientSettings::of(state, &session)?;

    let access = AccessToken {
        id: format!("at_{}", state.ids.next(now)),
        issue_event: state.grants.next_event(),
        issued_at: now,
        expires_at: now.saturating_add(state.lifetimes.access_token.as_secs()),
    };
    let access_token = match format.unwrap_or(client.access_token_type) {
        AccessTokenType::Opaque => {
            let value = entropy::random_base64url::<{ entropy::TOKEN_BYTES }>();
            state.grants.add_opaque_token(value.clone(), session_id, &access.id);
            value
        }
        AccessTokenType::Jwt => jwt::Issuance::new(state, issuer, &session, &client)?.access_token(&access),
    };
    // The version-1 login does not ask whether the application may refresh.
    let may_refresh = client.may_refresh || LoginVersion::from_session(&session.session_id) == LoginVersion::V1;
    let refresh_token =
        (session.scopes.contains("offline_access") && may_refresh).then(|| refresh_token(state, &session, now));
    let id_token = match session.scopes.contains("openid") {
        true => Some(jwt::Issuance::new(state, issuer, &session, &client)?.id_token(Some(&access_token), fault)),
        false => None,
    };
    // ZITADEL computes the remaining whole seconds after issuance, so the value is always one less than the lifetime.
    let expires_in = (access.expires_at - now).saturating_sub(1);
    if let Some(session) = state.grants.oidc_sessions.get_mut(session_id) {
        session.access = Some(access);
    }
    Some(Tokens { access_token, refresh_token, expires_in, id_token })
}

/// Issues the ID token of an OIDC session in the place of an access token (RFC 8693 §2.2.1).
pub(crate) fn id_token_alone(state: &State, issuer: &str, session_id: &str) -> Option<Tokens> {
    let session = state.grants.oidc_sessions.get(session_id)?;
    let client = ClientSettings::of(state, session)?;
    let access_token = jwt::Issuance::new(state, issuer, session, &client)?.id_token(None, None);
    let expires_in = client.id_token_lifetime.saturating_sub(1);
    Some(Tokens { access_token, refresh_token: None, expires_in, id_token: None })
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
