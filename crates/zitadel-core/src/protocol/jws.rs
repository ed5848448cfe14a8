//! Signed tokens in compact form (RFC 7515 §7.1): `header.payload.signature`.
//!
//! 1. At most 64 KiB; exactly three parts; base64url without padding, in its one spelling.
//! 2. The header is a JSON object in which no member appears twice.
//! 3. What would make the content something else than the bytes of the second part is refused: `crit` (RFC 7515 §4.1.11)
//!    and `b64` (RFC 7797 §3) ask for extensions that are not understood, `zip` (RFC 7516 §4.1.3) for decompression, and a
//!    `cty` (RFC 7515 §4.1.10) other than JSON says that the content is not claims.
//! 4. `alg` is one of the seven of [`SigningAlgorithm`]; `none` and HMAC are not among them.
//! 5. If one algorithm is pinned, the header says exactly that one.
//! 6. The algorithm in the header must be one the chosen key is for (RFC 8725 §3.1). Keys inside the token (`jwk`,
//!    `jku`, `x5c`, `x5u`) are ignored.
//! 7. The signature is always checked. There is no function here that reads a token without it.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    base64url,
    key_set::{KeySelectionError, KeySet},
    oauth_error::printable,
    signing_algorithm::SigningAlgorithm,
    strict_json,
};

/// Largest token that is read, in bytes. ZITADEL's tokens with many roles have a few thousand.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// Why a signed token is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwsError {
    #[error("the token is larger than 64 KiB")]
    TooLarge,
    #[error("the token is not a compact JWS")]
    Malformed,
    #[error("the token's header is not acceptable JSON")]
    Header,
    #[error("the token's header has `{0}`, which is not understood")]
    NotUnderstood(&'static str),
    /// The name is fit for a line of the log.
    #[error("the token is signed with `{0}`, which is not accepted")]
    Algorithm(String),
    #[error("the token is signed with {}, and ZITADEL_SIGNING_ALG is {}", .found.name(), .configured.name())]
    NotPinned { found: SigningAlgorithm, configured: SigningAlgorithm },
    #[error("no key can verify the token")]
    Key(#[from] KeySelectionError),
    #[error("the signature is wrong")]
    Signature,
}

/// The content of a token whose signature was checked. Only [`verify`] makes one.
pub(crate) struct Payload {
    bytes: Vec<u8>,
    algorithm: SigningAlgorithm,
    typ: Option<String>,
}

impl Payload {
    /// The signed bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How they were signed.
    #[cfg(feature = "login")]
    pub(crate) const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The header's `typ` in lower case and without `application/` (RFC 7515 §4.1.9): `jwt`, `at+jwt`.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Checks the signature of `token` with the provider's keys and gives its content.
///
/// # Errors
///
/// [`JwsError`]; after [`UnknownKey`](KeySelectionError::UnknownKey) newer keys may help.
pub(crate) fn verify(token: &str, keys: &KeySet, pinned: Option<SigningAlgorithm>) -> Result<Payload, JwsError> {
    if token.len() > MAX_BYTES {
        return Err(JwsError::TooLarge);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(JwsError::Malformed)?;
    if payload.contains('.') {
        return Err(JwsError::Malformed);
    }
    let header = Header::parse(&base64url::decode(header).ok_or(JwsError::Malformed)?)?;
    let bytes = base64url::decode(payload).ok_or(JwsError::Malformed)?;
    let signature = base64url::decode(signature).ok_or(JwsError::Malformed)?;

    if let Some(configured) = pinned.filter(|pinned| *pinned != header.algorithm) {
        return Err(JwsError::NotPinned { found: header.algorithm, configured });
    }
    let candidates = keys.candidates(header.kid.as_deref(), header.algorithm)?;
    if candidates.keys.iter().any(|key| key.verifies(header.algorithm, message.as_bytes(), &signature)) {
        Ok(Payload { bytes, algorithm: header.algorithm, typ: header.typ })
    } else if candidates.named {
        Err(JwsError::Signature)
    } else {
        Err(KeySelectionError::UnknownKey.into())
    }
}

/// The members of the header that are used.
struct Header {
    algorithm: SigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, JwsError> {
        let members = strict_json::object(json).map_err(|_| JwsError::Header)?;
        if let Some(name) = ["crit", "b64", "zip"].into_iter().find(|name| members.contains_key(*name)) {
            return Err(JwsError::NotUnderstood(name));
        }
        if media_type(&members, "cty")?.is_some_and(|cty| cty != "json") {
            return Err(JwsError::NotUnderstood("cty"));
        }
        let algorithm = text(&members, "alg")?.ok_or(JwsError::Header)?;
        let algorithm = SigningAlgorithm::parse(algorithm).ok_or_else(|| JwsError::Algorithm(printable(algorithm)))?;
        let kid = text(&members, "kid")?.map(str::to_owned);
        let typ = media_type(&members, "typ")?;
        Ok(Self { algorithm, kid, typ })
    }
}

/// A media type in lower case and without `application/` (RFC 7515 §4.1.9).
fn media_type(members: &Map<String, Value>, name: &str) -> Result<Option<String>, JwsError> {
    Ok(text(members, name)?.map(|media_type| {
        let media_type = media_type.to_ascii_lowercase();
        media_type.strip_prefix("application/").map(str::to_owned).unwrap_or(media_type)
    }))
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, JwsError> {
    members.get(name).map(|value| value.as_str().ok_or(JwsError::Header)).transpose()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof;
