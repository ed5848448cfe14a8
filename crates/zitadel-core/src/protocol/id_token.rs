//! The ID token (OIDC Core §2), checked; [`VerifiedIdToken`] is the proof.
//!
//! 1. The signature is always checked, by [`jws`]: `crit`, `none`, HMAC and foreign keys are refused there, and
//!    one algorithm can be pinned.
//! 2. No member appears twice, in the header or in the claims.
//! 3. `iss` is the configured issuer, character for character; a slash at the end matters.
//! 4. `aud` contains our client id.
//! 5. `azp`, when present, *is* our client id: ZITADEL puts every application of the project and the project
//!    itself into `aud`, so "contains" alone accepts a sibling's token.
//! 6. Several audiences without `azp` are refused: nothing would say which of them the token is for. (OIDC Core
//!    §3.1.3.7 leaves audiences one does not trust to the client; ZITADEL always sends `azp`.)
//! 7. `sub` is present, a text of 1 to 255 characters.
//! 8. `exp` and `iat` are present and numbers; `exp` is not over, `iat` and `nbf` are not to come, each with at
//!    most 60 seconds of clock difference.
//! 9. `nonce` is the one of this sign-in, compared in constant time; present and equal.
//! 10. After a refresh `nonce` may be missing, but a `nonce` that is there is still the old one (§12.2; ZITADEL
//!     repeats it).
//! 11. After a refresh `sub` is still the same person (§12.2).
//! 12. `at_hash`, when present, fits the access token that came with it (§3.1.3.6).
//! 13. If the sign-in asked for `max_age`, `auth_time` is there and recent enough: ZITADEL's new login ignores
//!     the parameter.
//! 14. Other signed tokens are not ID tokens: `typ` `at+jwt` and `logout+jwt`, and anything with `events`.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::{
    base64url,
    jws::{self, JwsError},
    key_set::KeySet,
    signing_algorithm::SigningAlgorithm,
    strict_json::{self, JsonError},
};
use crate::{secret::Secret, time::Timestamp};

/// How far the provider's clock may be from ours.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Longest `sub`, in characters (OIDC Core §2).
const MAX_SUBJECT: usize = 255;

/// Why an ID token is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdTokenError {
    #[error("the ID token's signature could not be verified")]
    Jws(#[from] JwsError),
    #[error("the ID token's claims cannot be read")]
    Json(#[from] JsonError),
    #[error("the token is of another kind than an ID token")]
    WrongKind,
    #[error("a required claim of the ID token is missing or of the wrong type")]
    Claim,
    #[error("the ID token is from another issuer")]
    Issuer,
    #[error("the ID token is for another application")]
    Audience,
    #[error("the ID token was issued to another application of the project")]
    AuthorizedParty,
    #[error("the ID token has expired")]
    Expired,
    #[error("the ID token is not valid yet")]
    NotYetValid,
    #[error("the ID token belongs to another sign-in")]
    Nonce,
    #[error("the ID token is about another person than before")]
    Subject,
    #[error("the ID token does not belong to the access token")]
    AccessTokenHash,
    #[error("the last authentication is too long ago or unknown")]
    Authentication,
}

impl IdTokenError {
    /// Whether fetching newer keys and trying once more can help. Also where the key seemed to be there: providers
    /// that are restarted with new keys under old names exist.
    pub(crate) const fn wants_newer_keys(self) -> bool {
        matches!(self, Self::Jws(JwsError::UnknownKey | JwsError::Signature | JwsError::AlgorithmMismatch))
    }

    /// Whether it was not even looked at, for want of its key.
    pub(crate) const fn is_unknown_key(self) -> bool {
        matches!(self, Self::Jws(JwsError::UnknownKey))
    }
}

/// What the `nonce` must be.
#[derive(Clone, Copy)]
pub(crate) enum Nonce<'a> {
    /// A sign-in: present and equal.
    MustEqual(&'a str),
    /// A refresh, when the first ID token's nonce is known: absent or equal.
    MayBeAbsent(&'a str),
    /// A refresh, when it is not known. The token comes from the token endpoint itself, over TLS, for a refresh
    /// token of ours.
    NotChecked,
}

/// What an ID token must say. Everything that varies is here, so nothing is forgotten by leaving it out.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The configured issuer.
    pub(crate) issuer: &'a str,
    /// Our client id.
    pub(crate) client_id: &'a str,
    /// The `nonce` of the sign-in.
    pub(crate) nonce: Nonce<'a>,
    /// The access token of the same answer, for `at_hash`.
    pub(crate) access_token: Option<&'a str>,
    /// The one algorithm that is accepted; `None`: what the provider's keys say.
    pub(crate) signing_alg: Option<SigningAlgorithm>,
    /// How long ago the user may have authenticated.
    pub(crate) max_age: Option<Duration>,
    /// The `sub` it must be; after a refresh the one of the session.
    pub(crate) subject: Option<&'a str>,
}

/// An ID token whose signature, issuer, audience, nonce and times were all checked. Only [`verify`] makes one.
pub(crate) struct VerifiedIdToken {
    raw: Secret<String>,
    claims: Map<String, Value>,
    subject: String,
    auth_time: Option<Timestamp>,
}

impl VerifiedIdToken {
    /// `sub`: the user's id.
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// `sid`: the single sign-on session, which back-channel logout names.
    pub(crate) fn sid(&self) -> Option<&str> {
        self.text("sid")
    }

    /// `auth_time`: when the user last authenticated, if the provider said.
    pub(crate) const fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// Every claim.
    pub(crate) const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The token itself, for `id_token_hint`.
    pub(crate) const fn raw(&self) -> &Secret<String> {
        &self.raw
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for VerifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedIdToken").finish_non_exhaustive()
    }
}

/// Checks an ID token against everything it must say (OIDC Core §3.1.3.7, §12.2); the rules are those of the
/// module.
///
/// # Errors
///
/// The first rule that is broken. If it [`wants_newer_keys`](IdTokenError::wants_newer_keys), fetch them and try
/// once more.
pub(crate) fn verify(
    token: &Secret<String>,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<VerifiedIdToken, IdTokenError> {
    let payload = jws::verify(token.expose(), keys, expected.signing_alg)?;
    let claims = strict_json::object(payload.bytes())?;
    if matches!(payload.typ(), Some("at+jwt" | "logout+jwt")) || claims.contains_key("events") {
        return Err(IdTokenError::WrongKind);
    }
    if required_text(&claims, "iss")? != expected.issuer {
        return Err(IdTokenError::Issuer);
    }
    check_audience(&claims, expected.client_id)?;
    let subject = required_text(&claims, "sub")?;
    if subject.is_empty() || subject.chars().count() > MAX_SUBJECT {
        return Err(IdTokenError::Claim);
    }
    if expected.subject.is_some_and(|known| known != subject) {
        return Err(IdTokenError::Subject);
    }
    let expires_at = optional_time(&claims, "exp")?.ok_or(IdTokenError::Claim)?;
    let issued_at = optional_time(&claims, "iat")?.ok_or(IdTokenError::Claim)?;
    let not_before = optional_time(&claims, "nbf")?.unwrap_or(issued_at);
    if now >= expires_at.plus(CLOCK_SKEW) {
        return Err(IdTokenError::Expired);
    }
    if issued_at.max(not_before) > now.plus(CLOCK_SKEW) {
        return Err(IdTokenError::NotYetValid);
    }
    check_nonce(&claims, expected.nonce)?;
    if let Some(access_token) = expected.access_token {
        check_access_token_hash(&claims, access_token, payload.algorithm())?;
    }
    let auth_time = optional_time(&claims, "auth_time")?;
    if let Some(max_age) = expected.max_age {
        let recent = |at: Timestamp| at <= now.plus(CLOCK_SKEW) && now.since(at) <= max_age.saturating_add(CLOCK_SKEW);
        if !auth_time.is_some_and(recent) {
            return Err(IdTokenError::Authentication);
        }
    }
    let subject = subject.to_owned();
    Ok(VerifiedIdToken { raw: token.clone(), claims, subject, auth_time })
}

/// Rules 4 to 6.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().map(Value::as_str).collect::<Option<_>>().ok_or(IdTokenError::Claim)?,
        _ => return Err(IdTokenError::Claim),
    };
    if !audiences.contains(&client_id) {
        return Err(IdTokenError::Audience);
    }
    match claims.get("azp") {
        Some(Value::String(party)) if party == client_id => Ok(()),
        Some(Value::String(_)) => Err(IdTokenError::AuthorizedParty),
        Some(_) => Err(IdTokenError::Claim),
        None if audiences.iter().all(|audience| *audience == client_id) => Ok(()),
        None => Err(IdTokenError::AuthorizedParty),
    }
}

/// Rules 9 and 10.
fn check_nonce(claims: &Map<String, Value>, expected: Nonce<'_>) -> Result<(), IdTokenError> {
    let (known, may_be_absent) = match expected {
        Nonce::MustEqual(known) => (known, false),
        Nonce::MayBeAbsent(known) => (known, true),
        Nonce::NotChecked => return Ok(()),
    };
    let equal = match claims.get("nonce") {
        None => may_be_absent,
        Some(Value::String(nonce)) => nonce.as_bytes().ct_eq(known.as_bytes()).into(),
        Some(_) => false,
    };
    if equal { Ok(()) } else { Err(IdTokenError::Nonce) }
}

/// Rule 12: the left half of the token's hash.
fn check_access_token_hash(
    claims: &Map<String, Value>,
    access_token: &str,
    algorithm: SigningAlgorithm,
) -> Result<(), IdTokenError> {
    let Some(claimed) = claims.get("at_hash") else { return Ok(()) };
    let digest = algorithm.digest(access_token.as_bytes());
    let left_half = digest.as_ref().get(..digest.as_ref().len() / 2).unwrap_or_default();
    let equal = claimed.as_str().is_some_and(|claimed| claimed == base64url::encode(left_half));
    if equal { Ok(()) } else { Err(IdTokenError::AccessTokenHash) }
}

fn required_text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<&'a str, IdTokenError> {
    claims.get(name).and_then(Value::as_str).ok_or(IdTokenError::Claim)
}

/// A `NumericDate` (RFC 7519 §2); fractions of a second are cut off.
fn optional_time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, IdTokenError> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let whole = value.as_u64();
    let fraction = || value.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64);
    let seconds = whole.or_else(fraction).ok_or(IdTokenError::Claim)?;
    Ok(Some(Timestamp::from_unix(seconds)))
}

#[cfg(test)]
mod tests;
