//! `Key`: one public key of the provider, parsed once, and the signatures it can verify.

use aws_lc_rs::signature::{self, ParsedPublicKey, RsaPublicKeyComponents, VerificationAlgorithm};
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
    /// For each algorithm the key in the form that verifies: parsing it takes an eighth of the time of a verification.
    verifiers: Vec<(SigningAlgorithm, ParsedPublicKey)>,
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
        let mut algorithms = match (text(jwk, "kty")?, text(jwk, "crv")) {
            ("RSA", _) => vec![RS256, RS384, RS512],
            ("EC", Some("P-256")) => vec![ES256],
            ("EC", Some("P-384")) => vec![ES384],
            ("EC", Some("P-521")) => vec![ES512],
            ("OKP", Some("Ed25519")) => vec![EdDSA],
            _ => return None,
        };
        if let Some(algorithm) = member("alg") {
            let algorithm = SigningAlgorithm::parse(algorithm.as_str()?)?;
            algorithms.retain(|possible| *possible == algorithm);
        }
        let verifiers = algorithms.into_iter().map(|algorithm| Some((algorithm, verifier(jwk, algorithm)?)));
        let verifiers: Vec<_> = verifiers.collect::<Option<_>>()?;
        (!verifiers.is_empty()).then_some(Self { id, verifiers })
    }

    /// Its `kid`, if it has one.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it can be used with this algorithm.
    pub(crate) fn fits(&self, algorithm: SigningAlgorithm) -> bool {
        self.verifier(algorithm).is_some()
    }

    /// Whether `signature` is this key's signature of `message`; false if the key does not fit the algorithm.
    pub(crate) fn verifies(&self, algorithm: SigningAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifier(algorithm).is_some_and(|verifier| verifier.verify_sig(message, signature).is_ok())
    }

    fn verifier(&self, algorithm: SigningAlgorithm) -> Option<&ParsedPublicKey> {
        self.verifiers.iter().find_map(|(known, verifier)| (*known == algorithm).then_some(verifier))
    }
}

/// The key in the form that verifies signatures of this algorithm, which fits the key's type and curve.
fn verifier(jwk: &Map<String, Value>, algorithm: SigningAlgorithm) -> Option<ParsedPublicKey> {
    match algorithm {
        RS256 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA256),
        RS384 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA384),
        RS512 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA512),
        ES256 => ec(jwk, 32, &signature::ECDSA_P256_SHA256_FIXED),
        ES384 => ec(jwk, 48, &signature::ECDSA_P384_SHA384_FIXED),
        ES512 => ec(jwk, 66, &signature::ECDSA_P521_SHA512_FIXED),
        EdDSA => ed25519(jwk),
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    jwk.get(member)?.as_str()
}

fn bytes(jwk: &Map<String, Value>, member: &str) -> Option<Vec<u8>> {
    base64url::decode(text(jwk, member)?)
}

fn rsa(jwk: &Map<String, Value>, algorithm: &'static signature::RsaParameters) -> Option<ParsedPublicKey> {
    let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    // RFC 7518 §6.3.1.1 forbids leading zeros, several providers write one; aws-lc-rs would refuse.
    let (modulus, exponent) = (without_leading_zeros(&modulus), without_leading_zeros(&exponent));
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    let odd_and_not_one = exponent.last()? % 2 == 1 && exponent != [1];
    if !RSA_BITS.contains(&bits) || !odd_and_not_one || exponent.len() > 4 {
        return None;
    }
    RsaPublicKeyComponents { n: modulus, e: exponent }.to_parsed_public_key(algorithm).ok()
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn ec(jwk: &Map<String, Value>, size: usize, algorithm: &'static dyn VerificationAlgorithm) -> Option<ParsedPublicKey> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != size || y.len() != size {
        return None;
    }
    // SEC 1 §2.3.3: an uncompressed point. Points that are not on the curve are refused.
    ParsedPublicKey::new(algorithm, [&[4], x.as_slice(), y.as_slice()].concat()).ok()
}

fn ed25519(jwk: &Map<String, Value>) -> Option<ParsedPublicKey> {
    let x = bytes(jwk, "x")?;
    if x.len() != 32 {
        return None;
    }
    ParsedPublicKey::new(&signature::ED25519, x).ok()
}
