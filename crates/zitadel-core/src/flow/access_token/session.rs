//! The access token of a session, for a request and beyond one; the rules are those of `mod.rs`.

use std::{sync::Arc, time::Duration};

use super::UserTokenError;
use crate::{
    access::Authentication,
    engine::{Engine, LoginEngine, Read, RefreshOutcome},
    flow::refresh,
    protocol::AccessToken,
    session::{Session, SessionState},
    time::Timestamp,
    user::User,
};

/// How long what authentication found out about a session is good for.
const RECENT: Duration = Duration::from_secs(5);
/// How long a refresh is waited for: while the token is valid, and when it is not.
const MAX_WAIT: Duration = Duration::from_secs(2);
const MAX_WAIT_EXPIRED: Duration = Duration::from_secs(12);
/// How many refreshes a session can be behind.
const MAX_HOPS: usize = 8;

/// Whose token it is, and the request whose response can carry a new session.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    engine: &'a Arc<LoginEngine>,
    session: &'a Arc<Session>,
    request: Option<&'a Authentication>,
}

fn token(session: &Session) -> AccessToken {
    AccessToken::new(session.access_token(), session.access_token_expires_at())
}

impl<'a> Source<'a> {
    pub(super) fn of(
        engine: &'a Engine,
        user: &'a User,
        request: Option<&'a Authentication>,
    ) -> Result<Self, UserTokenError> {
        let session = user.session_arc().ok_or(UserTokenError::InRequestOnly)?;
        let engine = engine.login.as_ref().ok_or(UserTokenError::SessionEnded)?;
        Ok(Self { engine, session, request })
    }

    fn now(self) -> Timestamp {
        self.engine.environment.clock.now()
    }

    fn is_recent(self, now: Timestamp) -> bool {
        self.request.is_some_and(|request| now.duration_since(request.authenticated_at()) < RECENT)
    }

    pub(super) async fn current(self) -> Result<AccessToken, UserTokenError> {
        let is_recent = self.is_recent(self.now());
        let session = if is_recent { Arc::clone(self.session) } else { self.checked().await? };
        let session = match session.state(self.now()) {
            SessionState::RefreshDue { .. } => self.successor_of(session).await?,
            _ => session,
        };
        let now = self.now();
        match session.state(now) {
            SessionState::Expired => Err(UserTokenError::SessionEnded),
            // Without a refresh token it is never due, and expires.
            SessionState::Active | SessionState::ClaimsDue { .. } => {
                Some(token(&session)).filter(|token| token.is_valid(now)).ok_or(UserTokenError::NotRenewable)
            }
            SessionState::RefreshDue { access_token_valid: true } if is_recent => Ok(token(&session)),
            SessionState::RefreshDue { access_token_valid } => {
                let wait = if access_token_valid { MAX_WAIT } else { MAX_WAIT_EXPIRED };
                match self.refresh(&session, wait).await {
                    Ok(refreshed) => Ok(token(&refreshed)),
                    Err(UserTokenError::SessionEnded) => Err(UserTokenError::SessionEnded),
                    // Rule 5.
                    Err(_) if access_token_valid => Ok(token(&session)),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Without waiting.
    pub(super) fn cached(self) -> Option<AccessToken> {
        let now = self.now();
        let is_active = matches!(self.session.state(now), SessionState::Active | SessionState::ClaimsDue { .. });
        (is_active && self.is_recent(now)).then(|| token(self.session)).filter(|token| token.is_valid(now))
    }

    pub(super) async fn after_rejection(self, rejected: &AccessToken) -> Result<AccessToken, UserTokenError> {
        let session = self.checked().await?;
        let session = self.successor_of(session).await?;
        let now = self.now();
        if session.state(now) == SessionState::Expired {
            return Err(UserTokenError::SessionEnded);
        }
        let token_now = token(&session);
        if token_now != *rejected && token_now.is_valid(now) {
            return Ok(token_now);
        }
        self.refresh(&session, MAX_WAIT_EXPIRED).await.map(|refreshed| token(&refreshed))
    }

    /// Rule 3: the session as the store has it, or as it was.
    async fn checked(self) -> Result<Arc<Session>, UserTokenError> {
        let sessions = &self.engine.sessions;
        if sessions.are_stored() {
            match sessions.read_session(self.session).await.map_err(|error| UserTokenError::not_checked(&error))? {
                Read::Session(loaded) => return Ok(loaded.session),
                Read::Ended => return Err(UserTokenError::SessionEnded),
                // It may be in a cookie still: of before sessions were stored, or because the store did not take it.
                Read::Absent => {}
            }
        }
        match sessions.is_ended(self.session).await.map_err(|error| UserTokenError::not_checked(&error))? {
            true => Err(UserTokenError::SessionEnded),
            false => Ok(Arc::clone(self.session)),
        }
    }

    /// What other requests made of a session, or the session itself.
    async fn successor_of(self, session: Arc<Session>) -> Result<Arc<Session>, UserTokenError> {
        let mut latest = session;
        for _ in 0..MAX_HOPS {
            let Some(key) = self.engine.sessions.successor_key(&latest) else { break };
            match self
                .engine
                .sessions
                .successor(&latest, &key)
                .await
                .map_err(|error| UserTokenError::not_checked(&error))?
            {
                Some(outcome) => latest = self.keep(outcome)?,
                None => break,
            }
        }
        Ok(latest)
    }

    /// Rule 4.
    async fn refresh(self, session: &Arc<Session>, wait: Duration) -> Result<Arc<Session>, UserTokenError> {
        let is_kept = self.engine.sessions.are_stored()
            || self.request.is_some_and(|request| request.late_cookies().are_possible());
        if !is_kept || session.refresh_token().is_none() || session.was_just_refreshed(self.now()) {
            return Err(UserTokenError::NotRenewable);
        }
        let outcome = tokio::time::timeout(wait, refresh::refresh(self.engine, session)).await;
        self.keep(outcome.map_err(|_| UserTokenError::ProviderUnavailable)?)
    }

    /// The new session, which the response carries to the browser.
    fn keep(self, outcome: RefreshOutcome) -> Result<Arc<Session>, UserTokenError> {
        match outcome {
            RefreshOutcome::Renewed { session, cookie } => {
                if let Some(request) = self.request
                    && let Ok(cookies) = self.engine.sessions.write(&cookie, request.head())
                {
                    request.late_cookies().set(cookies);
                }
                Ok(session)
            }
            RefreshOutcome::Ended | RefreshOutcome::TooLarge => Err(UserTokenError::SessionEnded),
            RefreshOutcome::Unavailable(reason) => Err(UserTokenError::not_refreshed(reason)),
        }
    }
}
