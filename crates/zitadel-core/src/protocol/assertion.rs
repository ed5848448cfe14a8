//! Assertions (RFC 7523): signed statements with which a client or a service account authenticates.
//!
//! 1. `iss` and `sub` are the client id or the id of the service account (§3), `aud` is the issuer of the provider, exactly:
//!    ZITADEL refuses the address of the token endpoint.
//! 2. `iat` lies [ten seconds](EARLIER) in the past, because ZITADEL refuses one that is more than a second ahead of its own
//!    clock; it must not be older than an hour. `exp` is [five minutes](LIFETIME) ahead.
//! 3. `jti` is new for every assertion (OIDC Core §9).
//! 4. RS256; `kid` is that of the key file, by which ZITADEL finds the key.

use std::time::Duration;

use serde_json::json;

use super::{
    base64url::encode,
    key_file::{KeyFile, KeyFileError},
};
use crate::{secret::Secret, time::Timestamp};

/// How far `iat` lies in the past, for clocks that differ.
const EARLIER: Duration = Duration::from_secs(10);
/// How far `exp` lies in the future.
const LIFETIME: Duration = Duration::from_secs(300);

/// Signs an assertion for the provider with this issuer. `id` are random bytes.
///
/// # Errors
///
/// [`KeyFileError::Signature`].
pub(crate) fn sign(key: &KeyFile, issuer: &str, id: [u8; 16], now: Timestamp) -> Result<Secret<String>, KeyFileError> {
    let header = json!({"alg": "RS256", "kid": key.key_id(), "typ": "JWT"});
    let claims = json!({
        "iss": key.subject(),
        "sub": key.subject(),
        "aud": issuer,
        "iat": now.saturating_sub(EARLIER).as_unix(),
        "exp": now.saturating_add(LIFETIME).as_unix(),
        "jti": encode(&id),
    });
    let mut assertion = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let signature = key.sign(assertion.as_bytes())?;
    assertion.push('.');
    assertion.push_str(&encode(&signature));
    Ok(Secret::new(assertion))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::Value;

    use super::*;
    use crate::protocol::key_file::tests::{key_file, pem};

    #[test]
    fn an_independent_library_verifies_the_assertion_and_finds_the_claims() {
        let (pem, public) = pem();
        let file = json!({"type": "serviceaccount", "keyId": "301", "key": pem, "userId": "7"});
        let key = key_file(&file).unwrap();
        let now = Timestamp::from_unix(1_750_000_000);
        let sign = |random| sign(&key, "https://id.example", random, now).unwrap();
        let assertion = sign([7; 16]);
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&["https://id.example"]);
        validation.set_issuer(&["7"]);
        validation.validate_exp = false;
        // The public key of aws-lc-rs is the PKCS#1 structure.
        let public = DecodingKey::from_rsa_der(public);
        let token = jsonwebtoken::decode::<Value>(assertion.expose(), &public, &validation).unwrap();
        assert_eq!(token.header.kid.as_deref(), Some("301"));
        assert_eq!(
            token.claims,
            json!({"iss": "7", "sub": "7", "aud": "https://id.example", "iat": 1_749_999_990, "exp": 1_750_000_300,
                "jti": "BwcHBwcHBwcHBwcHBwcHBw"})
        );
        assert_ne!(assertion, sign([8; 16]));
    }
}
