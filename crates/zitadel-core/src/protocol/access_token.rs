//! Access tokens (RFC 6749 §1.4): which kind the provider issues, and a JWT access token (RFC 9068) that a caller presents, verified.
//!
//! 1. Signature, issuer and times are those of every [JWT](super::jwt).
//! 2. `aud` contains an accepted audience: a client id or a project id. ZITADEL writes every application of the project and
//!    the project itself into it.
//! 3. `sub` is present, a text of 1 to 255 characters.
//! 4. `typ` is `at+jwt` (RFC 9068 §2.1) or, as ZITADEL writes it, `JWT`; a header without it counts as `JWT`.
//! 5. An ID token is not an access token, and ZITADEL's `typ` does not tell them apart. With `typ` `JWT`, `jti` and `client_id` are
//!    present, which ZITADEL writes into every access token (its ID tokens have no `jti`), and nothing that only an ID token has:
//!    `nonce`, `at_hash`, `c_hash`, `sid`.
//! 6. Other signed tokens are not access tokens: anything with `events` (logout tokens, RFC 8417).

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};

use super::{
    authentication_context::authentication_context,
    jwt::{CLOCK_SKEW, JwtError, SignedClaims, subject, time},
    key_set::KeySet,
    strict_json,
    user_claims::user_claims,
};
use crate::{
    claims::{AuthenticationContext, Claims},
    telemetry::LabelValue,
    time::Timestamp,
};

/// Claims that only an ID token has.
const ID_TOKEN_CLAIMS: [&str; 4] = ["nonce", "at_hash", "c_hash", "sid"];

/// Claims about the token that [`user_claims`] would keep, because in an ID token they mean nothing.
const ABOUT_THE_TOKEN: [&str; 4] = ["scope", "active", "token_type", "username"];

/// The form of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a token either contains claims or it does not")]
pub enum AccessTokenKind {
    /// A signed JSON Web Token that an API can verify locally (RFC 9068).
    Jwt,
    /// A reference that only the provider can resolve (introspection, RFC 7662). ZITADEL's personal access tokens are such.
    Opaque,
}

impl AccessTokenKind {
    /// By the form of a token: a JWT has three parts (RFC 7515 §7.1).
    pub(crate) fn of(token: &str) -> Self {
        if memchr::memchr_iter(b'.', token.as_bytes()).count() == 2 { Self::Jwt } else { Self::Opaque }
    }
}

impl LabelValue for AccessTokenKind {
    fn word(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque => "opaque",
        }
    }
}

/// Why a presented access token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessTokenError {
    #[error(transparent)]
    Jwt(#[from] JwtError),
    #[error("`{0}` says that the token is of another kind than an access token")]
    WrongKind(&'static str),
    /// It would need newer keys than those that were fetched a moment ago.
    #[error("no known key verifies the token, and the keys were fetched a moment ago")]
    KeysJustFetched,
    #[error("the provider says that the token is not active")]
    Inactive,
    #[error(
        "the token is opaque, and no credentials for introspection are configured: set ZITADEL_APP_KEY_FILE, \
         or ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET"
    )]
    NoIntrospection,
    #[error("the token is larger than 64 KiB")]
    TooLarge,
}

impl AccessTokenError {
    /// [`JwtError::may_be_key_rotation`]
    pub(crate) const fn may_be_key_rotation(&self) -> bool {
        matches!(self, Self::Jwt(error) if error.may_be_key_rotation())
    }

    /// [`JwtError::is_unverified`]
    pub(crate) const fn is_unverified(&self) -> bool {
        matches!(self, Self::Jwt(error) if error.is_unverified())
    }
}

/// What an access token must contain.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The configured issuer.
    pub(crate) issuer: &'a str,
    /// Never empty.
    pub(crate) audiences: &'a [String],
}

impl Expected<'_> {
    pub(super) fn accepts(&self, audience: &str) -> bool {
        self.audiences.iter().any(|accepted| accepted == audience)
    }
}

/// An access token that was verified: by its signature ([`verify`]), or by the provider
/// ([`introspection::parse`](super::introspection::parse)). Nothing else makes one.
pub(crate) struct VerifiedAccessToken {
    kind: AccessTokenKind,
    claims: Arc<Claims>,
    client_id: Option<Box<str>>,
    /// `None`: the token does not say. ZITADEL's JWTs do not.
    scopes: Option<Box<[Box<str>]>>,
    /// `None`: it does not expire, as introspection of another provider may say.
    expires_at: Option<Timestamp>,
    authenticated_at: Option<Timestamp>,
    authentication_context: AuthenticationContext,
}

impl VerifiedAccessToken {
    pub(crate) const fn kind(&self) -> AccessTokenKind {
        self.kind
    }

    /// What it says about the user.
    pub(crate) const fn claims(&self) -> &Arc<Claims> {
        &self.claims
    }

    /// The client that it was issued to; a personal access token was issued to none.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    pub(crate) fn scopes(&self) -> Option<&[Box<str>]> {
        self.scopes.as_deref()
    }

    pub(crate) const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    pub(crate) const fn authenticated_at(&self) -> Option<Timestamp> {
        self.authenticated_at
    }

    /// `acr` and `amr` (RFC 9068 §2.2.1, RFC 9470 §6).
    pub(crate) const fn authentication_context(&self) -> &AuthenticationContext {
        &self.authentication_context
    }

    /// Until when its own times allow it.
    pub(crate) fn acceptable_until(&self) -> Timestamp {
        self.expires_at.map_or(Timestamp::from_unix(u64::MAX), |at| at.saturating_add(CLOCK_SKEW))
    }
}

impl fmt::Debug for VerifiedAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedAccessToken").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Verifies a JWT access token by the rules of the module.
///
/// # Errors
///
/// The first rule that is broken. If it [may be a key rotation](AccessTokenError::may_be_key_rotation), fetch newer keys and
/// try once more.
pub(crate) fn verify(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<VerifiedAccessToken, AccessTokenError> {
    let signed = SignedClaims::verify(token, keys, None)?;
    check_kind(&signed)?;
    signed.check_issuer(expected.issuer)?;
    signed.check_audience(|audience| expected.accepts(audience))?;
    subject(signed.claims())?;
    signed.check_times(now)?;
    Ok(verified(AccessTokenKind::Jwt, signed.into_claims())?)
}

/// What was checked, as its object; `claims` are those of the token, or what the provider says about it.
pub(super) fn verified(kind: AccessTokenKind, mut claims: Map<String, Value>) -> Result<VerifiedAccessToken, JwtError> {
    let scopes = scopes(&claims);
    for name in ABOUT_THE_TOKEN {
        claims.remove(name);
    }
    Ok(VerifiedAccessToken {
        kind,
        client_id: strict_json::text(&claims, "client_id").filter(|id| !id.is_empty()).map(Box::from),
        scopes,
        expires_at: time(&claims, "exp")?,
        authenticated_at: time(&claims, "auth_time")?,
        authentication_context: authentication_context(&claims),
        claims: Arc::new(user_claims(&claims, None)),
    })
}

/// Rules 4 to 6.
fn check_kind(signed: &SignedClaims) -> Result<(), AccessTokenError> {
    if signed.get("events").is_some() {
        return Err(AccessTokenError::WrongKind("events"));
    }
    match signed.typ() {
        Some("at+jwt") => Ok(()),
        None | Some("jwt") => {
            if let Some(name) = ID_TOKEN_CLAIMS.into_iter().find(|name| signed.get(name).is_some()) {
                return Err(AccessTokenError::WrongKind(name));
            }
            signed.required_text("jti")?;
            signed.required_text("client_id")?;
            Ok(())
        }
        Some(_) => Err(AccessTokenError::WrongKind("typ")),
    }
}

/// `scope` (RFC 9068 §2.2.3, RFC 7662 §2.2): one text, separated by spaces.
fn scopes(claims: &Map<String, Value>) -> Option<Box<[Box<str>]>> {
    strict_json::text(claims, "scope").map(|scope| scope.split_ascii_whitespace().map(Box::from).collect())
}

/// A token for tests of other modules.
#[cfg(test)]
pub(crate) fn example(claims: Map<String, Value>) -> VerifiedAccessToken {
    verified(AccessTokenKind::Opaque, claims).unwrap()
}

#[cfg(test)]
mod tests;
