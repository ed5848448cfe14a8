//! `POST /api/v1/m2m-token`: access tokens of the gateway's service account, for programs that have no account of their own.
//!
//! # Rules
//!
//! 1. A caller authenticates with the secret, or the access token of a service account, that the callers file lists (`callers.rs`).
//!    Without a file nobody gets a token.
//! 2. A token has the audiences and scopes that the caller asks for, if the file allows them, and otherwise all that it allows
//!    (`grant.rs`).
//! 3. Tokens of equal scopes are shared and requested once; the core replaces them before they expire (`accounts.rs`).
//! 4. Every answer is counted and logged with the name of the caller, never with a secret (`telemetry.rs`).
//! 5. With `DANGER_OPEN_MACHINE_TOKEN` every client gets a token with the scopes of the service account, or fewer. That
//!    was ZitAuth's contract.

mod accounts;
mod callers;
mod grant;
mod telemetry;

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use zitadel_axum::{
    Denied, ErrorCode, Zitadel,
    core::{AccessToken, Requirement},
};

pub use self::callers::MachineTokenSettings;
pub(crate) use self::telemetry::describe;
use self::{accounts::Accounts, grant::GrantRequest, telemetry::Outcome};
use crate::{error::ApiError, gateway::Gateway, login::token_response, token_check};

/// Scopes and audiences are shorter.
const MAX_BODY: usize = 16 * 1024;

/// What the endpoint works with.
#[derive(Debug)]
pub(crate) struct MachineTokens {
    settings: MachineTokenSettings,
    /// `None` without a service account.
    accounts: Option<Accounts>,
}

impl MachineTokens {
    pub(crate) fn new(zitadel: &Zitadel, settings: &MachineTokenSettings) -> Self {
        Self { settings: settings.clone(), accounts: zitadel.service_account().map(Accounts::new) }
    }
}

/// The endpoint. GET has its parameters in the query, POST in a form or in the query.
pub(crate) async fn machine_token(State(gateway): State<Gateway>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let form = match to_bytes(body, MAX_BODY).await {
        Ok(form) if is_form => form,
        Ok(none) if none.is_empty() => none,
        Ok(_) => return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response(),
        Err(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    };
    let request = GrantRequest::parse(parts.uri.query().unwrap_or_default(), &form);
    let (caller, result) = match caller(&gateway, &parts.headers).await {
        Ok(caller) => (caller.name().to_owned(), issue(&gateway, caller, request).await),
        Err(refusal) => (telemetry::UNKNOWN.to_owned(), Err(refusal)),
    };
    let (outcome, response) = match result {
        Ok(token) => (Outcome::Issued, token_response(&token, gateway.zitadel.now())),
        Err(Unanswered { outcome, response }) => (outcome, response),
    };
    telemetry::answered(&caller, outcome);
    response
}

/// An answer without a token, and what it is counted as.
struct Unanswered {
    outcome: Outcome,
    response: Response,
}

impl Unanswered {
    fn new(outcome: Outcome, error: ApiError) -> Self {
        Self { outcome, response: error.into_response() }
    }
}

/// Rule 1.
async fn caller<'g>(gateway: &'g Gateway, headers: &HeaderMap) -> Result<&'g callers::Caller, Unanswered> {
    let settings = &gateway.machine_tokens.settings;
    if !settings.is_enabled() || gateway.machine_tokens.accounts.is_none() {
        return Err(Unanswered::new(Outcome::Disabled, ApiError::from_code(ErrorCode::EndpointMissing)));
    }
    let unauthenticated = |error, text| {
        let error = ApiError::new(StatusCode::UNAUTHORIZED, error, text).with_challenge("Bearer");
        Unanswered::new(Outcome::Unauthenticated, error)
    };
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let presented = match (lines.next(), lines.next()) {
        (None, _) => match settings.anyone() {
            Some(anyone) => return Ok(anyone),
            None => {
                let text = "Send the caller's secret, or its access token, in the header `Authorization: Bearer …`.";
                return Err(unauthenticated("invalid_client", text));
            }
        },
        (Some(line), None) => line.to_str().ok().and_then(bearer),
        (Some(_), Some(_)) => None,
    };
    let Some(presented) = presented else {
        let text = "The Authorization header must be present once, with the scheme Bearer and one secret or token.";
        return Err(Unanswered::new(
            Outcome::Unauthenticated,
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_request", text),
        ));
    };
    if let Some(caller) = settings.with_secret(presented) {
        return Ok(caller);
    }
    let unknown =
        || unauthenticated("invalid_client", "The caller's secret or access token is not one that is listed.");
    // Anything but a JWT would be sent to the provider, to ask what it is: a mistyped secret must not.
    if !settings.lists_subjects() || presented.split('.').count() != 3 {
        return Err(unknown());
    }
    let authentication = token_check::authenticate(&gateway.zitadel, "/api/v1/m2m-token", headers).await;
    match authentication.authorize(const { &Requirement::bearer() }) {
        Ok(user) => settings.with_subject(user.subject()).ok_or_else(unknown),
        Err(denied) if denied.to_reply().status == 503 => {
            Err(Unanswered { outcome: Outcome::Unavailable, response: Denied::from(denied).into_response() })
        }
        Err(_) => Err(unknown()),
    }
}

/// Rules 2 and 3.
async fn issue(
    gateway: &Gateway,
    caller: &callers::Caller,
    request: Result<GrantRequest, ApiError>,
) -> Result<AccessToken, Unanswered> {
    let refused = |error| Unanswered::new(Outcome::Refused, error);
    let scopes = request.and_then(|request| request.scopes(&caller.limits)).map_err(refused)?;
    let accounts = gateway.machine_tokens.accounts.as_ref();
    let missing = || Unanswered::new(Outcome::Disabled, ApiError::from_code(ErrorCode::EndpointMissing));
    let account = accounts.ok_or_else(missing)?.with_scopes(&scopes);
    account
        .access_token()
        .await
        .map_err(|error| Unanswered::new(Outcome::Unavailable, ApiError::from_code(error.code())))
}

/// The credentials of the scheme Bearer, which is matched in any case (RFC 9110 §11.1).
fn bearer(line: &str) -> Option<&str> {
    let (scheme, credentials) = line.split_once(' ')?;
    let credentials = credentials.trim_matches(' ');
    let is_one = !credentials.is_empty() && !credentials.contains(' ');
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(credentials)
}
