//! [`TokenBuilder`], for tokens that ZITADEL would not issue.

use std::time::SystemTime;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    backchannel_logout::{Recipient, claims},
    clock::unix_time,
    emulator::Emulator,
    fault::{Fault, signature},
    signing::SigningAlgorithm,
};

/// A JWT for tests of an application's checks. Starts as ZITADEL's own; every claim, every member of the header and the
/// signature can be changed. [`Emulator::logout_token_for`] makes one that is a logout token, [`Emulator::token_like`] one from an
/// access token or an ID token.
///
/// # Examples
///
/// ```
/// use zitadel_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::builder().build();
/// let token = || emulator.logout_token_for("alice", "310000000000000401");
/// let replayed = token().claim("jti", "310000000000000501").build();
/// let without_subject = token().without_claim("sub").without_claim("sid").build();
/// let other_type = token().header("typ", "at+jwt").build();
/// let old = token().issued_at(emulator.now() - std::time::Duration::from_secs(86_400)).build();
/// let unsigned = token().fault(Fault::AlgNone).build();
/// assert!(unsigned.ends_with('.'));
/// # drop((replayed, without_subject, other_type, old));
/// ```
#[derive(Clone, Debug)]
#[must_use = "`build` returns the token"]
pub struct TokenBuilder {
    emulator: Emulator,
    claims: Map<String, Value>,
    header: Vec<(String, Option<Value>)>,
    algorithm: Option<SigningAlgorithm>,
    fault: Option<Fault>,
}

impl TokenBuilder {
    /// With the claims of a JWT; `None` if it is none.
    pub(crate) fn like(emulator: &Emulator, token: &str) -> Option<Self> {
        let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims = serde_json::from_slice(&payload).ok()?;
        Some(Self { emulator: emulator.clone(), claims, header: Vec::new(), algorithm: None, fault: None })
    }

    /// A logout token for the default application, at the emulator's time.
    pub(crate) fn logout(emulator: &Emulator, person_id: String, session_id: &str) -> Self {
        let recipient = Recipient {
            issuer: emulator.issuer().to_owned(),
            client_id: emulator.default_client.to_string(),
            uri: String::new(),
            person_id,
            session_id: session_id.to_owned(),
        };
        let mut guard = emulator.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix_time();
        let claims = claims::logout_token(&recipient, &state.ids.next(now), now, state.lifetimes.logout_token);
        drop(guard);
        Self { emulator: emulator.clone(), claims, header: Vec::new(), algorithm: None, fault: None }
    }

    /// Sets a claim. A new one is the last.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.shift_remove(name);
        self
    }

    /// Moves `iat`, `exp` and `nbf`, where the token has them, as in one that was issued at this time.
    pub fn issued_at(mut self, time: SystemTime) -> Self {
        let (time, now) = (unix_time(time), self.emulator.unix_now());
        for name in ["iat", "exp", "nbf"] {
            if let Some(claim) = self.claims.get_mut(name)
                && let Some(before) = claim.as_u64()
            {
                *claim = before.saturating_add(time).saturating_sub(now).into();
            }
        }
        self
    }

    /// Sets a member of the header. The key and the algorithm of the signature do not change with it.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.push((name.to_owned(), Some(value.into())));
        self
    }

    /// Removes a member of the header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.push((name.to_owned(), None));
        self
    }

    /// Signs with a published key of this algorithm, which is not the active one if the active key has another. A key is
    /// added to the key set if it has none of this kind.
    pub fn signed_with(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Applies a fault of ID tokens to the claims or the signature, for example [`Fault::ForeignKey`],
    /// [`Fault::AlgHs256`] or [`Fault::WrongAudience`]. A later call replaces an earlier one.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Signs the token.
    #[must_use]
    pub fn build(self) -> String {
        let mut guard = self.emulator.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix_time();
        let key = match self.algorithm {
            Some(algorithm) => state.keys.published(algorithm, || state.ids.next(now)),
            None => state.keys.active_key(),
        };
        drop(guard);
        let mut claims = self.claims;
        if let Some(fault) = &self.fault {
            fault.apply_to_claims(&mut claims, now);
        }
        let fault = self.fault.as_ref();
        let mut header = signature::header(&key, fault);
        for (name, value) in self.header {
            match value {
                Some(value) => drop(header.insert(name, value)),
                None => drop(header.shift_remove(&name)),
            }
        }
        signature::sign(&key, &header, &claims, fault)
    }
}
