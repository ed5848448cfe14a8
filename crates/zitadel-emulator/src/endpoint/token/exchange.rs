//! Token exchange (RFC 8693): another token for the same user, or for another one (impersonation).

use serde_json::{Map, Value};

use super::code::check_user;
use crate::{
    access_token,
    endpoint::{EndpointResult, RequestContext},
    grant::OidcSession,
    registry::{AccessTokenType, Client},
    response::{EndpointResponse, OAuthError},
    scope::Scopes,
    tokens::{self, Tokens},
};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const USER_ID: &str = "urn:zitadel:params:oauth:token-type:user_id";

/// A subject or actor token that was verified.
#[derive(Clone)]
struct Token {
    user_id: String,
    audience: Vec<String>,
    /// `None` if tokens of this type have no scopes.
    scopes: Option<String>,
    auth_time: Option<u64>,
    amr: Vec<String>,
    /// The `act` claim.
    actor: Option<Value>,
}

/// Checks in ZITADEL's order: token types, subject, impersonation and actor, audience, scopes.
pub(super) fn handle(context: &mut RequestContext<'_>, client: &Client) -> EndpointResult {
    let request = context.request;
    let requested_type = request.parameter("requested_token_type").unwrap_or(ACCESS_TOKEN);
    check_parameters(context, requested_type)?;
    let of = |name: &str| request.parameter(name).unwrap_or_default();
    let subject_type = of("subject_token_type");
    let subject = verify(context, client, of("subject_token"), subject_type)
        .ok_or_else(|| OAuthError::invalid_request("subject_token invalid"))?;
    let mut actor = None;
    if subject_type == USER_ID || request.parameter("actor_token").is_some() {
        if !context.state.impersonation {
            let text = "Errors.TokenExchange.Impersonation.PolicyDisabled";
            return Err(OAuthError::invalid_request(text).with_status(403));
        }
        let kind = of("actor_token_type");
        let token = verify(context, client, of("actor_token"), kind).filter(|_| kind != USER_ID);
        actor = Some(token.ok_or_else(|| OAuthError::invalid_request("actor_token invalid"))?);
    }
    let session = new_session(context, client, &subject, actor.as_ref())?;
    let scope = session.scopes.to_scope_string();
    let session_id = session.id.clone();
    context.state.grants.oidc_sessions.insert(session_id.clone(), session);
    let tokens = issue(context, &session_id, requested_type)
        .ok_or_else(|| OAuthError::new("server_error", "Errors.Internal").with_status(500))?;
    let mut response = response(tokens, requested_type, scope);
    if let Some(fault) = context.fault {
        fault.apply_to_token_response(&mut response);
    }
    Ok(EndpointResponse::json(200, &response))
}

fn check_parameters(context: &RequestContext<'_>, requested_type: &str) -> Result<(), OAuthError> {
    let request = context.request;
    for required in ["subject_token", "subject_token_type"] {
        if request.parameter(required).is_none() {
            return Err(OAuthError::invalid_request(format!("{required} missing")));
        }
    }
    let given = |name: &str| {
        request.parameter(name).is_none_or(|kind| [ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, USER_ID].contains(&kind))
    };
    for name in ["requested_token_type", "subject_token_type", "actor_token_type"] {
        if !given(name) {
            return Err(OAuthError::invalid_request(format!("{name} is not supported")));
        }
    }
    if request.parameter("resource").is_some() {
        return Err(OAuthError::new("invalid_target", "resource parameter not supported"));
    }
    if [REFRESH_TOKEN, USER_ID].contains(&requested_type) {
        return Err(OAuthError::invalid_request("Errors.TokenExchange.Token.TypeNotSupported"));
    }
    Ok(())
}

/// Verifies a token of the request. JWTs that the client signed itself are not supported.
fn verify(context: &RequestContext<'_>, client: &Client, value: &str, kind: &str) -> Option<Token> {
    let RequestContext { issuer, state, .. } = context;
    match kind {
        ACCESS_TOKEN => {
            let mut token = access_token::find_active(state, value)?;
            if token.client_id.is_none() {
                token.make_personal_for(&state.registry, client);
            }
            let is_for_client = token.audience.iter().any(|id| *id == client.id || *id == client.project_id);
            is_for_client.then(|| Token {
                user_id: token.user.id.to_owned(),
                audience: token.audience,
                scopes: Some(token.scopes.to_scope_string()),
                auth_time: None,
                amr: token.amr,
                actor: token.actor,
            })
        }
        ID_TOKEN => {
            let claims = state.keys.verify(value)?;
            let text = |name: &str| claims.get(name).and_then(Value::as_str);
            let list = |name: &str| -> Vec<String> {
                let values = claims.get(name).and_then(Value::as_array).into_iter().flatten();
                values.filter_map(Value::as_str).map(str::to_owned).collect()
            };
            let time = |name: &str| claims.get(name).and_then(Value::as_u64);
            // No other JWT of ZITADEL is an ID token: those have an id. What ZITADEL answers to one was not recorded.
            let is_id_token = text("iss") == Some(*issuer) && claims.get("jti").is_none();
            (is_id_token && time("exp")? > state.clock.unix_time()).then_some(())?;
            Some(Token {
                user_id: text("sub")?.to_owned(),
                audience: list("aud"),
                scopes: None,
                auth_time: time("auth_time"),
                amr: list("amr"),
                actor: claims.get("act").cloned(),
            })
        }
        USER_ID => state.registry.user(value).map(|user| Token {
            user_id: user.id.to_owned(),
            audience: Vec::new(),
            scopes: None,
            auth_time: None,
            amr: Vec::new(),
            actor: None,
        }),
        _ => None,
    }
}

/// The session of the new tokens: subject, audience and scopes of the subject, authentication of the actor.
fn new_session(
    context: &mut RequestContext<'_>,
    client: &Client,
    subject: &Token,
    actor: Option<&Token>,
) -> Result<OidcSession, OAuthError> {
    let RequestContext { issuer, request, state, .. } = context;
    let authenticated = actor.unwrap_or(subject);
    let audience = audience(request.parameters("audience"), &subject.audience, &authenticated.audience)?;
    let scope = scope(request.parameter("scope"), subject, authenticated)?;
    check_user(state, &subject.user_id)?;
    // The actor of an actor is nested (RFC 8693 §4.1).
    let act = actor.map_or_else(|| subject.actor.clone(), |actor| Some(act_claim(issuer, actor)));
    Ok(OidcSession {
        id: format!("V2_{}", state.ids.next(state.clock.unix_time())),
        client_id: client.id.clone(),
        user_id: subject.user_id.clone(),
        session_id: String::new(),
        backchannel_logout_uri: None,
        scopes: Scopes::filtered(&scope, &state.registry, &client.project_id),
        nonce: String::new(),
        auth_time: authenticated.auth_time,
        amr: authenticated.amr.clone(),
        audience,
        actor: act,
        access: None,
        refresh: None,
    })
}

fn act_claim(issuer: &str, actor: &Token) -> Value {
    let mut claim = Map::new();
    if let Some(nested) = &actor.actor {
        claim.insert("act".to_owned(), nested.clone());
    }
    claim.insert("iss".to_owned(), issuer.into());
    claim.insert("sub".to_owned(), actor.user_id.as_str().into());
    claim.into()
}

fn audience<'a>(
    requested: impl Iterator<Item = &'a str>,
    subject: &[String],
    actor: &[String],
) -> Result<Vec<String>, OAuthError> {
    let requested: Vec<String> = requested.filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if requested.is_empty() {
        return Ok(if subject.is_empty() { actor } else { subject }.to_vec());
    }
    match requested.iter().find(|id| !subject.contains(id) && !actor.contains(id)) {
        Some(id) => {
            let text = format!("audience \"{id}\" not found in subject or actor token");
            Err(OAuthError::new("invalid_target", text))
        }
        None => Ok(requested),
    }
}

/// Scopes that neither token has are refused, as by newer versions of ZITADEL, unless the subject has no scopes.
fn scope(requested: Option<&str>, subject: &Token, actor: &Token) -> Result<String, OAuthError> {
    let known: Vec<&str> = [subject, actor].iter().filter_map(|token| token.scopes.as_deref()).collect();
    let Some(requested) = requested else {
        return Ok(known.first().copied().unwrap_or_default().to_owned());
    };
    let is_known = |scope: &str| known.iter().any(|scopes| scopes.split(' ').any(|known| known == scope));
    match requested.split_whitespace().find(|scope| subject.scopes.is_some() && !is_known(scope)) {
        Some(scope) => {
            let text = format!("scope \"{scope}\" not found in subject or actor token");
            Err(OAuthError::new("invalid_scope", text))
        }
        None => Ok(requested.to_owned()),
    }
}

fn issue(context: &mut RequestContext<'_>, session_id: &str, requested_type: &str) -> Option<Tokens> {
    let RequestContext { issuer, state, fault, .. } = context;
    match requested_type {
        ID_TOKEN => tokens::id_token_alone(state, issuer, session_id),
        JWT => tokens::issue(state, issuer, session_id, Some(AccessTokenType::Jwt), *fault),
        _ => tokens::issue(state, issuer, session_id, None, *fault),
    }
}

/// The response (RFC 8693 §2.2.1), with members in ZITADEL's order.
fn response(tokens: Tokens, requested_type: &str, scope: String) -> Map<String, Value> {
    let mut response = Map::new();
    let mut set = |name: &str, value: Value| response.insert(name.to_owned(), value);
    set("access_token", tokens.access_token.into());
    set("issued_token_type", requested_type.into());
    set("token_type", if requested_type == ID_TOKEN { "N_A" } else { "Bearer" }.into());
    set("expires_in", tokens.expires_in.into());
    set("scope", scope.into());
    if let Some(refresh_token) = tokens.refresh_token {
        set("refresh_token", refresh_token.into());
    }
    if let Some(id_token) = tokens.id_token {
        set("id_token", id_token.into());
    }
    response
}
