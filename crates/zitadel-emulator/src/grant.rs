//! Authorization requests, sessions and tokens.

pub(crate) mod device;

use std::{collections::HashMap, time::Duration};

use serde_json::Value;

use crate::{login_version::LoginVersion, scope::Scopes};

/// Lifetimes of tokens, for the whole instance. The defaults are ZITADEL's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Access token lifetime; default 12 hours.
    pub access_token: Duration,
    /// ID token lifetime; default 12 hours.
    pub id_token: Duration,
    /// Idle lifetime of a refresh token; default 30 days, restarted by each refresh.
    pub refresh_idle: Duration,
    /// Absolute lifetime of a refresh token; default 90 days from the login, never extended.
    pub refresh_absolute: Duration,
    /// Logout token lifetime; default 15 minutes.
    pub logout_token: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self {
            access_token: hours(12),
            id_token: hours(12),
            refresh_idle: hours(720),
            refresh_absolute: hours(2160),
            logout_token: Duration::from_secs(15 * 60),
        }
    }
}

/// PKCE challenge method (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeMethod {
    S256,
    /// Any other or no method: ZITADEL falls back to `plain`.
    Plain,
}

/// Where the parameters of the authorization response go (OAuth 2.0 Multiple Response Types §2.1, Form Post §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// An authorization request, from `/authorize` until its code is redeemed.
#[derive(Clone)]
pub(crate) struct AuthRequest {
    pub(crate) id: String,
    pub(crate) version: LoginVersion,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Scopes,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) response_mode: ResponseMode,
    pub(crate) max_age: Option<u64>,
    pub(crate) prompt: Vec<String>,
    pub(crate) login_hint: String,
    /// The subject of a valid `id_token_hint`; empty if there is none.
    pub(crate) hinted_person_id: String,
    pub(crate) challenge: Option<(ChallengeMethod, String)>,
    pub(crate) stage: Stage,
}

/// Progress of an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No user has been selected yet.
    Added,
    /// A code for this session was sent to the client.
    CodeAdded { session_id: String },
    /// The code was redeemed, or the request was rejected.
    Done,
}

/// A session of a user at the provider in one browser (single sign-on).
#[derive(Clone, Debug)]
pub(crate) struct SsoSession {
    pub(crate) id: String,
    pub(crate) person_id: String,
    pub(crate) auth_time: u64,
    pub(crate) amr: Vec<&'static str>,
    /// Event number of the termination; see [`Grants::next_event`].
    pub(crate) terminated: Option<u64>,
}

/// The current access token of an [`OidcSession`].
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) id: String,
    /// Event number of the issuance; see [`Grants::next_event`].
    pub(crate) issue_event: u64,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
}

/// The current refresh token of an [`OidcSession`].
#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(crate) value: String,
    pub(crate) idle_expiry: u64,
    pub(crate) absolute_expiry: u64,
}

/// A session of a client, created when a code is redeemed or a service account asks for a token. It has at most one access token and one refresh token.
#[derive(Clone)]
pub(crate) struct OidcSession {
    /// `V2_` and 18 digits.
    pub(crate) id: String,
    /// That of an application; the user name of a service account that is its own client.
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    /// Empty without a login: tokens of a service account.
    pub(crate) session_id: String,
    /// The application's URI when the code was redeemed.
    pub(crate) backchannel_logout_uri: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: String,
    pub(crate) auth_time: Option<u64>,
    pub(crate) amr: Vec<String>,
    pub(crate) audience: Vec<String>,
    /// The `act` claim (RFC 8693 §4.1) after an exchange with an actor.
    pub(crate) actor: Option<Value>,
    pub(crate) access: Option<AccessToken>,
    pub(crate) refresh: Option<RefreshToken>,
}

/// All authorization requests, sessions and tokens. A restart clears them.
#[derive(Default)]
pub(crate) struct Grants {
    pub(crate) requests: HashMap<String, AuthRequest>,
    pub(crate) sso_sessions: HashMap<String, SsoSession>,
    pub(crate) oidc_sessions: HashMap<String, OidcSession>,
    /// Authorization code → authorization request id.
    pub(crate) codes: HashMap<String, String>,
    /// Opaque access token → OIDC session id and token id.
    opaque_tokens: HashMap<String, (String, String)>,
    /// Refresh token → OIDC session id.
    refresh_tokens: HashMap<String, String>,
    pub(crate) devices: device::Devices,
    /// Browser cookie → SSO session ids, the latest last.
    browsers: HashMap<String, Vec<String>>,
    /// User id → event number of the last deactivation.
    deactivations: HashMap<String, u64>,
    last_event: u64,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants").field("sessions", &self.sso_sessions.len()).finish_non_exhaustive()
    }
}

impl Grants {
    /// Returns the next event number. It orders events that happen in the same second.
    pub(crate) fn next_event(&mut self) -> u64 {
        self.last_event += 1;
        self.last_event
    }

    /// The active SSO sessions of a browser, the latest last.
    pub(crate) fn browser_sessions<'a>(&'a self, browser: Option<&str>) -> impl Iterator<Item = &'a SsoSession> {
        browser
            .and_then(|cookie| self.browsers.get(cookie))
            .into_iter()
            .flatten()
            .filter_map(|id| self.sso_sessions.get(id))
            .filter(|session| session.terminated.is_none())
    }

    /// Adds a session. It replaces an earlier session of the same user in the same browser.
    pub(crate) fn add_session(&mut self, browser: Option<&str>, session: SsoSession) {
        if let Some(cookie) = browser {
            let sessions = &self.sso_sessions;
            let list = self.browsers.entry(cookie.to_owned()).or_default();
            list.retain(|id| sessions.get(id).is_some_and(|known| known.person_id != session.person_id));
            list.push(session.id.clone());
        }
        self.sso_sessions.insert(session.id.clone(), session);
    }

    /// Makes a session the latest one of its browser.
    pub(crate) fn touch_session(&mut self, browser: &str, session_id: &str) {
        if let Some(list) = self.browsers.get_mut(browser)
            && let Some(position) = list.iter().position(|id| id == session_id)
        {
            let id = list.remove(position);
            list.push(id);
        }
    }

    /// Terminates an SSO session, for [`State::end_session`](crate::provider::State::end_session). This revokes its access
    /// tokens but not its refresh tokens. Returns whether the session was active.
    pub(crate) fn terminate(&mut self, session_id: &str) -> bool {
        let event = self.next_event();
        match self.sso_sessions.get_mut(session_id) {
            Some(session) if session.terminated.is_none() => {
                session.terminated = Some(event);
                true
            }
            _ => false,
        }
    }

    /// The sessions that the version-1 login ends with one of them: all that it has in the same browser.
    pub(crate) fn sessions_beside(&self, session_id: &str) -> Vec<String> {
        let holds = |sessions: &Vec<String>| sessions.iter().any(|id| id == session_id);
        let browser = self.browsers.iter().find(|(_, sessions)| holds(sessions)).map(|(cookie, _)| cookie.clone());
        self.sessions_of(browser.as_deref(), LoginVersion::V1)
    }

    /// The active sessions that a login application has in a browser.
    pub(crate) fn sessions_of(&self, browser: Option<&str>, version: LoginVersion) -> Vec<String> {
        let sessions = self.browser_sessions(browser).map(|session| session.id.clone());
        sessions.filter(|id| LoginVersion::from_session(id) == version).collect()
    }

    /// Records a deactivation, which revokes all issued access tokens of the user.
    pub(crate) fn deactivate(&mut self, user_id: &str) {
        let event = self.next_event();
        self.deactivations.insert(user_id.to_owned(), event);
    }

    pub(crate) fn add_opaque_token(&mut self, value: String, session_id: &str, token_id: &str) {
        self.opaque_tokens.insert(value, (session_id.to_owned(), token_id.to_owned()));
    }

    pub(crate) fn opaque_token_ids(&self, value: &str) -> Option<(String, String)> {
        self.opaque_tokens.get(value).cloned()
    }

    /// Sets the refresh token of an OIDC session. The previous one becomes invalid.
    pub(crate) fn set_refresh(&mut self, session_id: &str, token: RefreshToken) {
        self.refresh_tokens.insert(token.value.clone(), session_id.to_owned());
        if let Some(session) = self.oidc_sessions.get_mut(session_id) {
            session.refresh = Some(token);
        }
    }

    /// Returns the OIDC session whose current refresh token has this value.
    pub(crate) fn session_by_refresh_token(&self, value: &str) -> Option<&OidcSession> {
        let session = self.oidc_sessions.get(self.refresh_tokens.get(value)?)?;
        session.refresh.as_ref().filter(|token| token.value == value).map(|_| session)
    }

    /// Returns the OIDC session of an access token if the token is active.
    pub(crate) fn active_session(&self, session_id: &str, token_id: &str, now: u64) -> Option<&OidcSession> {
        let session = self.oidc_sessions.get(session_id)?;
        let token = session.access.as_ref().filter(|token| token.id == token_id)?;
        let terminated = self.sso_sessions.get(&session.session_id).and_then(|session| session.terminated);
        let revoked = |event: Option<u64>| event.is_some_and(|event| event > token.issue_event);
        let deactivated = self.deactivations.get(&session.user_id).copied();
        (now < token.expires_at && !revoked(terminated) && !revoked(deactivated)).then_some(session)
    }
}
