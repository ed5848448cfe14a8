//! `SigningAlgorithm`: the seven signature algorithms ZITADEL can use.

use std::fmt;

#[cfg(feature = "login")]
use aws_lc_rs::digest;

/// How a provider signs its tokens (`alg` of RFC 7518 §3.1 and RFC 8037 §3.1).
///
/// By default every one of these is accepted, because the key of the provider says which one it is for. Set one
/// (`ZITADEL_SIGNING_ALG`) where the provider registered exactly one for this application; tokens signed with
/// another key of the provider's set are then refused. `none` and the HMAC algorithms are not on the list and
/// cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256; ZITADEL's default.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519.
    EdDSA,
}

impl SigningAlgorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 7] =
        [Self::RS256, Self::RS384, Self::RS512, Self::ES256, Self::ES384, Self::ES512, Self::EdDSA];

    /// The algorithm of this name, spelled exactly as the specifications do (`RS256`, `EdDSA`).
    ///
    /// ```
    /// use zitadel_core::SigningAlgorithm;
    /// assert_eq!(SigningAlgorithm::parse("ES256"), Some(SigningAlgorithm::ES256));
    /// assert_eq!(SigningAlgorithm::parse("none"), None);
    /// assert_eq!(SigningAlgorithm::parse("HS256"), None);
    /// ```
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            // RFC 9864 §2.2 names the curve; it is the same signature.
            "Ed25519" => Some(Self::EdDSA),
            _ => Self::ALL.into_iter().find(|algorithm| algorithm.name() == name),
        }
    }

    /// The name the specifications give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The hash that goes with it, for `at_hash` (OIDC Core §3.1.3.6). Ed25519 hashes with SHA-512 inside.
    #[cfg(feature = "login")]
    pub(crate) fn digest(self, bytes: &[u8]) -> digest::Digest {
        let hash = match self {
            Self::RS256 | Self::ES256 => &digest::SHA256,
            Self::RS384 | Self::ES384 => &digest::SHA384,
            Self::RS512 | Self::ES512 | Self::EdDSA => &digest::SHA512,
        };
        digest::digest(hash, bytes)
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_the_name_it_shows() {
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(SigningAlgorithm::parse(&algorithm.to_string()), Some(algorithm));
        }
    }

    #[test]
    fn nothing_without_a_public_key_has_a_name_here() {
        for name in ["none", "None", "HS256", "HS384", "HS512", "PS256", "ES256K", "rs256", "", "RS256 "] {
            assert_eq!(SigningAlgorithm::parse(name), None, "{name}");
        }
    }
}
