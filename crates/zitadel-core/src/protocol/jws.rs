//! Signed tokens in compact form (RFC 7515 §7.1): `header.payload.signature`.
//!
//! 1. At most 64 KiB; exactly three parts; base64url without padding, in its one spelling.
//! 2. The header is a JSON object in which no member appears twice.
//! 3. `crit` is refused: it asks for extensions, and there are none we understand (RFC 7515 §4.1.11).
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
    signing_algorithm::SigningAlgorithm,
    strict_json,
};

/// Largest token that is read, in bytes. ZITADEL's tokens with many roles have a few thousand.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// Why a signed token is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwsError {
    #[error("the token is larger than 64 KiB")]
    TooLarge,
    #[error("the token is not a compact JWS")]
    Malformed,
    #[error("the token's header is not acceptable JSON")]
    Header,
    #[error("the token asks for extensions (`crit`) that are not understood")]
    Critical,
    #[error("the token is signed with an algorithm that is not accepted")]
    Algorithm,
    #[error("the token is signed with another algorithm than the configured one")]
    NotPinned,
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

    if pinned.is_some_and(|pinned| pinned != header.algorithm) {
        return Err(JwsError::NotPinned);
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
        if members.contains_key("crit") {
            return Err(JwsError::Critical);
        }
        let algorithm = text(&members, "alg")?.ok_or(JwsError::Header)?;
        let algorithm = SigningAlgorithm::parse(algorithm).ok_or(JwsError::Algorithm)?;
        let kid = text(&members, "kid")?.map(str::to_owned);
        let typ = text(&members, "typ")?.map(|typ| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
        });
        Ok(Self { algorithm, kid, typ })
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, JwsError> {
    members.get(name).map(|value| value.as_str().ok_or(JwsError::Header)).transpose()
}

#[cfg(test)]
mod tests;
