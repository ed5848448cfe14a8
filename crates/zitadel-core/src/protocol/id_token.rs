//! The ID token (OIDC Core §2), verified; [`VerifiedIdToken`] is the proof.
//!
//! 1. Signature, issuer, audience and times are those of every [JWT](super::jwt); the audience is our client id.
//! 2. No member appears twice, in the header or in the claims.
//! 3. `iss` is the configured issuer, character for character.
//! 4. `aud` contains our client id.
//! 5. `azp`, when present, *is* our client id: ZITADEL puts every application of the project and the project
//!    itself into `aud`, so "contains" alone accepts a sibling's token.
//! 6. Several audiences without `azp` are refused: nothing would say which of them the token is for. (OIDC Core
//!    §3.1.3.7 leaves audiences one does not trust to the client; ZITADEL always sends `azp`.)
//! 7. `sub` is present, a text of 1 to 255 characters.
//! 8. `exp` and `iat` are present; `exp` has not passed, `iat` and `nbf` are not in the future.
//! 9. `nonce` is the one of this login, compared in constant time; present and equal.
//! 10. After a refresh `nonce` may be missing, but a `nonce` that is there is still the old one (§12.2; ZITADEL
//!     repeats it).
//! 11. After a refresh `sub` is still the same user (§12.2).
//! 12. `at_hash`, when present, matches the access token that came with it (§3.1.3.6).
//! 13. If the login requested `max_age`, `auth_time` is present and recent enough: ZITADEL's version-2 login ignores
//!     the parameter.
//! 14. Other signed tokens are not ID tokens: `typ` `at+jwt` and `logout+jwt`, and anything with `events`.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::{
    base64url,
    jwt::{CLOCK_SKEW, JwtError, SignedClaims, subject},
    key_set::KeySet,
    signing_algorithm::SigningAlgorithm,
    strict_json,
};
use crate::{secret::Secret, time::Timestamp};

/// Why an ID token is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdTokenError {
    #[error(transparent)]
    Jwt(#[from] JwtError),
    #[error("`{0}` says that the token is of another kind than an ID token")]
    WrongKind(&'static str),
    #[error("`azp` does not say that the token was issued to this application")]
    AuthorizedParty,
    #[error("`nonce` is missing or that of another login")]
    Nonce,
    #[error("`sub` is another user than before")]
    Subject,
    #[error("`at_hash` does not match the access token")]
    AccessTokenHash,
    #[error("`auth_time` is missing, in the future, or longer ago than was requested")]
    AuthenticationTime,
    /// It would need newer keys than those that were fetched a moment ago.
    #[error("no known key verifies the token, and the keys were fetched a moment ago")]
    KeysJustFetched,
}

impl IdTokenError {
    /// [`JwtError::may_be_key_rotation`]
    pub(crate) const fn may_be_key_rotation(&self) -> bool {
        matches!(self, Self::Jwt(error) if error.may_be_key_rotation())
    }

    /// Whether it could not be verified, because its key is not known: it says nothing against the token.
    pub(crate) const fn is_unverified(&self) -> bool {
        match self {
            Self::KeysJustFetched => true,
            Self::Jwt(error) => error.is_unverified(),
            _ => false,
        }
    }
}

/// What the `nonce` must be.
#[derive(Clone, Copy)]
pub(crate) enum Nonce<'a> {
    /// At login: present and equal.
    MustEqual(&'a str),
    /// At a refresh, when the first ID token's nonce is known: absent or equal.
    MayBeAbsent(&'a str),
    /// At a refresh, when it is not known. The token comes from the token endpoint itself, over TLS, for a refresh
    /// token of ours.
    NotChecked,
}

/// What an ID token must contain. Everything that varies is here, so that nothing can be forgotten.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The configured issuer.
    pub(crate) issuer: &'a str,
    /// Our client id.
    pub(crate) client_id: &'a str,
    /// The `nonce` of the login.
    pub(crate) nonce: Nonce<'a>,
    /// The access token of the same response, for `at_hash`.
    pub(crate) access_token: Option<&'a str>,
    /// The one algorithm that is accepted; `None`: whatever the provider's keys are for.
    pub(crate) signing_algorithm: Option<SigningAlgorithm>,
    /// How long ago the user may have authenticated.
    pub(crate) max_age: Option<Duration>,
    /// The `sub` it must be; after a refresh that of the session.
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

    /// `sid`: the provider's session, which back-channel logout names.
    pub(crate) fn sid(&self) -> Option<&str> {
        strict_json::text(&self.claims, "sid").filter(|sid| !sid.is_empty())
    }

    /// `auth_time`: when the user last authenticated, if the provider sent it.
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
}

impl fmt::Debug for VerifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedIdToken").finish_non_exhaustive()
    }
}

/// Verifies an ID token (OIDC Core §3.1.3.7, §12.2) by the rules of the module.
///
/// # Errors
///
/// The first rule that is broken. If it [may be a key rotation](IdTokenError::may_be_key_rotation), fetch newer keys
/// and try once more.
pub(crate) fn verify(
    token: &Secret<String>,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<VerifiedIdToken, IdTokenError> {
    let signed = SignedClaims::verify(token.expose(), keys, expected.signing_algorithm)?;
    if matches!(signed.typ(), Some("at+jwt" | "logout+jwt")) {
        return Err(IdTokenError::WrongKind("typ"));
    }
    if signed.get("events").is_some() {
        return Err(IdTokenError::WrongKind("events"));
    }
    signed.check_issuer(expected.issuer)?;
    check_audience(&signed, expected.client_id)?;
    let subject = check_subject(&signed, expected.subject)?.to_owned();
    signed.check_times(now)?;
    check_nonce(&signed, expected.nonce)?;
    if let Some(access_token) = expected.access_token {
        check_access_token_hash(signed.get("at_hash"), access_token, signed.algorithm())?;
    }
    let auth_time = check_auth_time(&signed, expected.max_age, now)?;
    Ok(VerifiedIdToken { raw: token.clone(), claims: signed.into_claims(), subject, auth_time })
}

/// Rules 4 to 6.
fn check_audience(signed: &SignedClaims, client_id: &str) -> Result<(), IdTokenError> {
    let audiences = signed.check_audience(|audience| audience == client_id)?;
    match signed.get("azp") {
        Some(Value::String(party)) if party == client_id => Ok(()),
        Some(Value::String(_)) => Err(IdTokenError::AuthorizedParty),
        Some(_) => Err(JwtError::Claim("azp").into()),
        None if audiences.iter().all(|audience| *audience == client_id) => Ok(()),
        None => Err(IdTokenError::AuthorizedParty),
    }
}

/// Rules 7 and 11.
fn check_subject<'a>(signed: &'a SignedClaims, known: Option<&str>) -> Result<&'a str, IdTokenError> {
    let subject = subject(signed.claims())?;
    if known.is_some_and(|known| known != subject) {
        return Err(IdTokenError::Subject);
    }
    Ok(subject)
}

/// Rules 9 and 10.
fn check_nonce(signed: &SignedClaims, expected: Nonce<'_>) -> Result<(), IdTokenError> {
    let (known, may_be_absent) = match expected {
        Nonce::MustEqual(known) => (known, false),
        Nonce::MayBeAbsent(known) => (known, true),
        Nonce::NotChecked => return Ok(()),
    };
    let equal = match signed.get("nonce") {
        None => may_be_absent,
        Some(Value::String(nonce)) => nonce.as_bytes().ct_eq(known.as_bytes()).into(),
        Some(_) => false,
    };
    if equal { Ok(()) } else { Err(IdTokenError::Nonce) }
}

/// Rule 12: the left half of the token's hash.
fn check_access_token_hash(
    claimed: Option<&Value>,
    access_token: &str,
    algorithm: SigningAlgorithm,
) -> Result<(), IdTokenError> {
    let Some(claimed) = claimed else { return Ok(()) };
    let digest = algorithm.digest(access_token.as_bytes());
    let left_half = digest.as_ref().get(..digest.as_ref().len() / 2).unwrap_or_default();
    let equal = claimed.as_str().is_some_and(|claimed| claimed == base64url::encode(left_half));
    if equal { Ok(()) } else { Err(IdTokenError::AccessTokenHash) }
}

/// Rule 13.
fn check_auth_time(
    signed: &SignedClaims,
    max_age: Option<Duration>,
    now: Timestamp,
) -> Result<Option<Timestamp>, IdTokenError> {
    let auth_time = signed.time("auth_time")?;
    let recent = |at: Timestamp, max_age: Duration| {
        at <= now.saturating_add(CLOCK_SKEW) && now.duration_since(at) <= max_age.saturating_add(CLOCK_SKEW)
    };
    match (max_age, auth_time) {
        (Some(max_age), at) if !at.is_some_and(|at| recent(at, max_age)) => Err(IdTokenError::AuthenticationTime),
        _ => Ok(auth_time),
    }
}

#[cfg(test)]
mod tests;
