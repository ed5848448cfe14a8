//! `Session`: the values on the session card.

use zitadel_core::{AccessTokenKind, SessionInfo};

use crate::view::Moment;

/// When the session started, when it ends, and the state of its tokens.
pub(crate) struct Session {
    pub(crate) started: Moment,
    pub(crate) authenticated: Option<Moment>,
    pub(crate) idle_expires: Moment,
    pub(crate) expires: Moment,
    pub(crate) token_kind: AccessTokenKind,
    pub(crate) token_expires: Option<Moment>,
    pub(crate) is_refreshable: bool,
    pub(crate) refresh_count: u32,
}

impl Session {
    pub(crate) fn new(session: SessionInfo<'_>) -> Self {
        Self {
            started: Moment::new(session.started_at()),
            authenticated: session.authenticated_at().map(Moment::new),
            idle_expires: Moment::new(session.idle_expires_at()),
            expires: Moment::new(session.expires_at()),
            token_kind: session.access_token_kind(),
            token_expires: session.access_token_expires_at().map(Moment::new),
            is_refreshable: session.is_refreshable(),
            refresh_count: session.refresh_count(),
        }
    }

    /// The kind of access token, and who can validate it.
    pub(crate) const fn token_words(&self) -> (&'static str, &'static str) {
        match self.token_kind {
            AccessTokenKind::Jwt => ("JWT", "signed, any API can verify it"),
            AccessTokenKind::Opaque => ("Opaque", "only ZITADEL can resolve it"),
        }
    }

    /// What happens when the access token expires.
    pub(crate) const fn renewal_words(&self) -> &'static str {
        if self.is_refreshable { "Then renewed." } else { "Not renewed: roles and claims stay as they are." }
    }

    /// `Refreshed 3 times`
    pub(crate) fn refresh_words(&self) -> String {
        match self.refresh_count {
            1 => "Refreshed 1 time".to_owned(),
            count => format!("Refreshed {count} times"),
        }
    }
}
