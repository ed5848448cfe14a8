//! Grants of service accounts: `client_credentials` (RFC 6749 §4.4) and JWT bearer (RFC 7523 §2.1).

use crate::{
    assertion::Assertion,
    client_auth::{self, constant_time_eq},
    endpoint::{RequestContext, authorize::missing_scope, token::code::resolve_project_id},
    grant::OidcSession,
    provider::State,
    registry::{ClientSecret, ServiceAccount},
    response::OAuthError,
    scope::Scopes,
};

/// Seconds by which the times of an assertion may be off.
const TOLERANCE: u64 = 1;

/// Checks user name and secret of a service account; only they are accepted here, not those of an application.
pub(super) fn client_credentials(context: &mut RequestContext<'_>) -> Result<String, OAuthError> {
    let (request, registry) = (context.request, &context.state.registry);
    let sent = client_auth::parse_credentials(request)?;
    let Some(account) = registry.find_service_account(&sent.client_id).filter(|account| account.id != sent.client_id)
    else {
        // Secrets are looked for at users of either kind.
        let person = registry.find_person(&sent.client_id);
        return Err(match person.filter(|person| registry.login_name(*person).eq_ignore_ascii_case(&sent.client_id)) {
            Some(_) => OAuthError::invalid_request("Errors.User.Machine.Secret.NotExisting"),
            None => OAuthError::new("invalid_client", "client not found"),
        });
    };
    let Some(secret) = account.secret.as_ref().map(ClientSecret::reveal) else {
        return Err(OAuthError::invalid_request("Errors.User.Machine.Secret.NotExisting"));
    };
    if !constant_time_eq(&sent.secret.unwrap_or_default(), secret) {
        return Err(OAuthError::invalid_request("Errors.User.Machine.Secret.Invalid"));
    }
    let scope = request.parameter("scope").ok_or_else(missing_scope)?;
    let account = account.clone();
    start_session(context.state, &account, scope, vec!["pwd".to_owned()])
}

/// Checks an assertion of a service account. Every failure is answered with status 500, as by ZITADEL. A scope is not
/// required.
pub(super) fn jwt_bearer(context: &mut RequestContext<'_>) -> Result<String, OAuthError> {
    let RequestContext { issuer, request, state, .. } = context;
    let Some(text) = request.parameter("assertion") else {
        return Err(OAuthError::invalid_request("assertion missing"));
    };
    let now = state.clock.unix_time();
    let verify = || {
        let assertion = Assertion::parse(text)?;
        let account = state.registry.service_account(assertion.issuer())?;
        assertion.is_valid(&account.keys, issuer, now, TOLERANCE).then(|| account.clone())
    };
    let account = verify().ok_or_else(|| OAuthError::new("server_error", "Errors.Internal").with_status(500))?;
    start_session(state, &account, request.parameter("scope").unwrap_or_default(), Vec::new())
}

/// Without scope for a project the account itself is the audience, so that no application may introspect the token.
fn start_session(
    state: &mut State,
    account: &ServiceAccount,
    scope: &str,
    amr: Vec<String>,
) -> Result<String, OAuthError> {
    if account.deactivated {
        return Err(OAuthError::invalid_request("Errors.User.NotActive"));
    }
    let now = state.clock.unix_time();
    let scopes = Scopes::for_service_account(scope, &state.registry, &account.organization_id);
    let mut audience: Vec<String> = Vec::new();
    for project in scopes.audience_projects().map(resolve_project_id) {
        if !audience.iter().any(|known| known == project) {
            audience.push(project.to_owned());
        }
    }
    if audience.is_empty() {
        audience.push(account.username.clone());
    }
    let session = OidcSession {
        id: format!("V2_{}", state.ids.next(now)),
        client_id: account.username.clone(),
        user_id: account.id.clone(),
        session_id: String::new(),
        backchannel_logout_uri: None,
        scopes,
        nonce: String::new(),
        auth_time: Some(now),
        amr,
        audience,
        actor: None,
        access: None,
        refresh: None,
    };
    let id = session.id.clone();
    state.grants.oidc_sessions.insert(id.clone(), session);
    Ok(id)
}
