//! What differs from ZITADEL, and why.

/// A group of recorded exchanges that differ for one reason.
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    /// For readers of this list.
    #[expect(dead_code, reason = "documentation that is typed, so that no group lacks it")]
    pub(crate) reason: &'static str,
    pub(crate) names: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The emulator answers something else on purpose, and stays so; the README says so.
    OnPurpose,
    /// The emulator lacks a feature that the issue about APIs brings.
    WaitsForApis,
    /// There is no recorded request to send.
    NoRequest,
}

impl Kind {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OnPurpose => "differ on purpose",
            Self::WaitsForApis => "wait for the issue about APIs",
            Self::NoRequest => "cannot be sent",
        }
    }
}

pub(crate) const LIST: &[Difference] = &[
    Difference {
        kind: Kind::OnPurpose,
        reason: "codes and refresh tokens of another client are refused, as since ZITADEL 4.15.2",
        names: &["token-error-client-other", "refresh-other-client"],
    },
    Difference {
        kind: Kind::OnPurpose,
        reason: "two client authentications in one request are refused, as by newer versions of ZITADEL's library",
        names: &["token-error-both-methods"],
    },
    Difference { kind: Kind::WaitsForApis, reason: "client credentials", names: CLIENT_CREDENTIALS },
    Difference { kind: Kind::WaitsForApis, reason: "JWT bearer", names: JWT_BEARER },
    Difference {
        kind: Kind::WaitsForApis,
        reason: "tokens of machines at userinfo and introspection",
        names: MACHINE_TOKENS,
    },
    Difference { kind: Kind::WaitsForApis, reason: "personal access tokens", names: PERSONAL_ACCESS_TOKENS },
    Difference { kind: Kind::WaitsForApis, reason: "token exchange", names: TOKEN_EXCHANGE },
    Difference { kind: Kind::WaitsForApis, reason: "device authorization", names: DEVICE },
    Difference {
        kind: Kind::NoRequest,
        reason: "the check of roles at login, a setting of projects that the emulator lacks; recorded are an answer of \
                 ZITADEL's session API and a page",
        names: &["auth-request-role-check", "callback-v1-role-check"],
    },
];

/// Groups of which each request is sent as it was recorded.
pub(crate) const SENT_AS_RECORDED: &[&[&str]] =
    &[INACTIVE, CLIENT_CREDENTIALS, JWT_BEARER, MACHINE_TOKENS, PERSONAL_ACCESS_TOKENS, TOKEN_EXCHANGE, DEVICE];

/// Alike already: tokens that are not active, whether the emulator knows their kind or not.
const INACTIVE: &[&str] = &[
    "introspect-machine-noaud-robot",
    "introspect-machine-noaud-robot-jwt",
    "introspect-pat-deleted",
    "introspect-pat-expired",
];

const CLIENT_CREDENTIALS: &[&str] = &[
    "client-credentials-robot-basic",
    "client-credentials-robot-post",
    "client-credentials-robot-noscope",
    "client-credentials-robot-no-openid",
    "client-credentials-robot-jwt-basic",
    "client-credentials-robot-jwt-post",
    "client-credentials-robot-jwt-noscope",
    "client-credentials-robot-jwt-no-openid",
    "client-credentials-secret-wrong",
    "client-credentials-unknown",
    "client-credentials-human",
    "client-credentials-web-app",
    "client-credentials-unauthenticated",
    "client-credentials-deactivated",
];

const JWT_BEARER: &[&str] = &[
    "jwt-bearer-robot",
    "jwt-bearer-robot-openid",
    "jwt-bearer-robot-jwt",
    "jwt-bearer-robot-jwt-openid",
    "jwt-bearer-error-expired",
    "jwt-bearer-error-old",
    "jwt-bearer-error-future",
    "jwt-bearer-error-iat-missing",
    "jwt-bearer-error-exp-missing",
    "jwt-bearer-error-aud",
    "jwt-bearer-error-aud-missing",
    "jwt-bearer-error-kid",
    "jwt-bearer-error-sub",
    "jwt-bearer-error-iss",
    "jwt-bearer-error-garbage",
    "jwt-bearer-error-scope-missing",
    "jwt-bearer-error-exp-long",
    "jwt-bearer-error-alg",
    "jwt-bearer-deactivated",
];

const MACHINE_TOKENS: &[&str] = &[
    "introspect-machine-robot",
    "introspect-machine-cc-robot",
    "introspect-machine-robot-jwt",
    "introspect-machine-cc-robot-jwt",
    "userinfo-machine-robot",
    "userinfo-machine-robot-jwt",
];

const PERSONAL_ACCESS_TOKENS: &[&str] =
    &["introspect-pat", "introspect-pat-other-project", "introspect-pat-expiring", "userinfo-pat"];

const TOKEN_EXCHANGE: &[&str] = &[
    "token-exchange-not-allowed",
    "token-exchange",
    "token-exchange-jwt",
    "token-exchange-id-token",
    "token-exchange-actor",
    "token-exchange-user-id",
    "token-exchange-garbage",
    "token-exchange-no-openid",
];

const DEVICE: &[&str] = &[
    "device-authorization",
    "device-token-pending",
    "device-token-slow-down",
    "device-token-garbage",
    "device-token",
    "device-token-again",
];
