//! Key pairs for tests, generated anew each time: the private keys that only the provider has.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
        EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
        RSA_PKCS1_SHA512, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};

use super::{base64url::encode, key_set::KeySet, signing_algorithm::SigningAlgorithm};

/// A private key with the `kid` it is published under.
pub(crate) struct TestKey {
    kid: &'static str,
    algorithm: SigningAlgorithm,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl TestKey {
    /// A new key; RSA ones have 2048 bits.
    pub(crate) fn generate(kid: &'static str, algorithm: SigningAlgorithm) -> Self {
        let ec = |curve: &'static EcdsaSigningAlgorithm| Pair::Ec(EcdsaKeyPair::generate(curve).unwrap());
        let pair = match algorithm {
            SigningAlgorithm::RS256 | SigningAlgorithm::RS384 | SigningAlgorithm::RS512 => {
                Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
            }
            SigningAlgorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            SigningAlgorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            SigningAlgorithm::ES512 => ec(&ECDSA_P521_SHA512_FIXED_SIGNING),
            SigningAlgorithm::EdDSA => Pair::Ed(Ed25519KeyPair::generate().unwrap()),
        };
        Self { kid, algorithm, pair }
    }

    /// The public half as ZITADEL publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = json!({"use": "sig", "kid": self.kid, "alg": self.algorithm.name()});
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                jwk["kty"] = json!("RSA");
                jwk["n"] = json!(encode(&public.n));
                jwk["e"] = json!(encode(&public.e));
            }
            Pair::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                jwk["kty"] = json!("EC");
                jwk["crv"] = json!(match x.len() {
                    32 => "P-256",
                    48 => "P-384",
                    _ => "P-521",
                });
                jwk["x"] = json!(encode(x));
                jwk["y"] = json!(encode(y));
            }
            Pair::Ed(pair) => {
                jwk["kty"] = json!("OKP");
                jwk["crv"] = json!("Ed25519");
                jwk["x"] = json!(encode(pair.public_key().as_ref()));
            }
        }
        jwk
    }

    /// A key set with this key only.
    pub(crate) fn key_set(&self) -> KeySet {
        key_set(&[self.jwk()])
    }

    /// A token with the header ZITADEL writes.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm.name(), "kid": self.kid, "typ": "JWT"});
        self.sign_raw(&header.to_string(), claims.to_string().as_bytes())
    }

    /// A token with any header and content.
    pub(crate) fn sign_raw(&self, header: &str, payload: &[u8]) -> String {
        let message = format!("{}.{}", encode(header.as_bytes()), encode(payload));
        #[expect(clippy::disallowed_methods, reason = "a signature of a test; nothing depends on its randomness")]
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let padding = match self.algorithm {
                    SigningAlgorithm::RS384 => &RSA_PKCS1_SHA384,
                    SigningAlgorithm::RS512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", encode(&signature))
    }
}

/// A key set of these keys.
pub(crate) fn key_set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}
