//! A JWT access token (RS256) that is seen for the first time, compared with the bare verification of its signature with a parsed
//! key, in the same run.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;
use zitadel_core::internals::Verifier;
use zitadel_emulator::{AccessTokenType, Emulator, SigningAlgorithm};

use crate::measure::median;

pub(crate) struct FirstSight {
    /// Microseconds from the text of a token to checked claims.
    pub(crate) ours: f64,
    /// Microseconds for the signature alone.
    pub(crate) bare: f64,
    /// The first, divided by the second: the median of all pairs.
    pub(crate) ratio: f64,
}

const BATCH: u32 = 200;
const BATCHES: usize = 60;

/// A token, and what it is verified with.
struct Sample {
    token: String,
    issuer: String,
    audiences: [String; 1],
    now: u64,
    keys: Vec<u8>,
    verifier: Verifier,
}

impl Sample {
    fn new() -> Self {
        let emulator =
            Emulator::builder().issuer("https://zitadel.example").signing_algorithm(SigningAlgorithm::Rs256).build();
        let client = emulator.client();
        client.set_access_token_type(AccessTokenType::Jwt);
        client.register("http://localhost:3000");
        let token = emulator.access_token_for("alice");
        let request = http::Request::get(format!("{}/oauth/v2/keys", emulator.issuer())).body(Vec::new()).unwrap();
        let keys = emulator.handle(request).into_body();
        Self {
            token,
            issuer: emulator.issuer().to_owned(),
            audiences: [client.id().to_owned()],
            now: emulator.unix_now(),
            verifier: Verifier::new(&keys).unwrap(),
            keys,
        }
    }

    fn verify(&self) {
        let token = black_box(&self.token);
        assert!(self.verifier.accepts_access_token(token, &self.issuer, &self.audiences, self.now));
    }
}

/// Verifies a token so often, for a profiler.
pub(crate) fn repeat(times: u64) {
    let sample = Sample::new();
    for _ in 0..times {
        sample.verify();
    }
}

pub(crate) fn measure() -> FirstSight {
    let sample = Sample::new();
    let (message, signature) = sample.token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode_to_vec(signature).unwrap();
    let key = matching_key(&sample.keys, message.as_bytes(), &signature);
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    let mut ratios = Vec::new();
    for _ in 0..BATCHES {
        let one = time(|| sample.verify());
        let other = time(|| key.verify_sig(black_box(message.as_bytes()), black_box(&signature)).unwrap());
        ours.push(one);
        bare.push(other);
        ratios.push(one / other);
    }
    FirstSight { ours: median(&mut ours), bare: median(&mut bare), ratio: median(&mut ratios) }
}

/// Microseconds per call.
fn time(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        work();
    }
    let elapsed: Duration = start.elapsed();
    elapsed.as_secs_f64() * 1e6 / f64::from(BATCH)
}

fn matching_key(keys: &[u8], message: &[u8], signature: &[u8]) -> ParsedPublicKey {
    let keys: Value = serde_json::from_slice(keys).unwrap();
    let keys = keys["keys"].as_array().unwrap().iter().filter(|jwk| jwk["kty"] == "RSA").map(|jwk| {
        let part = |name: &str| URL_SAFE_NO_PAD.decode_to_vec(jwk[name].as_str().unwrap()).unwrap();
        // RSAPublicKey (RFC 8017 A.1.1) of a key of 2048 bits, whose modulus begins with a one.
        let (modulus, exponent) = (part("n"), part("e"));
        assert_eq!(modulus.len(), 256);
        let numbers = [&[0x02, 0x82, 0x01, 0x01, 0x00], &modulus[..], &[0x02, 0x03], &exponent[..]].concat();
        let length = u16::try_from(numbers.len()).unwrap().to_be_bytes();
        let der = [&[0x30, 0x82], &length[..], &numbers].concat();
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).unwrap()
    });
    keys.into_iter().find(|key| key.verify_sig(message, signature).is_ok()).unwrap()
}
