//! Key files: private keys as ZITADEL's console offers them for download, for client authentication and for service accounts.
//!
//! 1. A JSON object of at most 64 KiB, no member twice. `type` is `application` or `serviceaccount`.
//! 2. `keyId`, and `clientId` or `userId`, are 1 to 200 visible characters.
//! 3. `key` is an RSA key of at least 2,048 bits in PEM: PKCS#1, as ZITADEL writes it, or PKCS#8.
//! 4. `expirationDate` is kept as it is: only the provider decides, and the log names it if the provider refuses.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, crypto::aws_lc};
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use super::strict_json;
use crate::secret::Secret;

const MAX_BYTES: usize = 64 * 1024;
const MAX_ID: usize = 200;
/// Smaller RSA keys can be broken (RFC 7518 §3.3).
const MIN_MODULUS_BYTES: usize = 2048 / 8;

/// Why a text is not a usable key file. The messages continue the name of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error("is not the JSON of a key file; download it again from the ZITADEL console")]
    NotJson,
    #[error("has a `type` that is neither `application` nor `serviceaccount`")]
    Type,
    #[error("has no usable `{0}`; download it again from the ZITADEL console")]
    Member(&'static str),
    #[error("has a `key` that is not an RSA private key in PEM of at least 2048 bits")]
    Key,
    #[error("could not sign with its key")]
    Signature,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFileKind {
    /// Of an application: it authenticates a client.
    Application,
    /// Of a service account: it signs the grant itself.
    ServiceAccount,
}

/// A private key, and who signs with it.
pub(crate) struct KeyFile {
    kind: KeyFileKind,
    key_id: String,
    subject: String,
    expiration: Option<String>,
    key: EncodingKey,
}

impl KeyFile {
    /// Reads the JSON text.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`], which repeats nothing of the text.
    pub(crate) fn parse(json: &Secret<String>) -> Result<Self, KeyFileError> {
        let json = json.expose();
        if json.len() > MAX_BYTES {
            return Err(KeyFileError::NotJson);
        }
        let mut members = strict_json::object(json.as_bytes()).map_err(|_| KeyFileError::NotJson)?;
        let key = match members.remove("key") {
            Some(Value::String(mut pem)) => {
                let key = rsa_key(pem.as_bytes());
                pem.zeroize();
                key.ok_or(KeyFileError::Key)
            }
            _ => Err(KeyFileError::Member("key")),
        };
        let (kind, owner) = match strict_json::text(&members, "type") {
            Some("application") => (KeyFileKind::Application, "clientId"),
            Some("serviceaccount") => (KeyFileKind::ServiceAccount, "userId"),
            _ => return Err(KeyFileError::Type),
        };
        Ok(Self {
            kind,
            key_id: id(&members, "keyId")?,
            subject: id(&members, owner)?,
            expiration: id(&members, "expirationDate").ok(),
            key: key?,
        })
    }

    pub(crate) const fn kind(&self) -> KeyFileKind {
        self.kind
    }

    /// `keyId`: the `kid` of what it signs.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// `clientId` or `userId`: `iss` and `sub` of what it signs.
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// `expirationDate`, for the log.
    pub(crate) fn expiration(&self) -> Option<&str> {
        self.expiration.as_deref()
    }

    /// A signature with RS256.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Signature`] if the library could not sign, which has no known reason.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyFileError> {
        sign(&self.key, message).ok_or(KeyFileError::Signature)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("kind", &self.kind).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Rule 3.
fn rsa_key(pem: &[u8]) -> Option<EncodingKey> {
    let key = EncodingKey::from_rsa_pem(pem).ok()?;
    // The library reads the key when it signs. A signature is as long as the modulus.
    (sign(&key, &[])?.len() >= MIN_MODULUS_BYTES).then_some(key)
}

/// With this provider, whichever another crate of the application turns on.
fn sign(key: &EncodingKey, message: &[u8]) -> Option<Vec<u8>> {
    (aws_lc::DEFAULT_PROVIDER.signer_factory)(&Algorithm::RS256, key).ok()?.try_sign(message).ok()
}

/// Rule 2.
fn id(members: &Map<String, Value>, name: &'static str) -> Result<String, KeyFileError> {
    strict_json::text(members, name)
        .filter(|text| (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or(KeyFileError::Member(name))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::OnceLock;

    use aws_lc_rs::{
        encoding::{AsDer as _, Pkcs8V1Der},
        rsa::KeySize,
        signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey},
    };
    use serde_json::json;

    use super::*;

    /// The PEM of a private key as PKCS#8, and its public key. Generated once: that takes longer than everything else here.
    pub(crate) fn pem() -> &'static (String, Vec<u8>) {
        static PAIR: OnceLock<(String, Vec<u8>)> = OnceLock::new();
        PAIR.get_or_init(|| {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
            let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
            let base64 = base64_simd::STANDARD.encode_to_string(der.as_ref());
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
            (pem, pair.public_key().as_ref().to_vec())
        })
    }

    pub(crate) fn key_file(value: &Value) -> Result<KeyFile, KeyFileError> {
        KeyFile::parse(&Secret::new(value.to_string()))
    }

    fn application(pem: &str) -> Value {
        json!({"type": "application", "keyId": "301", "key": pem, "appId": "302", "clientId": "303"})
    }

    #[test]
    fn both_kinds_of_files_name_who_signs() {
        let (pem, public) = pem();
        let file = key_file(&application(pem)).unwrap();
        assert_eq!((file.kind(), file.key_id(), file.subject()), (KeyFileKind::Application, "301", "303"));
        assert_eq!(file.expiration(), None);
        let signature = file.sign(b"message").unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(b"message", &signature).unwrap();
        let account = json!({"type": "serviceaccount", "keyId": "1", "key": pem, "userId": "2",
            "expirationDate": "2029-01-01T00:00:00Z"});
        let file = key_file(&account).unwrap();
        assert_eq!((file.kind(), file.subject()), (KeyFileKind::ServiceAccount, "2"));
        assert_eq!(file.expiration(), Some("2029-01-01T00:00:00Z"));
    }

    #[test]
    fn debug_shows_no_key() {
        let (pem, _) = pem();
        let shown = format!("{:?}", key_file(&application(pem)).unwrap());
        assert_eq!(shown, "KeyFile { kind: Application, key_id: \"301\", .. }");
    }

    #[test]
    fn what_is_not_a_key_file_is_refused_with_the_reason() {
        let (pem, _) = pem();
        let with = |name: &str, value: Value| {
            let mut file = application(pem);
            file[name] = value;
            key_file(&file).map(|_| ()).unwrap_err()
        };
        assert_eq!(with("type", json!("user")), KeyFileError::Type);
        assert_eq!(with("type", json!("serviceaccount")), KeyFileError::Member("userId"));
        assert_eq!(with("clientId", json!("")), KeyFileError::Member("clientId"));
        assert_eq!(with("clientId", json!(303)), KeyFileError::Member("clientId"));
        assert_eq!(with("keyId", json!("a b")), KeyFileError::Member("keyId"));
        assert_eq!(with("keyId", json!("a".repeat(201))), KeyFileError::Member("keyId"));
        assert_eq!(with("key", Value::Null), KeyFileError::Member("key"));
        assert_eq!(with("key", json!("-----BEGIN RSA PRIVATE KEY-----")), KeyFileError::Key);
        let parse = |text: String| KeyFile::parse(&Secret::new(text)).map(|_| ()).unwrap_err();
        assert_eq!(parse(pem.clone()), KeyFileError::NotJson);
        assert_eq!(parse(r#"{"type":"application","type":"serviceaccount"}"#.to_owned()), KeyFileError::NotJson);
        assert_eq!(parse(" ".repeat(MAX_BYTES + 1)), KeyFileError::NotJson);
    }

    #[test]
    fn a_key_of_another_algorithm_is_refused() {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let der = pair.to_pkcs8v1().unwrap();
        let base64 = base64_simd::STANDARD.encode_to_string(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
        assert_eq!(key_file(&application(&pem)).map(|_| ()).unwrap_err(), KeyFileError::Key);
    }
}
