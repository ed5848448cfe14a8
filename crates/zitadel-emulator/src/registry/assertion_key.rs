//! Keys that sign assertions (RFC 7523): of applications, and of service accounts.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::KeySize,
    signature::{self, KeyPair as _, RsaKeyPair, RsaParameters, UnparsedPublicKey},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::signing::parse_der_element;

/// An RSA key pair of 2048 bits that signs assertions, as ZITADEL generates for a key file. `Debug` shows no private key.
///
/// [`ClientHandle::create_key`](crate::ClientHandle::create_key) adds one and returns its key file; this type is for tests
/// that choose the id or an expiration.
#[derive(Clone)]
pub struct AssertionKey {
    id: String,
    /// From this time on, in seconds since the Unix epoch, assertions of the key are refused; never by default.
    pub expires_at: Option<u64>,
    pair: Arc<RsaKeyPair>,
}

impl AssertionKey {
    /// Generates a key with this id, the `kid` of its assertions; ids of ZITADEL are 18-digit numbers.
    #[expect(clippy::expect_used, reason = "key generation fails only if the operating system has no randomness")]
    #[must_use]
    pub fn generate(id: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("RSA key generation");
        Self { id: id.to_owned(), expires_at: None, pair: Arc::new(pair) }
    }

    /// The id, which is the `kid` of assertions.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The private key as key files have it: PEM of the PKCS#1 structure (RFC 8017 appendix A.1.2).
    #[must_use]
    pub fn private_key_pem(&self) -> String {
        let base64 = BASE64_STANDARD.encode(self.pkcs1().unwrap_or_default());
        let mut pem = "-----BEGIN RSA PRIVATE KEY-----\n".to_owned();
        for (position, character) in base64.chars().enumerate() {
            if position > 0 && position % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem + "\n-----END RSA PRIVATE KEY-----\n"
    }

    /// The content of the PKCS#8 structure (RFC 5208 §5), after version and algorithm.
    fn pkcs1(&self) -> Option<Vec<u8>> {
        let pkcs8: Pkcs8V1Der<'_> = self.pair.as_der().ok()?;
        let (sequence, _) = parse_der_element(pkcs8.as_ref(), 0x30)?;
        let (_, rest) = parse_der_element(sequence, 0x02)?;
        let (_, rest) = parse_der_element(rest, 0x30)?;
        parse_der_element(rest, 0x04).map(|(private_key, _)| private_key.to_vec())
    }

    pub(crate) fn is_expired(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|time| now >= time)
    }

    /// Whether `signature` is a valid signature of `message`. ZITADEL's parser accepts `RS256`, `PS256` and `ES256`, and all
    /// keys are RSA keys.
    pub(crate) fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let parameters: &'static RsaParameters = match algorithm {
            "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
            _ => return false,
        };
        UnparsedPublicKey::new(parameters, self.pair.public_key().as_ref()).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionKey")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl PartialEq for AssertionKey {
    fn eq(&self, other: &Self) -> bool {
        let public = |key: &Self| key.pair.public_key().as_ref().to_vec();
        self.id == other.id && self.expires_at == other.expires_at && public(self) == public(other)
    }
}

impl Eq for AssertionKey {}
