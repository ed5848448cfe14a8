//! How applications authenticate (RFC 6749 §2.3), with ZITADEL's answers to mistakes.

use aws_lc_rs::constant_time;

use crate::{
    answer::OAuthError,
    incoming::Incoming,
    registry::{AuthMethod, Client, Registry},
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a request says about its sender, before anything is believed.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) assertion: Option<String>,
}

/// Reads client id and proof. Two proofs in one request are refused (RFC 6749 §2.3).
pub(crate) fn credentials(request: &Incoming) -> Result<Credentials, OAuthError> {
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

/// The application that sent the request, if it proves it.
pub(crate) fn authenticate<'a>(request: &Incoming, registry: &'a Registry) -> Result<&'a Client, OAuthError> {
    let refuse = |description: &'static str| Err(OAuthError::new("invalid_client", description));
    let sent = credentials(request)?;
    // With an assertion the id comes from the assertion; without a client that has keys nothing can be valid.
    let Some(client) = registry.active_client(&sent.client_id) else {
        return refuse(if sent.assertion.is_some() { "invalid assertion" } else { "no active client not found" });
    };
    match (client.auth_method, &sent.secret, client.secret()) {
        (AuthMethod::None, _, _) => Ok(client),
        (_, None, _) => refuse("empty client secret"),
        (_, Some(sent), Some(secret)) if is_equal(sent, secret) => Ok(client),
        _ => refuse("invalid secret"),
    }
}

/// Comparison that takes the same time wherever the difference is.
pub(crate) fn is_equal(one: &str, other: &str) -> bool {
    constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}
