//! `KeySet`: the provider's public keys (RFC 7517 §5), and which of them a token may be checked with.
//!
//! 1. At most 1 MiB and 100 keys; more is refused as a whole.
//! 2. One key that is bad, unknown or not for signatures (`use: enc`, `key_ops` without `verify`, secp256k1,
//!    `oct`, too small, not on its curve, a type invented later) is skipped and counted; the others stay.
//! 3. A token with a `kid` is verified with the keys of that `kid`; several may share one, and those that fit are
//!    tried.
//! 4. A token without a `kid` is verified only if exactly one key fits its algorithm. A token whose `kid` no key
//!    has may still belong to the one fitting key that has none.
//! 5. Newer keys could help after every [`KeySelectionError`]: a key was added, replaced under its name, or one of two
//!    that fit is gone. Whether they are fetched (at most once in a few seconds) is decided by the caller.
//! 6. `Cache-Control` is respected between one minute and one day; without it keys are used for five minutes.

use std::{fmt, time::Duration};

use serde_json::Value;

use super::{key::Key, signing_algorithm::SigningAlgorithm};

/// Largest key set that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
/// Most keys a set may have, counting those that are skipped.
pub(crate) const MAX_KEYS: usize = 100;

/// How long keys are used if the response has no `Cache-Control` (ZITADEL sends the same: `max-age=300`).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// Shortest and longest time keys are used, whatever the response says.
const LIFETIME: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(24 * 60 * 60));

/// Why a response is not a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeySetError {
    #[error("the key set is larger than 1 MiB")]
    TooLarge,
    #[error("the key set has more than 100 keys")]
    TooManyKeys,
    #[error("the key set is not JSON with a list of keys")]
    Malformed,
}

/// Why no key of the set can be chosen for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeySelectionError {
    #[error("no known key matches the token")]
    UnknownKey,
    #[error("the token names no key and several fit")]
    AmbiguousKey,
    #[error("the token is signed with {}, and its key is for another algorithm", .0.name())]
    AlgorithmMismatch(SigningAlgorithm),
}

/// The provider's signature keys, each parsed once.
pub(crate) struct KeySet {
    keys: Vec<Key>,
    skipped: usize,
}

/// The keys a token may have been signed with.
pub(crate) struct Candidates<'a> {
    pub(crate) keys: Vec<&'a Key>,
    /// Whether the token named them. If not, a signature that does not fit may just mean that the keys are old.
    pub(crate) named: bool,
}

impl KeySet {
    /// Reads the body of the `jwks_uri` response.
    ///
    /// # Errors
    ///
    /// [`KeySetError`] if the whole cannot be used. Keys that cannot are skipped, see [`skipped`](Self::skipped).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, KeySetError> {
        if body.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        // Not `strict_json`: RFC 7517 §4 lets the last of two equal members count, and refusing would let one
        // malformed key make the whole set unusable.
        let set: Value = serde_json::from_slice(body).map_err(|_| KeySetError::Malformed)?;
        let listed = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::Malformed)?;
        if listed.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        let keys: Vec<Key> = listed.iter().filter_map(|key| Key::parse(key.as_object()?)).collect();
        let skipped = listed.len() - keys.len();
        Ok(Self { keys, skipped })
    }

    /// How many keys can be used.
    pub(crate) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// How many keys could not be used; worth a line in the log, never an error.
    pub(crate) const fn skipped(&self) -> usize {
        self.skipped
    }

    /// The keys a token with this header may be checked with: at least one.
    ///
    /// # Errors
    ///
    /// [`KeySelectionError`]
    pub(crate) fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: SigningAlgorithm,
    ) -> Result<Candidates<'_>, KeySelectionError> {
        if let Some(kid) = kid {
            let mut named: Vec<&Key> = self.keys.iter().filter(|key| key.id() == Some(kid)).collect();
            if !named.is_empty() {
                named.retain(|key| key.fits(algorithm));
                if named.is_empty() {
                    return Err(KeySelectionError::AlgorithmMismatch(algorithm));
                }
                return Ok(Candidates { keys: named, named: true });
            }
        }
        let possible = |key: &&Key| key.fits(algorithm) && (kid.is_none() || key.id().is_none());
        let keys: Vec<&Key> = self.keys.iter().filter(possible).collect();
        match (keys.len(), kid) {
            (1, _) => Ok(Candidates { keys, named: false }),
            (0, _) | (_, Some(_)) => Err(KeySelectionError::UnknownKey),
            _ => Err(KeySelectionError::AmbiguousKey),
        }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("keys", &self.keys.len()).field("skipped", &self.skipped).finish()
    }
}

/// How long a key set may be used before it is fetched again, from the response's `Cache-Control` (RFC 9111 §5.2.2).
///
/// Five minutes if it has none; never less than a minute (not even for `no-store`), never more than a day.
pub(crate) fn cache_lifetime(cache_control: Option<&str>) -> Duration {
    let mut lifetime = DEFAULT_LIFETIME;
    for directive in cache_control.unwrap_or_default().split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return LIFETIME.0;
        }
        if name.eq_ignore_ascii_case("max-age") {
            let digits = value.trim().trim_matches('"');
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                // Too many digits for a number: the maximum.
                lifetime = Duration::from_secs(digits.parse().unwrap_or(u64::MAX));
            }
        }
    }
    lifetime.clamp(LIFETIME.0, LIFETIME.1)
}

#[cfg(test)]
mod tests;
