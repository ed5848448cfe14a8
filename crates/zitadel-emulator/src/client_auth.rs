//! Client authentication (RFC 6749 §2.3), with ZITADEL's error responses.

use aws_lc_rs::constant_time;

use crate::{
    assertion::Assertion,
    registry::{AuthMethod, Client, Registry},
    request::ParsedRequest,
    response::OAuthError,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Client credentials as sent in a request, not yet verified.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) assertion: Option<String>,
}

/// Parses the client credentials. More than one authentication method in a request is an error (RFC 6749 §2.3).
pub(crate) fn parse_credentials(request: &ParsedRequest) -> Result<Credentials, OAuthError> {
    let basic = match request.basic() {
        Some(Err(())) => return Err(OAuthError::new("invalid_client", "invalid basic auth header")),
        Some(Ok(pair)) => Some(pair),
        None => None,
    };
    let posted = request.parameter("client_secret");
    let assertion = request.parameter("client_assertion");
    if usize::from(basic.is_some()) + usize::from(posted.is_some()) + usize::from(assertion.is_some()) > 1 {
        return Err(OAuthError::invalid_request("client authentication must not use more than one method"));
    }
    if let Some(kind) = request.parameter("client_assertion_type").filter(|kind| *kind != JWT_BEARER)
        && assertion.is_some()
    {
        return Err(OAuthError::invalid_request(format!("invalid client_assertion_type {kind}")));
    }
    let (client_id, secret) = match basic {
        Some((id, secret)) => (id, Some(secret)),
        None => (request.parameter("client_id").unwrap_or_default().to_owned(), posted.map(str::to_owned)),
    };
    if client_id.is_empty() && assertion.is_none() {
        return Err(OAuthError::invalid_request("client_id or client_assertion must be provided"));
    }
    Ok(Credentials {
        client_id,
        secret: secret.filter(|secret| !secret.is_empty()),
        assertion: assertion.map(str::to_owned),
    })
}

/// Authenticates the application that sent the request. `issuer` is ZITADEL's, the audience of assertions.
pub(crate) fn authenticate<'a>(
    request: &ParsedRequest,
    registry: &'a Registry,
    issuer: &str,
    now: u64,
) -> Result<&'a Client, OAuthError> {
    let refuse = |description: &'static str| Err(OAuthError::new("invalid_client", description));
    let sent = parse_credentials(request)?;
    let assertion = match &sent.assertion {
        None => None,
        Some(text) => Some(Assertion::parse(text).ok_or_else(|| OAuthError::new("invalid_client", ""))?),
    };
    // The client id of an assertion counts; that of the body is ignored.
    let client_id = assertion.as_ref().map_or(sent.client_id.as_str(), Assertion::issuer);
    let Some(client) = registry.active_oidc_client(client_id) else {
        return refuse("no active client not found");
    };
    match client.auth_method {
        // A client that sends an assertion has a key, and the wrong method is set at its application.
        AuthMethod::None if assertion.is_some() => refuse("invalid assertion"),
        AuthMethod::None => Ok(client),
        AuthMethod::Basic | AuthMethod::Post => match (&sent.secret, client.secret()) {
            (None, _) => refuse("empty client secret"),
            (Some(sent), Some(secret)) if constant_time_eq(sent, secret) => Ok(client),
            _ => refuse("invalid secret"),
        },
        AuthMethod::PrivateKeyJwt => match assertion {
            None => refuse("empty client assertion"),
            Some(assertion) if assertion.is_valid(&client.keys, issuer, now, client.clock_skew) => Ok(client),
            Some(_) => refuse("invalid assertion"),
        },
    }
}

/// Compares two strings in constant time.
pub(crate) fn constant_time_eq(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}
