//! Assertions: JWTs that an application or a service account signs to authenticate (RFC 7523 §3).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::registry::AssertionKey;

/// Seconds after `iat` in which an assertion is accepted, whatever `exp` says.
const MAX_AGE: f64 = 3600.0;

/// An assertion, parsed but not verified.
pub(crate) struct Assertion<'a> {
    header: &'a str,
    message: &'a str,
    signature: &'a str,
    claims: Map<String, Value>,
}

impl<'a> Assertion<'a> {
    /// Parses the claims; `None` if this is no JWT.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let claims = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        Some(Self { header, message, signature, claims })
    }

    /// The `iss` claim: a client id, or the id of a service account. Empty if there is none.
    pub(crate) fn issuer(&self) -> &str {
        self.claims.get("iss").and_then(Value::as_str).unwrap_or_default()
    }

    /// Checks claims and signature as ZITADEL does:
    ///
    /// 1. `aud` is or contains the issuer of ZITADEL; the URL of the token endpoint is not accepted.
    /// 2. `exp` is more than the tolerance in the future.
    /// 3. `iat` exists, is at most an hour ago, and at most the tolerance in the future.
    /// 4. `sub` equals `iss`.
    /// 5. `kid` is the id of a key that has not expired, and the signature is by that key.
    ///
    /// A `jti` is not looked at: an assertion may be sent again. `tolerance` is in seconds.
    pub(crate) fn is_valid(&self, keys: &[AssertionKey], issuer: &str, now: u64, tolerance: u64) -> bool {
        let is_issuer = |value: &Value| value.as_str() == Some(issuer);
        let has_audience = match self.claims.get("aud") {
            Some(Value::Array(list)) => list.iter().any(is_issuer),
            Some(value) => is_issuer(value),
            None => false,
        };
        let time = |name: &str| self.claims.get(name).and_then(Value::as_f64).unwrap_or_default();
        let seconds = |seconds: u64| std::time::Duration::from_secs(seconds).as_secs_f64();
        let (now_exact, latest) = (seconds(now), seconds(now.saturating_add(tolerance)));
        let (expires, issued) = (time("exp"), time("iat"));
        has_audience
            && expires > latest
            && issued <= latest
            && issued >= now_exact - MAX_AGE
            && self.claims.get("sub").and_then(Value::as_str) == Some(self.issuer())
            && self.is_signed_by(keys, now).unwrap_or_default()
    }

    fn is_signed_by(&self, keys: &[AssertionKey], now: u64) -> Option<bool> {
        let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(self.header).ok()?).ok()?;
        let (id, algorithm) = (header.get("kid")?.as_str()?, header.get("alg")?.as_str()?);
        let key = keys.iter().find(|key| key.id() == id && !key.is_expired(now))?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(self.signature).ok()?;
        Some(key.verify(algorithm, self.message.as_bytes(), &signature))
    }
}
