//! Scripted misbehaviour, so that a test can see what an application does about it.

use std::time::Duration;

use serde_json::{Map, Value};

/// An endpoint of the provider, as named in faults and in the request log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointName {
    /// `/.well-known/openid-configuration`
    Discovery,
    /// `/oauth/v2/authorize`
    Authorize,
    /// `/ui/v2/login/login`: the page on which someone is chosen.
    Login,
    /// `/oauth/v2/token`
    Token,
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
    /// `/ui/v2/login/logout` and `/logout/done`: the sign-out pages.
    Logout,
    /// `/debug/healthz` and `/debug/ready`
    Health,
    /// The style sheet and the pictures of people.
    Asset,
    /// Any other path.
    Unknown,
}

/// What goes wrong. The request is logged in every case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An empty answer with this status; the request is not carried out.
    Status(u16),
    /// This answer; the request is not carried out.
    StatusBody {
        /// The HTTP status.
        status: u16,
        /// The value of `Content-Type`.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
    /// Status 200 and an HTML page where JSON is expected, as a captive portal answers.
    Html,
    /// Status 200 and that many bytes of JSON string.
    Huge(usize),
    /// Carried out at once, answered this much later.
    Delay(Duration),
    /// Never answered and never carried out; the connection stays open.
    Hang,
    /// The connection closes before the request is carried out.
    Drop,
    /// The request is carried out, then the connection closes: the lost answer.
    LoseAnswer,

    /// Discovery names another issuer, or the ID token does.
    WrongIssuer,
    /// The ID token repeats another nonce.
    WrongNonce,
    /// The ID token has no nonce.
    MissingNonce,
    /// The ID token is for another audience.
    WrongAudience,
    /// The ID token was issued to another application of the project.
    WrongAzp,
    /// The ID token expired an hour ago.
    ExpiredIdToken,
    /// The ID token was issued an hour from now.
    FutureIdToken,
    /// The ID token has no subject, or userinfo has none.
    MissingSub,
    /// The ID token, or userinfo, is about somebody else.
    WrongSubject,
    /// The ID token's `at_hash` belongs to another access token.
    WrongAtHash,
    /// The ID token is signed by a key that is not the one its `kid` names.
    ForeignKey,
    /// The ID token names a key that does not exist.
    UnknownKid,
    /// The ID token is unsigned, `alg` is `none`.
    AlgNone,
    /// The ID token is signed with HMAC and the public key as the secret.
    AlgHs256,
    /// One bit of the ID token's signature is flipped.
    TamperedSignature,
    /// There is no ID token in the answer.
    NoIdToken,
    /// There is no access token in the answer.
    NoAccessToken,
    /// There is no refresh token in the answer.
    NoRefreshToken,
    /// `token_type` is `mac`.
    WrongTokenType,
    /// The callback carries another `state`.
    WrongState,
    /// The key set is empty.
    NoKeys,
}

impl Fault {
    /// Changes the claims of an ID token.
    pub(crate) fn spoil_claims(&self, claims: &mut Map<String, Value>, now: u64) {
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
            Self::FutureIdToken => set("iat", (now + 3600).into()),
            Self::WrongSubject => set("sub", "310000000000009997".into()),
            Self::WrongAtHash => set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA".into()),
            // `shift_remove` keeps the order of what is left.
            Self::MissingNonce => drop(claims.shift_remove("nonce")),
            Self::MissingSub => drop(claims.shift_remove("sub")),
            _ => {}
        }
    }

    /// Changes the answer of the token endpoint.
    pub(crate) fn spoil_answer(&self, answer: &mut Map<String, Value>) {
        match self {
            Self::NoIdToken => drop(answer.shift_remove("id_token")),
            Self::NoAccessToken => drop(answer.shift_remove("access_token")),
            Self::NoRefreshToken => drop(answer.shift_remove("refresh_token")),
            Self::WrongTokenType => drop(answer.insert("token_type".to_owned(), "mac".into())),
            _ => {}
        }
    }
}

/// The script: which endpoint misbehaves how, and how often.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    counted: Vec<(EndpointName, Fault, u32)>,
    lasting: Vec<(EndpointName, Fault)>,
}

impl Faults {
    /// From now on, until cleared; replaces an earlier lasting fault of the endpoint.
    pub(crate) fn last(&mut self, endpoint: EndpointName, fault: Fault) {
        self.lasting.retain(|(name, _)| *name != endpoint);
        self.lasting.push((endpoint, fault));
    }

    /// The next `times` requests; queues behind earlier ones, goes before a lasting fault.
    pub(crate) fn count(&mut self, endpoint: EndpointName, fault: Fault, times: u32) {
        if times > 0 {
            self.counted.push((endpoint, fault, times));
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault of the next request, if there is one.
    pub(crate) fn take(&mut self, endpoint: EndpointName) -> Option<Fault> {
        if let Some((_, fault, left)) = self.counted.iter_mut().find(|(name, _, left)| *name == endpoint && *left > 0) {
            *left -= 1;
            let fault = fault.clone();
            self.counted.retain(|(_, _, left)| *left > 0);
            return Some(fault);
        }
        self.lasting.iter().find(|(name, _)| *name == endpoint).map(|(_, fault)| fault.clone())
    }
}
