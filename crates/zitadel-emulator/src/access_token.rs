//! Lookup of access tokens.

use serde_json::Value;

use crate::{
    provider::State,
    registry::{Client, NEVER, Registry, User},
    scope::Scopes,
};

/// An access token that has neither expired nor been revoked: opaque, JWT, or a personal access token.
pub(crate) struct ActiveToken<'a> {
    /// The `jti` claim.
    pub(crate) id: String,
    pub(crate) user: User<'a>,
    /// `None` for a personal access token, which has no client.
    pub(crate) client_id: Option<&'a str>,
    pub(crate) scopes: Scopes,
    /// Empty for a personal access token, which is for every application.
    pub(crate) audience: Vec<String>,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
    pub(crate) auth_time: Option<u64>,
    pub(crate) amr: Vec<String>,
    /// The `act` claim (RFC 8693 §4.1).
    pub(crate) actor: Option<Value>,
}

impl ActiveToken<'_> {
    /// Makes an application the audience of a personal access token, with the roles of its project.
    pub(crate) fn make_personal_for(&mut self, registry: &Registry, client: &Client) {
        self.audience = vec![client.id.clone(), client.project_id.clone()];
        self.scopes = Scopes::for_personal_access_token(registry, Some(&client.project_id));
    }
}

/// Returns the active token with this value. JWTs are looked up as well: the `jti` must still be the session's current
/// token.
pub(crate) fn find_active<'a>(state: &'a State, value: &str) -> Option<ActiveToken<'a>> {
    let now = state.clock.unix_time();
    let Some((session_id, token_id)) = find_ids(state, value) else { return personal(state, value, now) };
    let session = state.grants.active_session(&session_id, &token_id, now)?;
    let token = session.access.as_ref()?;
    Some(ActiveToken {
        id: format!("{}-{}", session.id, token.id),
        user: state.registry.user(&session.user_id)?,
        client_id: Some(&session.client_id),
        scopes: session.scopes.clone(),
        audience: session.audience.clone(),
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        auth_time: session.auth_time,
        amr: session.amr.clone(),
        actor: session.actor.clone(),
    })
}

fn personal<'a>(state: &'a State, value: &str, now: u64) -> Option<ActiveToken<'a>> {
    let accounts = state.registry.service_accounts.iter();
    let mut tokens =
        accounts.flat_map(|account| account.personal_access_tokens.iter().map(move |token| (account, token)));
    let (account, token) = tokens.find(|(_, token)| token.reveal() == value)?;
    let expires_at = token.expires_at.unwrap_or(NEVER);
    (now < expires_at).then(|| ActiveToken {
        id: token.id.clone(),
        user: account.into(),
        client_id: None,
        scopes: Scopes::for_personal_access_token(&state.registry, None),
        audience: Vec::new(),
        issued_at: token.created_at,
        expires_at,
        auth_time: None,
        amr: Vec::new(),
        actor: None,
    })
}

/// Returns the OIDC session id and the token id of an access token, active or not.
pub(crate) fn find_ids(state: &State, value: &str) -> Option<(String, String)> {
    if !value.contains('.') {
        return state.grants.opaque_token_ids(value);
    }
    let claims = state.keys.verify(value)?;
    let (session, token) = claims.get("jti").and_then(Value::as_str)?.split_once('-')?;
    Some((session.to_owned(), token.to_owned()))
}
