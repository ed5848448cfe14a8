//! The sessions of a user: the list, and the end of one.
//!
//! # Rules
//!
//! 1. A user sees and ends their own sessions only: the list is that of the subject of a [`User`], who was authenticated.
//! 2. A session that is ended here ends as in a logout: on every replica, and its tokens are revoked.

use std::sync::Arc;

use super::end_session;
use crate::{
    engine::{ListedSession, LoginEngine},
    error::Failure,
    user::{User, UserSession},
};

/// The sessions of a user that are in the store, the latest used first; none if sessions are kept in cookies.
pub(crate) async fn list(engine: &LoginEngine, user: &User) -> Result<Vec<UserSession>, Failure> {
    let sessions = listed(engine, user).await?;
    let current = user.session_arc().map(|session| *session.id());
    Ok(sessions.iter().map(|listed| describe(listed, current == Some(listed.id))).collect())
}

/// Ends the session of a user with this id; whether there was one.
pub(crate) async fn end(engine: &Arc<LoginEngine>, user: &User, id: &str) -> Result<bool, Failure> {
    // Rule 1.
    let Some(listed) = listed(engine, user).await?.into_iter().find(|listed| listed.id_text() == id) else {
        return Ok(false);
    };
    match engine.sessions.session_of_list(&listed).await? {
        Some(session) => end_session::end(engine, &Arc::new(session)).await?,
        None => engine.sessions.end_listed(&listed).await?,
    }
    Ok(true)
}

async fn listed(engine: &LoginEngine, user: &User) -> Result<Vec<ListedSession>, Failure> {
    match engine.sessions.are_stored() {
        true => Ok(engine.sessions.sessions_of(user.subject()).await?),
        false => Ok(Vec::new()),
    }
}

fn describe(listed: &ListedSession, is_current: bool) -> UserSession {
    UserSession {
        id: listed.id_text(),
        started_at: listed.started_at(),
        last_seen_at: listed.last_seen_at,
        idle_expires_at: listed.idle_expires_at,
        user_agent: listed.user_agent.clone(),
        is_current,
    }
}
