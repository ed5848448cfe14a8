//! Signed claims (JWT, RFC 7519) and the checks that every kind of token shares.
//!
//! 1. The signature is always checked, by [`jws`]: `crit`, `none`, HMAC and foreign keys are refused there, and one
//!    algorithm can be pinned.
//! 2. No member appears twice, in the header or in the claims.
//! 3. `iss` is present and is the configured issuer, character for character; a trailing slash matters.
//! 4. `aud` is present, one text or a list of texts, and contains an accepted audience.
//! 5. `exp` and `iat` are present and numbers, at most 2^53; `exp` has not passed, `iat` and `nbf` are not in the future, each with
//!    at most [`CLOCK_SKEW`] (60 s) of clock difference.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    jws::{self, JwsError},
    key_set::{KeySelectionError, KeySet},
    oauth_error::printable,
    signing_algorithm::SigningAlgorithm,
    strict_json::{self, JsonError},
};
use crate::time::Timestamp;

/// How far the provider's clock may differ from ours.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The latest `NumericDate`: the largest integer that every JSON parser reads alike (RFC 8259 §6). A token that is valid
/// for longer than the universe is a mistake.
const MAX_DATE: u64 = 1 << 53;

/// Longest `sub`, in characters (OIDC Core §2).
const MAX_SUBJECT: usize = 255;

/// Why signed claims are not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwtError {
    #[error("the token's signature could not be verified")]
    Jws(#[from] JwsError),
    #[error("the token's claims cannot be read")]
    Json(#[from] JsonError),
    #[error("the claim `{0}` is missing or of the wrong type")]
    Claim(&'static str),
    /// Both are fit for a line of the log.
    #[error("`iss` is `{found}`, and `{configured}` is configured")]
    Issuer { found: String, configured: String },
    #[error("`aud` does not name this application")]
    Audience,
    #[error("`exp`: the token has expired")]
    Expired,
    #[error("`{0}` is in the future: the token is not valid yet")]
    NotYetValid(&'static str),
}

impl JwtError {
    /// Whether newer keys may verify the token: its key is unknown, or its signature does not match the key of that name.
    /// (Providers that restart with new keys under old names exist.)
    pub(crate) const fn may_be_key_rotation(&self) -> bool {
        matches!(self, Self::Jws(JwsError::Key(_) | JwsError::Signature))
    }

    /// Whether the token could not be verified, because its key is not known: it says nothing against the token.
    pub(crate) const fn is_unverified(&self) -> bool {
        matches!(self, Self::Jws(JwsError::Key(KeySelectionError::UnknownKey | KeySelectionError::AmbiguousKey)))
    }
}

/// The claims of a token whose signature was checked, and nothing else yet.
pub(crate) struct SignedClaims {
    claims: Map<String, Value>,
    #[cfg(feature = "login")]
    algorithm: SigningAlgorithm,
    typ: Option<String>,
}

impl SignedClaims {
    /// Rules 1 and 2.
    ///
    /// # Errors
    ///
    /// [`JwtError::Jws`] or [`JwtError::Json`].
    pub(crate) fn verify(token: &str, keys: &KeySet, pinned: Option<SigningAlgorithm>) -> Result<Self, JwtError> {
        let payload = jws::verify(token, keys, pinned)?;
        let claims = strict_json::object(payload.bytes())?;
        Ok(Self {
            claims,
            #[cfg(feature = "login")]
            algorithm: payload.algorithm(),
            typ: payload.typ().map(str::to_owned),
        })
    }

    /// Rule 3.
    pub(crate) fn check_issuer(&self, issuer: &str) -> Result<(), JwtError> {
        check_issuer(&self.claims, issuer)
    }

    /// Rule 4; returns every audience.
    pub(crate) fn check_audience(&self, is_accepted: impl Fn(&str) -> bool) -> Result<Vec<&str>, JwtError> {
        check_audience(&self.claims, is_accepted)
    }

    /// Rule 5.
    pub(crate) fn check_times(&self, now: Timestamp) -> Result<(), JwtError> {
        let expires_at = self.time("exp")?.ok_or(JwtError::Claim("exp"))?;
        let issued_at = self.time("iat")?.ok_or(JwtError::Claim("iat"))?;
        let not_before = self.time("nbf")?.unwrap_or(issued_at);
        let latest = now.saturating_add(CLOCK_SKEW);
        if now >= expires_at.saturating_add(CLOCK_SKEW) {
            return Err(JwtError::Expired);
        }
        match (issued_at > latest, not_before > latest) {
            (true, _) => Err(JwtError::NotYetValid("iat")),
            (_, true) => Err(JwtError::NotYetValid("nbf")),
            _ => Ok(()),
        }
    }

    /// A claim that must be text.
    pub(crate) fn required_text(&self, name: &'static str) -> Result<&str, JwtError> {
        strict_json::text(&self.claims, name).ok_or(JwtError::Claim(name))
    }

    /// See [`time`].
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, JwtError> {
        time(&self.claims, name)
    }

    pub(crate) const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The header's `typ`, see [`jws::Payload::typ`].
    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// How the token was signed.
    #[cfg(feature = "login")]
    pub(crate) const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    pub(crate) fn into_claims(self) -> Map<String, Value> {
        self.claims
    }
}

/// Rule 3, of any object with the claims of a token.
pub(super) fn check_issuer(claims: &Map<String, Value>, issuer: &str) -> Result<(), JwtError> {
    let found = strict_json::text(claims, "iss").ok_or(JwtError::Claim("iss"))?;
    if found == issuer {
        return Ok(());
    }
    Err(JwtError::Issuer { found: printable(found), configured: printable(issuer) })
}

/// Rule 4, of any object with the claims of a token; returns every audience.
pub(super) fn check_audience(
    claims: &Map<String, Value>,
    is_accepted: impl Fn(&str) -> bool,
) -> Result<Vec<&str>, JwtError> {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => {
            many.iter().map(Value::as_str).collect::<Option<_>>().ok_or(JwtError::Claim("aud"))?
        }
        _ => return Err(JwtError::Claim("aud")),
    };
    if audiences.iter().any(|audience| is_accepted(audience)) { Ok(audiences) } else { Err(JwtError::Audience) }
}

/// The user of a token, of any object with its claims: `sub`, a text of 1 to 255 characters (OIDC Core §2).
pub(super) fn subject(claims: &Map<String, Value>) -> Result<&str, JwtError> {
    let is_subject = |subject: &&str| !subject.is_empty() && subject.chars().count() <= MAX_SUBJECT;
    strict_json::text(claims, "sub").filter(is_subject).ok_or(JwtError::Claim("sub"))
}

/// A `NumericDate` (RFC 7519 §2); absent and null are `None`. Beyond [`MAX_DATE`] it is of the wrong type.
pub(super) fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, JwtError> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let seconds = strict_json::seconds(value).filter(|seconds| *seconds <= MAX_DATE).ok_or(JwtError::Claim(name))?;
    Ok(Some(Timestamp::from_unix(seconds)))
}
