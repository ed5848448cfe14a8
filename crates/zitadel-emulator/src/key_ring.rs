//! The signing keys of the instance: active, initial and inactive ones.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    entropy::IdGenerator,
    json,
    signing::{SigningAlgorithm, SigningKey},
};

/// Signing keys by state; the names are ZITADEL's. Rotation is manual, as in ZITADEL.
#[derive(Debug)]
pub(crate) struct KeyRing {
    active: Arc<SigningKey>,
    initial: Arc<SigningKey>,
    inactive: Vec<Arc<SigningKey>>,
}

impl KeyRing {
    /// Creates the keys of a new instance: one active and one initial key.
    pub(crate) fn new(algorithm: SigningAlgorithm, ids: &mut IdGenerator, now: u64) -> Self {
        let mut key = || Arc::new(SigningKey::new(ids.next(now), algorithm));
        Self { active: key(), initial: key(), inactive: Vec::new() }
    }

    pub(crate) fn active(&self) -> &SigningKey {
        &self.active
    }

    /// The active key, for use without the lock of the state.
    pub(crate) fn active_key(&self) -> Arc<SigningKey> {
        Arc::clone(&self.active)
    }

    /// A published key of this algorithm: the active one, or an older one. Adds an inactive one if there is none.
    pub(crate) fn published(&mut self, algorithm: SigningAlgorithm, id: impl FnOnce() -> String) -> Arc<SigningKey> {
        let keys = [&self.active, &self.initial].into_iter().chain(&self.inactive);
        if let Some(key) = keys.into_iter().find(|key| key.algorithm == algorithm) {
            return Arc::clone(key);
        }
        let key = Arc::new(SigningKey::new(id(), algorithm));
        self.inactive.push(Arc::clone(&key));
        key
    }

    /// The active and the initial key, for generation in the background.
    #[cfg(feature = "server")]
    pub(crate) fn active_and_initial(&self) -> [Arc<SigningKey>; 2] {
        [Arc::clone(&self.active), Arc::clone(&self.initial)]
    }

    /// Activates a new key. The previous one becomes inactive but stays published.
    pub(crate) fn rotate(&mut self, key: SigningKey) {
        let inactive = std::mem::replace(&mut self.active, Arc::new(key));
        self.inactive.push(inactive);
    }

    /// Deletes the inactive keys. Tokens signed with them can no longer be verified.
    pub(crate) fn delete_inactive(&mut self) {
        self.inactive.clear();
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        self.inactive.iter().chain([&self.active, &self.initial]).map(AsRef::as_ref)
    }

    /// Returns the JSON Web Key Set (RFC 7517 §5).
    pub(crate) fn jwks(&self) -> Value {
        let mut set = Map::new();
        set.insert("keys".to_owned(), self.all().map(SigningKey::jwk).collect());
        Value::Object(set)
    }

    /// Verifies the signature of a token and returns its claims. Does not check `exp` and other times.
    pub(crate) fn verify(&self, token: &str) -> Option<Map<String, Value>> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let id = header.get("kid")?.as_str()?;
        let key = self.all().find(|key| key.id == id)?;
        // The algorithm is a property of the key. A different `alg` in the header indicates a forged token.
        if header.get("alg")?.as_str()? != key.algorithm.name() {
            return None;
        }
        if !key.verify(message.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?) {
            return None;
        }
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// The signing input of a JWS: header and payload in compact form.
pub(crate) fn signing_input(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(json::to_string(header));
    let claims = BASE64_URL_SAFE_NO_PAD.encode(json::to_string(claims));
    format!("{header}.{claims}")
}

/// A JWS in compact form.
pub(crate) fn compact(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// Signs a JWT (RFC 7519) with ZITADEL's header: `alg`, `kid`, `typ`.
pub(crate) fn sign_jwt(key: &SigningKey, claims: &Map<String, Value>) -> String {
    let input = signing_input(&jws_header(key.algorithm.name(), Some(&key.id)), claims);
    compact(&input, &key.sign(input.as_bytes()))
}

/// Builds a JWS header with sorted members. `typ` is `JWT` in all tokens of ZITADEL.
pub(crate) fn jws_header(algorithm: &str, key_id: Option<&str>) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), Value::from(algorithm));
    if let Some(id) = key_id {
        header.insert("kid".to_owned(), Value::from(id));
    }
    header.insert("typ".to_owned(), Value::from("JWT"));
    header
}
