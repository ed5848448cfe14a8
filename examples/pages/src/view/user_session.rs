//! `UserSession`: one line of the list of a user's sessions.

use crate::view::Moment;

/// One session of a user, this one or another one.
pub(crate) struct UserSession {
    pub(crate) id: String,
    pub(crate) started: Moment,
    pub(crate) last_seen: Moment,
    pub(crate) user_agent: Option<String>,
    pub(crate) is_current: bool,
}

impl UserSession {
    pub(crate) fn new(session: &zitadel_core::UserSession) -> Self {
        Self {
            id: session.id().to_owned(),
            started: Moment::new(session.started_at()),
            last_seen: Moment::new(session.last_seen_at()),
            user_agent: session.user_agent().map(str::to_owned),
            is_current: session.is_current(),
        }
    }
}
