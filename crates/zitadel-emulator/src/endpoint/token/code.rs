//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6).

use aws_lc_rs::digest;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use super::check_client;
use crate::{
    client_auth::constant_time_eq,
    endpoint::RequestContext,
    grant::{ChallengeMethod, OidcSession, SsoSession, Stage},
    login_version::LoginVersion,
    provider::State,
    registry::{AuthMethod, Client},
    response::OAuthError,
    scope::Scopes,
};

/// Redeems a code. Only a successful request uses it up: the client can retry after a wrong verifier or redirect URI.
pub(super) fn redeem(context: &mut RequestContext<'_>, client: &Client) -> Result<String, OAuthError> {
    let request = context.request;
    let state = &mut *context.state;
    let Some(code) = request.parameter("code") else {
        return Err(OAuthError::invalid_request("code missing"));
    };
    let Some(redirect_uri) = request.parameter("redirect_uri") else {
        return Err(OAuthError::invalid_request("redirect_uri missing"));
    };
    let Some(version) = LoginVersion::from_code(code) else {
        return Err(OAuthError::invalid_request("Errors.User.Code.Invalid"));
    };
    let auth_request = state.grants.codes.get(code).and_then(|id| state.grants.requests.get(id)).cloned();
    let Some((auth_request, session_id)) = auth_request.and_then(|auth_request| match &auth_request.stage {
        Stage::CodeAdded { session_id } => {
            let session_id = session_id.clone();
            Some((auth_request, session_id))
        }
        Stage::Added | Stage::Done => None,
    }) else {
        return Err(match version {
            LoginVersion::V1 => OAuthError::invalid_request("Errors.AuthRequest.NotFound").with_status(404),
            LoginVersion::V2 => OAuthError::invalid_request("Errors.AuthRequest.NoCode"),
        });
    };
    check_client(client, &auth_request.client_id)?;
    let session = match state.grants.sso_sessions.get(&session_id) {
        None => return Err(OAuthError::invalid_request("Errors.Session.NotExisting")),
        Some(session) if session.terminated.is_some() => {
            return Err(OAuthError::invalid_request("Errors.Session.Terminated"));
        }
        Some(session) => session.clone(),
    };
    check_user(state, &session.person_id)?;
    check_verifier(auth_request.challenge.as_ref(), request.parameter("code_verifier"), client)?;
    if redirect_uri != auth_request.redirect_uri {
        return Err(OAuthError::new("invalid_grant", "redirect_uri does not correspond"));
    }

    if let Some(known) = state.grants.requests.get_mut(&auth_request.id) {
        known.stage = Stage::Done;
    }
    Ok(start_session(state, client, session, auth_request.scopes, auth_request.nonce))
}

/// Starts the session of a client after a login. It is told about the end of the login at the URI of this moment.
pub(super) fn start_session(
    state: &mut State,
    client: &Client,
    session: SsoSession,
    scopes: Scopes,
    nonce: String,
) -> String {
    let oidc = OidcSession {
        id: format!("V2_{}", state.ids.next(state.clock.unix_time())),
        client_id: client.id.clone(),
        user_id: session.person_id,
        session_id: session.id,
        backchannel_logout_uri: client.backchannel_logout_uri.clone(),
        audience: state.registry.audience(client, scopes.audience_projects().map(resolve_project_id)),
        scopes,
        nonce,
        auth_time: Some(session.auth_time),
        amr: session.amr.iter().map(|&value| value.to_owned()).collect(),
        actor: None,
        access: None,
        refresh: None,
    };
    let id = oidc.id.clone();
    state.grants.oidc_sessions.insert(id.clone(), oidc);
    id
}

/// Checks that a user may get tokens.
pub(super) fn check_user(state: &State, id: &str) -> Result<(), OAuthError> {
    match state.registry.user(id) {
        Some(user) if user.person.is_some_and(|person| person.never_activated) => {
            Err(OAuthError::invalid_request("Errors.User.NotFound").with_status(404))
        }
        Some(user) if !user.deactivated => Ok(()),
        _ => Err(OAuthError::invalid_request("Errors.User.NotActive")),
    }
}

/// Resolves the alias `zitadel` of ZITADEL's own project.
pub(crate) fn resolve_project_id(requested: &str) -> &str {
    if requested == "zitadel" { crate::registry::fixtures::ZITADEL_PROJECT } else { requested }
}

/// Checks the code verifier against the challenge (RFC 7636 §4.6).
fn check_verifier(
    challenge: Option<&(ChallengeMethod, String)>,
    verifier: Option<&str>,
    client: &Client,
) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        // A confidential client may send a verifier without a challenge.
        (None, Some(_)) if client.auth_method != AuthMethod::None => Ok(()),
        (None, Some(_)) => Err(OAuthError::invalid_request("code_verifier unexpectedly provided")),
        (Some(_), None) => Err(OAuthError::invalid_request("code_verifier required")),
        (Some((method, challenge)), Some(verifier)) => {
            let derived = match method {
                ChallengeMethod::S256 => s256(verifier),
                ChallengeMethod::Plain => verifier.to_owned(),
            };
            if constant_time_eq(&derived, challenge) {
                Ok(())
            } else {
                Err(OAuthError::new("invalid_grant", "invalid code_verifier"))
            }
        }
    }
}

/// Computes the S256 challenge of a verifier (RFC 7636 §4.2).
fn s256(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn s256_matches_appendix_b_of_rfc_7636() {
        let challenge = super::s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
