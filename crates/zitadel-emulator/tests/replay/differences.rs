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
    /// There is no recorded request to send.
    NoRequest,
}

impl Kind {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OnPurpose => "differ on purpose",
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
    Difference {
        kind: Kind::NoRequest,
        reason: "the check of roles at login, a setting of projects that the emulator lacks; recorded are an answer of \
                 ZITADEL's session API and a page",
        names: &["auth-request-role-check", "callback-v1-role-check"],
    },
];
