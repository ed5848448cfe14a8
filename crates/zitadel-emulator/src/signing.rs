//! Signing keys for the seven algorithms that ZITADEL supports, based on aws-lc-rs (RFC 7515, 7517, 7518, 8037).

use std::sync::OnceLock;

use aws_lc_rs::{
    digest, rand,
    rsa::KeySize,
    signature::{
        self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// A signature algorithm that ZITADEL supports (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// The default is [`SigningAlgorithm::Rs256`] with a 2048-bit RSA key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256; the default of a new ZITADEL instance.
    #[default]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512. The key has 3072 bits.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

impl SigningAlgorithm {
    /// All algorithms, in the order of ZITADEL's documentation.
    pub const ALL: [Self; 7] =
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Es256, Self::Es384, Self::Es512, Self::EdDsa];

    /// The `alg` header parameter, for example `RS256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The hash function of `at_hash` (OpenID Connect Core §3.1.3.6).
    fn hash_algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Rs256 | Self::Es256 => &digest::SHA256,
            Self::Rs384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Es512 | Self::EdDsa => &digest::SHA512,
        }
    }

    fn verification_algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
            Self::EdDsa => &signature::ED25519,
        }
    }

    /// The value of `at_hash`: the left half of the hash of an access token, base64url (OpenID Connect Core §3.1.3.6).
    pub(crate) fn left_half_hash(self, text: &str) -> String {
        let hash = digest::digest(self.hash_algorithm(), text.as_bytes());
        let half = hash.as_ref().len() / 2;
        BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref().get(..half).unwrap_or_default())
    }
}

/// A private key.
enum KeyPair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl KeyPair {
    #[expect(clippy::expect_used, reason = "key generation fails only if the operating system has no randomness")]
    fn generate(algorithm: SigningAlgorithm) -> Self {
        let rsa = |size| Self::Rsa(RsaKeyPair::generate(size).expect("RSA key generation"));
        let ec = |curve| Self::Ec(EcdsaKeyPair::generate(curve).expect("elliptic-curve key generation"));
        match algorithm {
            SigningAlgorithm::Rs256 | SigningAlgorithm::Rs384 => rsa(KeySize::Rsa2048),
            // Not the same size as the others: clients must not take 2048 bits for granted.
            SigningAlgorithm::Rs512 => rsa(KeySize::Rsa3072),
            SigningAlgorithm::Es256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            SigningAlgorithm::Es384 => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            SigningAlgorithm::Es512 => ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            SigningAlgorithm::EdDsa => Self::Ed(Ed25519KeyPair::generate().expect("Ed25519 key generation")),
        }
    }

    fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ec(pair) => pair.public_key().as_ref(),
            Self::Ed(pair) => pair.public_key().as_ref(),
        }
    }
}

/// A signing key. The key pair is generated on first use, because RSA key generation is slow.
pub(crate) struct SigningKey {
    /// The `kid`: an 18-digit number.
    pub(crate) id: String,
    pub(crate) algorithm: SigningAlgorithm,
    pair: OnceLock<KeyPair>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl SigningKey {
    pub(crate) fn new(id: String, algorithm: SigningAlgorithm) -> Self {
        Self { id, algorithm, pair: OnceLock::new() }
    }

    fn key_pair(&self) -> &KeyPair {
        self.pair.get_or_init(|| KeyPair::generate(self.algorithm))
    }

    /// Generates the key pair in advance, so that the first request does not wait for it.
    #[cfg(feature = "server")]
    pub(crate) fn prepare(&self) {
        self.key_pair();
    }

    /// Signs `message`. Returns the signature in the format of a JWS.
    #[expect(clippy::expect_used, reason = "signing with a generated key fails only without memory or randomness")]
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = rand::SystemRandom::new();
        match self.key_pair() {
            KeyPair::Rsa(pair) => {
                let padding: &'static dyn signature::RsaEncoding = match self.algorithm {
                    SigningAlgorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
                    SigningAlgorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).expect("RSA signing");
                signature
            }
            KeyPair::Ec(pair) => pair.sign(&random, message).expect("ECDSA signing").as_ref().to_vec(),
            KeyPair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// Whether `signature` is a valid signature of `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm.verification_algorithm(), self.key_pair().public_key())
            .verify(message, signature)
            .is_ok()
    }

    /// The public key as a JSON Web Key, with members in ZITADEL's order.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = Map::new();
        let mut put = |name: &str, value: &str| jwk.insert(name.to_owned(), Value::from(value));
        let public = self.key_pair().public_key();
        put("use", "sig");
        match self.key_pair() {
            KeyPair::Rsa(_) => {
                let (modulus, exponent) = parse_rsa_public_key(public).unwrap_or_default();
                put("kty", "RSA");
                put("kid", &self.id);
                put("alg", self.algorithm.name());
                put("n", &BASE64_URL_SAFE_NO_PAD.encode(modulus));
                put("e", &BASE64_URL_SAFE_NO_PAD.encode(exponent));
            }
            KeyPair::Ec(_) => {
                // An uncompressed point: the byte 4, then x and y, each padded to the size of the field.
                let (x, y) = public.get(1..).map(|point| point.split_at(point.len() / 2)).unwrap_or_default();
                put("kty", "EC");
                put("kid", &self.id);
                put(
                    "crv",
                    match self.algorithm {
                        SigningAlgorithm::Es384 => "P-384",
                        SigningAlgorithm::Es512 => "P-521",
                        _ => "P-256",
                    },
                );
                put("alg", self.algorithm.name());
                put("x", &BASE64_URL_SAFE_NO_PAD.encode(x));
                put("y", &BASE64_URL_SAFE_NO_PAD.encode(y));
            }
            KeyPair::Ed(_) => {
                put("kty", "OKP");
                put("kid", &self.id);
                put("crv", "Ed25519");
                put("alg", self.algorithm.name());
                put("x", &BASE64_URL_SAFE_NO_PAD.encode(public));
            }
        }
        Value::Object(jwk)
    }
}

/// Parses modulus and exponent of a DER `RSAPublicKey` (RFC 8017 appendix A.1.1), without leading zeros.
fn parse_rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = parse_der_element(der, 0x30)?;
    let (modulus, rest) = parse_der_element(sequence, 0x02)?;
    let (exponent, _) = parse_der_element(rest, 0x02)?;
    let trim = |number: &'_ [u8]| number.iter().position(|byte| *byte != 0).unwrap_or(0);
    Some((modulus.get(trim(modulus)..)?, exponent.get(trim(exponent)..)?))
}

/// Splits `der` into the content of its first element, which must have this tag, and the remaining bytes.
pub(crate) fn parse_der_element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
