//! The instance's signing keys: one active, one spare, and the old ones until they are deleted.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    entropy::Ids,
    json,
    signing::{SigningAlgorithm, SigningKey},
};

/// Keys in the order they were made. Rotation is manual, as in ZITADEL.
#[derive(Debug)]
pub(crate) struct KeyRing {
    active: Arc<SigningKey>,
    spare: Arc<SigningKey>,
    old: Vec<Arc<SigningKey>>,
}

impl KeyRing {
    /// What a fresh instance has: one active key and one spare.
    pub(crate) fn fresh(algorithm: SigningAlgorithm, ids: &mut Ids, unix: u64) -> Self {
        let mut key = || Arc::new(SigningKey::new(ids.next(unix), algorithm));
        Self { active: key(), spare: key(), old: Vec::new() }
    }

    pub(crate) fn active(&self) -> &SigningKey {
        &self.active
    }

    /// The active key and the spare, to be prepared in the background.
    #[cfg(feature = "server")]
    pub(crate) fn current(&self) -> [Arc<SigningKey>; 2] {
        [Arc::clone(&self.active), Arc::clone(&self.spare)]
    }

    /// Makes a new key and signs with it from now on. The old one stays listed.
    pub(crate) fn rotate(&mut self, key: SigningKey) {
        let old = std::mem::replace(&mut self.active, Arc::new(key));
        self.old.push(old);
    }

    /// Deletes the keys that no longer sign: whatever they signed cannot be verified any more.
    pub(crate) fn delete_old(&mut self) {
        self.old.clear();
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        self.old.iter().chain([&self.active, &self.spare]).map(AsRef::as_ref)
    }

    /// The key set (RFC 7517 §5).
    pub(crate) fn json_web_key_set(&self) -> Value {
        let mut set = Map::new();
        set.insert("keys".to_owned(), self.all().map(SigningKey::jwk).collect());
        Value::Object(set)
    }

    /// The claims of a token if one of the listed keys signed it. Times are not looked at.
    pub(crate) fn open(&self, token: &str) -> Option<Map<String, Value>> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let id = header.get("kid")?.as_str()?;
        let key = self.all().find(|key| key.id == id)?;
        // The algorithm belongs to the key; a header that names another one is a forgery.
        if header.get("alg")?.as_str()? != key.algorithm.name() {
            return None;
        }
        if !key.verifies(message.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?) {
            return None;
        }
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// The first two parts of a JWS in compact form: what the signature covers.
pub(crate) fn signing_input(header: &Value, claims: &Map<String, Value>) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(json::text(header));
    let claims = BASE64_URL_SAFE_NO_PAD.encode(json::text(claims));
    format!("{header}.{claims}")
}

/// A signed token (RFC 7519) with the header ZITADEL writes: `alg`, `kid`, `typ`.
pub(crate) fn signed(key: &SigningKey, claims: &Map<String, Value>) -> String {
    let input = signing_input(&header(key.algorithm.name(), Some(&key.id)), claims);
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// A token header, members sorted. `typ` is `JWT` for every token ZITADEL signs.
pub(crate) fn header(algorithm: &str, key_id: Option<&str>) -> Value {
    let mut header = Map::new();
    header.insert("alg".to_owned(), Value::from(algorithm));
    if let Some(id) = key_id {
        header.insert("kid".to_owned(), Value::from(id));
    }
    header.insert("typ".to_owned(), Value::from("JWT"));
    Value::Object(header)
}
