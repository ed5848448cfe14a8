//! Scripted faults, for tests of how a client handles provider errors.

pub(crate) mod signature;

use std::time::Duration;

use serde_json::{Map, Value};

/// An endpoint of the provider, used in faults and in the request log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointName {
    /// `/.well-known/openid-configuration`
    Discovery,
    /// `/oauth/v2/authorize`
    Authorize,
    /// `/ui/v2/login/login` and `/ui/login/login`: the login page.
    Login,
    /// `/oauth/v2/token`
    Token,
    /// `/oauth/v2/device_authorization`
    DeviceAuthorization,
    /// `/device`: where a user enters the code of a device.
    Device,
    /// `/oauth/v2/keys`
    Keys,
    /// `/oidc/v1/userinfo`
    UserInfo,
    /// `/oauth/v2/introspect`
    Introspect,
    /// `/oauth/v2/revoke`
    Revoke,
    /// `/oidc/v1/end_session`
    EndSession,
    /// `/ui/v2/login/logout`, `/logout/done` and `/ui/login/logout/done`: the logout pages.
    Logout,
    /// `/debug/healthz` and `/debug/ready`
    Health,
    /// The style sheet and avatars.
    Asset,
    /// Any other path.
    Unknown,
}

/// A scripted fault. The request is logged in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An empty response with this status; the request is not processed.
    Status(u16),
    /// A custom response; the request is not processed.
    StatusBody {
        /// The HTTP status.
        status: u16,
        /// The value of `Content-Type`.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
    /// Status 200 with an HTML page instead of JSON, like a captive portal.
    Html,
    /// Status 200 with a JSON string of this many bytes.
    Huge(usize),
    /// The request is processed immediately and the response is delayed.
    Delay(Duration),
    /// The request is not processed and gets no response; the connection stays open.
    Hang,
    /// The connection closes before the request is processed.
    Drop,
    /// The request is processed, then the connection closes without a response.
    LoseResponse,

    /// Discovery, or the ID token, contains a different issuer.
    WrongIssuer,
    /// The ID token contains a different nonce.
    WrongNonce,
    /// The ID token's `auth_time` is a second from now, as if the user authenticated at this moment.
    ChangedAuthTime,
    /// The ID token has no nonce.
    MissingNonce,
    /// The ID token has a different audience.
    WrongAudience,
    /// The ID token has a different `azp` and `client_id`.
    WrongAzp,
    /// The ID token expired an hour ago.
    ExpiredIdToken,
    /// The ID token's `iat` is one hour in the future.
    FutureIdToken,
    /// The ID token, or userinfo, has no subject.
    MissingSub,
    /// The ID token, or userinfo, has a different subject.
    WrongSubject,
    /// The ID token's `at_hash` does not match the access token.
    WrongAtHash,
    /// The ID token is signed with a different key than its `kid` identifies.
    ForeignKey,
    /// The ID token's `kid` is not in the key set.
    UnknownKid,
    /// The ID token's header has no `kid`.
    MissingKid,
    /// The ID token is unsigned; `alg` is `none`.
    AlgNone,
    /// The ID token is signed with HMAC, using the public key as the secret.
    AlgHs256,
    /// One bit of the ID token's signature is flipped.
    TamperedSignature,
    /// The response contains no ID token.
    NoIdToken,
    /// The response contains no access token.
    NoAccessToken,
    /// The response contains no refresh token.
    NoRefreshToken,
    /// `token_type` is `mac`.
    WrongTokenType,
    /// The callback contains a different `state`.
    WrongState,
    /// The key set is empty.
    NoKeys,
}

impl Fault {
    /// Applies the fault to the claims of an ID token.
    pub(crate) fn apply_to_claims(&self, claims: &mut Map<String, Value>, now: u64) {
        let mut set = |name: &str, value: Value| {
            claims.insert(name.to_owned(), value);
        };
        match self {
            Self::WrongIssuer => set("iss", "http://elsewhere.localhost".into()),
            Self::WrongNonce => set("nonce", "another-nonce".into()),
            Self::WrongAudience => set("aud", vec!["310000000000009998"].into()),
            Self::WrongAzp => {
                set("azp", "310000000000009998".into());
                set("client_id", "310000000000009998".into());
            }
            Self::ExpiredIdToken => {
                set("iat", now.saturating_sub(7200).into());
                set("exp", now.saturating_sub(3600).into());
            }
            Self::ChangedAuthTime => set("auth_time", (now + 1).into()),
            Self::FutureIdToken => set("iat", (now + 3600).into()),
            Self::WrongSubject => set("sub", "310000000000009997".into()),
            Self::WrongAtHash => set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA".into()),
            // `shift_remove` preserves the order of the remaining claims.
            Self::MissingNonce => drop(claims.shift_remove("nonce")),
            Self::MissingSub => drop(claims.shift_remove("sub")),
            _ => {}
        }
    }

    /// Applies the fault to the response of the token endpoint.
    pub(crate) fn apply_to_token_response(&self, response: &mut Map<String, Value>) {
        match self {
            Self::NoIdToken => drop(response.shift_remove("id_token")),
            Self::NoAccessToken => drop(response.shift_remove("access_token")),
            Self::NoRefreshToken => drop(response.shift_remove("refresh_token")),
            Self::WrongTokenType => drop(response.insert("token_type".to_owned(), "mac".into())),
            _ => {}
        }
    }
}

/// The scripted faults of all endpoints.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    queued: Vec<(EndpointName, Fault, u32)>,
    permanent: Vec<(EndpointName, Fault)>,
}

impl Faults {
    /// Applies a fault to all requests of an endpoint until cleared. Replaces an earlier permanent fault.
    pub(crate) fn set_permanent(&mut self, endpoint: EndpointName, fault: Fault) {
        self.permanent.retain(|(name, _)| *name != endpoint);
        self.permanent.push((endpoint, fault));
    }

    /// Applies a fault to the next `times` requests. Queued faults run in order, before a permanent one.
    pub(crate) fn queue(&mut self, endpoint: EndpointName, fault: Fault, times: u32) {
        if times > 0 {
            self.queued.push((endpoint, fault, times));
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the fault for the next request of an endpoint, if any.
    pub(crate) fn next(&mut self, endpoint: EndpointName) -> Option<Fault> {
        if let Some((_, fault, left)) = self.queued.iter_mut().find(|(name, _, left)| *name == endpoint && *left > 0) {
            *left -= 1;
            let fault = fault.clone();
            self.queued.retain(|(_, _, left)| *left > 0);
            return Some(fault);
        }
        self.permanent.iter().find(|(name, _)| *name == endpoint).map(|(_, fault)| fault.clone())
    }
}
