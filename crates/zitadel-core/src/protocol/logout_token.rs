//! The logout token (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6), verified; [`VerifiedLogoutToken`] is the proof.
//!
//! 1. Signature, issuer, audience and times are those of every [JWT](super::jwt); the audience is our client id. The
//!    algorithm is the pinned one, or one that discovery offers for ID tokens.
//! 2. `typ`, when present, is `logout+jwt`, or `JWT` as ZITADEL sends it: another kind of token ends nothing.
//! 3. `events` is an object with the member of the logout event, whose value is an object.
//! 4. There is no `nonce`: an ID token is not a logout token.
//! 5. `jti` is present, a text of 1 to 256 characters.
//! 6. There is a `sid` or a `sub`, or both; what is present is a text that is not empty.
//! 7. `azp`, when present, is our client id, as in an ID token.

use std::{fmt, time::Duration};

use serde_json::Value;

use super::{
    jwt::{CLOCK_SKEW, JwtError, SignedClaims},
    key_set::KeySet,
    signing_algorithm::SigningAlgorithm,
};
use crate::time::Timestamp;

/// The member of `events` (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Longest `jti`, in bytes.
const MAX_ID: usize = 256;

/// Why a logout token is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogoutTokenError {
    #[error(transparent)]
    Jwt(#[from] JwtError),
    #[error("the token is signed with {}, which discovery does not offer for ID tokens", .0.name())]
    Algorithm(SigningAlgorithm),
    #[error("`{0}` says that the token is of another kind than a logout token")]
    WrongKind(&'static str),
    #[error("`azp` does not say that the token was issued for this application")]
    AuthorizedParty,
    #[error("`{0}` is missing, empty or of the wrong type")]
    Claim(&'static str),
    #[error("there is neither `sid` nor `sub`")]
    NothingToEnd,
}

impl LogoutTokenError {
    /// [`JwtError::may_be_key_rotation`]
    pub(crate) const fn may_be_key_rotation(&self) -> bool {
        matches!(self, Self::Jwt(error) if error.may_be_key_rotation())
    }

    /// [`JwtError::is_unverified`]
    pub(crate) const fn is_unverified(&self) -> bool {
        matches!(self, Self::Jwt(error) if error.is_unverified())
    }
}

/// What a logout token must contain.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// The one algorithm that is accepted.
    pub(crate) pinned: Option<SigningAlgorithm>,
    /// Those of discovery, if none is pinned; empty if discovery names none that is known.
    pub(crate) offered: &'a [SigningAlgorithm],
}

/// A logout token whose signature, issuer, audience, event and times were all checked. Only [`verify`] makes one.
pub(crate) struct VerifiedLogoutToken {
    /// The session of the provider that ended.
    pub(crate) sid: Option<String>,
    /// The user.
    pub(crate) subject: Option<String>,
    /// The id of the token.
    pub(crate) id: String,
    /// When it was issued.
    pub(crate) issued_at: Timestamp,
    expires_at: Timestamp,
}

impl VerifiedLogoutToken {
    /// How long the token could be sent again.
    pub(crate) fn remaining(&self, now: Timestamp) -> Duration {
        self.expires_at.saturating_add(CLOCK_SKEW).duration_since(now)
    }
}

impl fmt::Debug for VerifiedLogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedLogoutToken").finish_non_exhaustive()
    }
}

/// Verifies a logout token by the rules of the module.
///
/// # Errors
///
/// The first rule that is broken.
pub(crate) fn verify(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<VerifiedLogoutToken, LogoutTokenError> {
    let signed = SignedClaims::verify(token, keys, expected.pinned)?;
    if expected.pinned.is_none() && !expected.offered.is_empty() && !expected.offered.contains(&signed.algorithm()) {
        return Err(LogoutTokenError::Algorithm(signed.algorithm()));
    }
    if !matches!(signed.typ(), None | Some("jwt" | "logout+jwt")) {
        return Err(LogoutTokenError::WrongKind("typ"));
    }
    signed.check_issuer(expected.issuer)?;
    signed.check_audience(|audience| audience == expected.client_id)?;
    if signed.get("azp").is_some_and(|azp| azp.as_str() != Some(expected.client_id)) {
        return Err(LogoutTokenError::AuthorizedParty);
    }
    signed.check_times(now)?;
    let event = signed.get("events").and_then(Value::as_object).and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(LogoutTokenError::Claim("events"));
    }
    if signed.get("nonce").is_some() {
        return Err(LogoutTokenError::WrongKind("nonce"));
    }
    let id = text(&signed, "jti")?.filter(|id| id.len() <= MAX_ID).ok_or(LogoutTokenError::Claim("jti"))?;
    let (sid, subject) = (text(&signed, "sid")?, text(&signed, "sub")?);
    if sid.is_none() && subject.is_none() {
        return Err(LogoutTokenError::NothingToEnd);
    }
    Ok(VerifiedLogoutToken {
        sid,
        subject,
        id,
        issued_at: signed.time("iat")?.ok_or(JwtError::Claim("iat"))?,
        expires_at: signed.time("exp")?.ok_or(JwtError::Claim("exp"))?,
    })
}

/// A text that is not empty; `None` if it is absent.
fn text(signed: &SignedClaims, name: &'static str) -> Result<Option<String>, LogoutTokenError> {
    match signed.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(LogoutTokenError::Claim(name)),
    }
}

#[cfg(test)]
mod tests;
