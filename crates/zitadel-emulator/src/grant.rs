//! What the provider remembers about sign-ins: requests, sessions in browsers, and the tokens that came of them.

use std::{collections::HashMap, time::Duration};

use crate::scope::Scopes;

/// How long things live. Settings of the instance; the defaults are ZITADEL's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Access tokens: 12 hours.
    pub access_token: Duration,
    /// ID tokens: 12 hours.
    pub id_token: Duration,
    /// A refresh token that is not used: 30 days, starting again at each refresh.
    pub refresh_idle: Duration,
    /// A refresh token in any case: 90 days from the sign-in, never extended.
    pub refresh_absolute: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { access_token: hours(12), id_token: hours(12), refresh_idle: hours(720), refresh_absolute: hours(2160) }
    }
}

/// How the code verifier is compared (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeMethod {
    S256,
    /// Whatever else was asked for, or nothing: ZITADEL falls back to `plain`.
    Plain,
}

/// An authorization request between `/authorize` and the exchange of its code.
#[derive(Clone)]
pub(crate) struct AuthRequest {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Scopes,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) in_fragment: bool,
    pub(crate) prompt: Vec<String>,
    pub(crate) login_hint: String,
    /// The person a valid `id_token_hint` was about.
    pub(crate) hinted_person: String,
    pub(crate) challenge: Option<(ChallengeMethod, String)>,
    pub(crate) stage: Stage,
}

/// How far an authorization request has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody has been chosen yet.
    Added,
    /// The browser was sent back with a code, for this session.
    CodeAdded { session_id: String },
    /// The code was exchanged, or the request was refused.
    Done,
}

/// Somebody signed in at the provider with one browser ("SSO session").
#[derive(Clone, Debug)]
pub(crate) struct SsoSession {
    pub(crate) id: String,
    pub(crate) person_id: String,
    pub(crate) auth_time: u64,
    /// When it was ended, on the counter of [`Grants::event`].
    pub(crate) terminated: Option<u64>,
}

/// The current access token of an [`OidcSession`].
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) id: String,
    /// When it was issued, on the counter of [`Grants::event`].
    pub(crate) issued: u64,
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

/// What one exchanged code gave an application; it has at most one access and one refresh token at a time.
#[derive(Clone)]
pub(crate) struct OidcSession {
    /// `V2_` and 18 digits.
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) person_id: String,
    pub(crate) session_id: String,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: String,
    pub(crate) auth_time: u64,
    pub(crate) audience: Vec<String>,
    pub(crate) access: Option<AccessToken>,
    pub(crate) refresh: Option<RefreshToken>,
}

/// All of it; gone after a restart.
#[derive(Default)]
pub(crate) struct Grants {
    pub(crate) requests: HashMap<String, AuthRequest>,
    pub(crate) sessions: HashMap<String, SsoSession>,
    pub(crate) oidc: HashMap<String, OidcSession>,
    /// Code to authorization request.
    pub(crate) codes: HashMap<String, String>,
    /// Opaque access token to OIDC session and token id.
    opaque: HashMap<String, (String, String)>,
    /// Refresh token to OIDC session.
    refresh: HashMap<String, String>,
    /// Cookie of a browser to its sessions, the latest last.
    browsers: HashMap<String, Vec<String>>,
    /// When a person was last deactivated.
    deactivated: HashMap<String, u64>,
    events: u64,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grants").field("sessions", &self.sessions.len()).finish_non_exhaustive()
    }
}

impl Grants {
    /// A counter of everything that happens: it orders two events of the same second.
    pub(crate) fn event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }

    /// The sessions of a browser that are still alive, the latest last.
    pub(crate) fn sessions_of<'a>(&'a self, browser: Option<&str>) -> impl Iterator<Item = &'a SsoSession> {
        browser
            .and_then(|cookie| self.browsers.get(cookie))
            .into_iter()
            .flatten()
            .filter_map(|id| self.sessions.get(id))
            .filter(|session| session.terminated.is_none())
    }

    /// Records a session. It replaces an earlier one of the same person in the same browser.
    pub(crate) fn add_session(&mut self, browser: Option<&str>, session: SsoSession) {
        if let Some(cookie) = browser {
            let sessions = &self.sessions;
            let list = self.browsers.entry(cookie.to_owned()).or_default();
            list.retain(|id| sessions.get(id).is_some_and(|known| known.person_id != session.person_id));
            list.push(session.id.clone());
        }
        self.sessions.insert(session.id.clone(), session);
    }

    /// Makes a session the latest of its browser.
    pub(crate) fn touch_session(&mut self, browser: &str, session_id: &str) {
        if let Some(list) = self.browsers.get_mut(browser)
            && let Some(position) = list.iter().position(|id| id == session_id)
        {
            let id = list.remove(position);
            list.push(id);
        }
    }

    /// Ends a session: its access tokens are dead from now on, its refresh tokens are not.
    pub(crate) fn terminate(&mut self, session_id: &str) {
        let event = self.event();
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.terminated.get_or_insert(event);
        }
    }

    /// Remembers that tokens of this person issued so far are dead.
    pub(crate) fn deactivate(&mut self, person_id: &str) {
        let event = self.event();
        self.deactivated.insert(person_id.to_owned(), event);
    }

    pub(crate) fn remember_opaque(&mut self, value: String, session_id: &str, token_id: &str) {
        self.opaque.insert(value, (session_id.to_owned(), token_id.to_owned()));
    }

    pub(crate) fn opaque(&self, value: &str) -> Option<(String, String)> {
        self.opaque.get(value).cloned()
    }

    /// Gives an OIDC session a new refresh token; the old one is dead at once.
    pub(crate) fn set_refresh(&mut self, session_id: &str, token: RefreshToken) {
        self.refresh.insert(token.value.clone(), session_id.to_owned());
        if let Some(session) = self.oidc.get_mut(session_id) {
            session.refresh = Some(token);
        }
    }

    /// The OIDC session whose current refresh token this is.
    pub(crate) fn by_refresh(&self, value: &str) -> Option<&OidcSession> {
        let session = self.oidc.get(self.refresh.get(value)?)?;
        session.refresh.as_ref().filter(|token| token.value == value).map(|_| session)
    }

    /// The OIDC session of an access token, if that token is alive.
    pub(crate) fn active(&self, session_id: &str, token_id: &str, now: u64) -> Option<&OidcSession> {
        let session = self.oidc.get(session_id)?;
        let token = session.access.as_ref().filter(|token| token.id == token_id)?;
        let ended = self.sessions.get(&session.session_id).and_then(|session| session.terminated);
        let died = |event: Option<u64>| event.is_some_and(|event| event > token.issued);
        let deactivated = self.deactivated.get(&session.person_id).copied();
        (now < token.expires_at && !died(ended) && !died(deactivated)).then_some(session)
    }
}
