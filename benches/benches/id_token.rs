//! Verification of an ID token, from the string to checked claims, compared with the verification of the bare signature
//! over the same bytes with a parsed key.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]

use std::hint::black_box;

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64_simd::URL_SAFE_NO_PAD;
use benches::{criterion, emulator, ordinary, ratio};
use serde_json::Value;
use zitadel_core::internals::{Opened, Verifier};
use zitadel_emulator::{Emulator, SigningAlgorithm};

const ALGORITHMS: [(&str, SigningAlgorithm, &dyn VerificationAlgorithm); 7] = [
    ("RS256", SigningAlgorithm::Rs256, &signature::RSA_PKCS1_2048_8192_SHA256),
    ("RS384", SigningAlgorithm::Rs384, &signature::RSA_PKCS1_2048_8192_SHA384),
    ("RS512", SigningAlgorithm::Rs512, &signature::RSA_PKCS1_2048_8192_SHA512),
    ("ES256", SigningAlgorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED),
    ("ES384", SigningAlgorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED),
    ("ES512", SigningAlgorithm::Es512, &signature::ECDSA_P521_SHA512_FIXED),
    ("EdDSA", SigningAlgorithm::EdDsa, &signature::ED25519),
];

fn main() {
    let mut criterion = criterion();
    for (name, algorithm, verification) in ALGORITHMS {
        let emulator = emulator(algorithm);
        let sample = ordinary(&emulator);
        let token = Opened::open(&sample.zitadel, sample.sealed()).unwrap().id_token();
        let keys = key_set(&emulator);
        let verifier = Verifier::new(&keys).unwrap();
        let client = emulator.client();
        let now = emulator.unix_now();

        let (message, tag) = token.expose().rsplit_once('.').unwrap();
        let tag = URL_SAFE_NO_PAD.decode_to_vec(tag).unwrap();
        let key = matching_key(&keys, verification, message, &tag);

        let mut group = criterion.benchmark_group(format!("id-token-{name}"));
        group.bench_function("ours", |b| {
            b.iter(|| assert!(verifier.accepts(black_box(&token), emulator.issuer(), client.id(), now)));
        });
        group.bench_function("reference", |b| {
            b.iter(|| key.verify_sig(black_box(message.as_bytes()), black_box(&tag)).unwrap());
        });
        group.finish();
    }
    criterion.final_summary();
    for (name, ..) in ALGORITHMS {
        ratio(
            &format!("verify {name} ÷ bare signature"),
            &format!("id-token-{name}/ours"),
            &format!("id-token-{name}/reference"),
            "",
        );
    }
}

fn key_set(emulator: &Emulator) -> Vec<u8> {
    let request = http::Request::get(format!("{}/oauth/v2/keys", emulator.issuer())).body(Vec::new()).unwrap();
    emulator.handle(request).into_body()
}

fn matching_key(
    keys: &[u8],
    algorithm: &'static dyn VerificationAlgorithm,
    message: &str,
    tag: &[u8],
) -> ParsedPublicKey {
    let keys: Value = serde_json::from_slice(keys).unwrap();
    keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|jwk| ParsedPublicKey::new(algorithm, public_key(jwk)).ok())
        .find(|key| key.verify_sig(message.as_bytes(), tag).is_ok())
        .unwrap()
}

/// A JWK in the format that aws-lc reads: RSAPublicKey in DER (RFC 8017 A.1.1), an uncompressed point, or the raw key.
fn public_key(jwk: &Value) -> Vec<u8> {
    let part = |name: &str| URL_SAFE_NO_PAD.decode_to_vec(jwk[name].as_str().unwrap_or_default()).unwrap();
    match jwk["kty"].as_str().unwrap() {
        "RSA" => der(0x30, &[der(0x02, &unsigned(part("n"))), der(0x02, &unsigned(part("e")))].concat()),
        "EC" => [vec![4], part("x"), part("y")].concat(),
        _ => part("x"),
    }
}

/// Adds a zero byte where a DER integer would be negative otherwise.
fn unsigned(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes[0] & 0x80 != 0 {
        bytes.insert(0, 0);
    }
    bytes
}

/// A DER element, with its length in the shortest form.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match length {
        [0, short @ 0..0x80] => vec![short],
        [0, long] => vec![0x81, long],
        [high, low] => vec![0x82, high, low],
    };
    [&[tag], &length[..], content].concat()
}
