//! `Key`: one public key of the provider, parsed once, and the signatures it can verify.

use aws_lc_rs::signature::{self, ParsedPublicKey, UnparsedPublicKey, VerificationAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, crypto::aws_lc};
use serde_json::{Map, Value};

use super::{
    base64url,
    signing_algorithm::SigningAlgorithm::{self, ES256, ES384, ES512, EdDSA, RS256, RS384, RS512},
};

/// Accepted sizes of RSA keys, in bits. Smaller keys can be broken (RFC 7518 §3.3), larger ones take too long to use.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key for signatures (RFC 7517) and the algorithms it can be used with.
///
/// The algorithms come from the key: its type, its curve and, where given, its `alg`. A header only chooses
/// among them (RFC 8725 §3.1).
pub(crate) struct Key {
    id: Option<String>,
    algorithms: Vec<SigningAlgorithm>,
    material: DecodingKey,
}

impl Key {
    /// Reads one JSON Web Key; `None` if it is not a signature key of a kind we use, whatever the reason.
    pub(crate) fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        // Some providers write members without a value as null.
        let member = |name: &str| jwk.get(name).filter(|value| !value.is_null());
        let id = match member("kid") {
            None => None,
            Some(id) => Some(id.as_str()?.to_owned()),
        };
        if member("use").is_some_and(|r#use| r#use != "sig") {
            return None;
        }
        if let Some(operations) = member("key_ops")
            && !operations.as_array()?.iter().any(|operation| operation == "verify")
        {
            return None;
        }
        let (mut algorithms, material) = match text(jwk, "kty")? {
            "RSA" => (vec![RS256, RS384, RS512], rsa(jwk)?),
            "EC" => match text(jwk, "crv")? {
                "P-256" => (vec![ES256], ec(jwk, 32, &signature::ECDSA_P256_SHA256_FIXED)?),
                "P-384" => (vec![ES384], ec(jwk, 48, &signature::ECDSA_P384_SHA384_FIXED)?),
                "P-521" => (vec![ES512], ec(jwk, 66, &signature::ECDSA_P521_SHA512_FIXED)?),
                _ => return None,
            },
            "OKP" if text(jwk, "crv")? == "Ed25519" => (vec![EdDSA], ed25519(jwk)?),
            _ => return None,
        };
        if let Some(algorithm) = member("alg") {
            let algorithm = SigningAlgorithm::parse(algorithm.as_str()?)?;
            algorithms.retain(|possible| *possible == algorithm);
        }
        (!algorithms.is_empty()).then_some(Self { id, algorithms, material })
    }

    /// Its `kid`, if it has one.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it can be used with this algorithm.
    pub(crate) fn fits(&self, algorithm: SigningAlgorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether `signature` is this key's signature of `message`; false if the key does not fit the algorithm.
    pub(crate) fn verifies(&self, algorithm: SigningAlgorithm, message: &[u8], signature: &Vec<u8>) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let algorithm = match algorithm {
            RS256 => Algorithm::RS256,
            RS384 => Algorithm::RS384,
            RS512 => Algorithm::RS512,
            ES256 => Algorithm::ES256,
            ES384 => Algorithm::ES384,
            EdDSA => Algorithm::EdDSA,
            // jsonwebtoken has no ES512.
            ES512 => {
                return self.material.try_get_as_bytes().is_ok_and(|point| {
                    UnparsedPublicKey::new(&signature::ECDSA_P521_SHA512_FIXED, point)
                        .verify(message, signature)
                        .is_ok()
                });
            }
        };
        // The provider by name, never the process-wide default: as soon as another crate in the user's tree
        // turns on jsonwebtoken's `rust_crypto`, the default one panics until a provider is installed.
        (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.material)
            .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    jwk.get(member)?.as_str()
}

fn bytes(jwk: &Map<String, Value>, member: &str) -> Option<Vec<u8>> {
    base64url::decode(text(jwk, member)?)
}

fn rsa(jwk: &Map<String, Value>) -> Option<DecodingKey> {
    let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    // RFC 7518 §6.3.1.1 forbids leading zeros, several providers write one; aws-lc-rs would refuse.
    let (modulus, exponent) = (without_leading_zeros(&modulus), without_leading_zeros(&exponent));
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    let odd_and_not_one = exponent.last()? % 2 == 1 && exponent != [1];
    (RSA_BITS.contains(&bits) && odd_and_not_one && exponent.len() <= 4)
        .then(|| DecodingKey::from_rsa_raw_components(modulus, exponent))
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn ec(jwk: &Map<String, Value>, size: usize, curve: &'static dyn VerificationAlgorithm) -> Option<DecodingKey> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != size || y.len() != size {
        return None;
    }
    // SEC 1 §2.3.3: an uncompressed point. Parsing it here refuses points that are not on the curve.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(curve, &point).ok()?;
    Some(DecodingKey::from_ec_der(&point))
}

fn ed25519(jwk: &Map<String, Value>) -> Option<DecodingKey> {
    let x = bytes(jwk, "x")?;
    (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
}
