//! Signature faults of JWTs: ID tokens and logout tokens.

use serde_json::{Map, Value};

use super::Fault;
use crate::{
    json,
    key_ring::{compact, jws_header, signing_input},
    signing::SigningKey,
};

/// A `kid` that no key has.
const UNKNOWN_KID: &str = "310000000000009999";

/// Returns the header of a token that this key signs, with a fault if there is one.
pub(crate) fn header(key: &SigningKey, fault: Option<&Fault>) -> Map<String, Value> {
    match fault {
        Some(Fault::UnknownKid) => jws_header(key.algorithm.name(), Some(UNKNOWN_KID)),
        Some(Fault::MissingKid) => jws_header(key.algorithm.name(), None),
        Some(Fault::AlgNone) => jws_header("none", None),
        Some(Fault::AlgHs256) => jws_header("HS256", Some(&key.id)),
        _ => jws_header(key.algorithm.name(), Some(&key.id)),
    }
}

/// Signs a token, with a fault if there is one.
pub(crate) fn sign(
    key: &SigningKey,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    fault: Option<&Fault>,
) -> String {
    let input = signing_input(header, claims);
    let signature = match fault {
        Some(Fault::AlgNone) => Vec::new(),
        Some(Fault::AlgHs256) => {
            // Algorithm confusion: the public key is used as an HMAC secret.
            let secret =
                aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, json::to_string(&key.jwk()).as_bytes());
            aws_lc_rs::hmac::sign(&secret, input.as_bytes()).as_ref().to_vec()
        }
        Some(Fault::ForeignKey) => SigningKey::new(key.id.clone(), key.algorithm).sign(input.as_bytes()),
        Some(Fault::TamperedSignature) => {
            let mut signature = key.sign(input.as_bytes());
            if let Some(byte) = signature.first_mut() {
                *byte ^= 1;
            }
            signature
        }
        _ => key.sign(input.as_bytes()),
    };
    compact(&input, &signature)
}
