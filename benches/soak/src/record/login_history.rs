//! `LoginHistory`: a login, the refresh tokens that followed each other, and what ended it.

use serde_json::Value;

use super::{At, LoginId, Record, State};

pub(crate) struct LoginHistory {
    pub(crate) subject: String,
    /// The provider's session.
    pub(crate) sid: String,
    pub(crate) generations: Vec<Generation>,
    pub(crate) ends: Vec<End>,
    /// When its refresh token was revoked.
    pub(crate) revoked_at: Option<At>,
}

/// What one token response gave.
#[derive(Default)]
pub(crate) struct Generation {
    pub(crate) made_at: At,
    /// When its refresh token was used, and by which replica: once.
    pub(crate) spent: Option<(At, usize)>,
    /// Calls with its refresh token that the provider refused.
    pub(crate) refused: Vec<(At, usize)>,
    /// Calls that failed because the provider was faulty.
    pub(crate) failed: u32,
    /// Whether a request was answered at a time when it was certainly due to be refreshed.
    pub(crate) was_due: bool,
    /// Whether a request was sent at a time when it may have been due.
    pub(crate) may_have_been_due: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Logout,
    BySid,
    BySubject,
}

/// A request that ends a session.
pub(crate) struct End {
    pub(crate) how: How,
    pub(crate) replica: usize,
    pub(crate) requested_at: At,
    /// When the application said that it ended. Without that it may have ended.
    pub(crate) acknowledged_at: Option<At>,
}

/// What a token request with a refresh token led to.
pub(crate) enum Refreshed {
    /// The provider's answer.
    Answered(u16, Value),
    /// The provider was faulty.
    Failed,
}

impl LoginHistory {
    pub(crate) fn acknowledged_at(&self) -> Option<At> {
        self.ends.iter().filter_map(|end| end.acknowledged_at).min()
    }

    /// When it may have ended: at the first request to end it.
    pub(crate) fn may_have_ended_at(&self) -> Option<At> {
        self.ends.iter().map(|end| end.requested_at).min()
    }
}

impl Record {
    /// Sends a token request to the provider, and notes what it did: nothing comes between.
    pub(crate) fn code_redeemed(&self, send: impl FnOnce() -> (u16, Value)) {
        let mut state = self.state();
        let (status, tokens) = send();
        state.counts.code_calls += 1;
        if status == 200 {
            let (at, claims) = (self.now(), claims(&tokens));
            let generation = Generation { made_at: at, ..Generation::default() };
            let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = state.logins.len();
            state.logins.push(LoginHistory {
                subject: text("sub"),
                sid: text("sid"),
                generations: vec![generation],
                ends: Vec::new(),
                revoked_at: None,
            });
            if let Some(token) = tokens.get("refresh_token").and_then(Value::as_str) {
                state.tokens.insert(token.to_owned(), (id, 0));
            }
        }
    }

    /// The same with a refresh token.
    pub(crate) fn refreshed(&self, replica: usize, token: &str, send: impl FnOnce() -> Refreshed) {
        let mut state = self.state();
        let (at, outcome) = (self.now(), send());
        state.counts.refresh_calls += 1;
        let Some((login, number)) = state.tokens.get(token).copied() else {
            drop(state);
            return self.wrong("a refresh token that the provider never issued");
        };
        let Some(generation) = state.logins.get_mut(login).and_then(|it| it.generations.get_mut(number)) else {
            return;
        };
        match outcome {
            Refreshed::Failed => generation.failed += 1,
            Refreshed::Answered(200, tokens) => {
                let was_spent = generation.spent.replace((at, replica)).is_some();
                let next = tokens.get("refresh_token").and_then(Value::as_str).unwrap_or_default().to_owned();
                if let Some(login) = state.logins.get_mut(login) {
                    login.generations.push(Generation { made_at: at, ..Generation::default() });
                }
                state.tokens.insert(next, (login, number + 1));
                drop(state);
                if was_spent {
                    self.wrong(&format!("login {login}: the provider took refresh token {number} twice"));
                }
            }
            Refreshed::Answered(..) => generation.refused.push((at, replica)),
        }
    }

    pub(crate) fn revoked(&self, token: &str) {
        let at = self.now();
        let mut state = self.state();
        if let Some((login, _)) = state.tokens.get(token).copied()
            && let Some(login) = state.logins.get_mut(login)
        {
            login.revoked_at.get_or_insert(at);
        }
    }

    /// The login of a user that redeemed its code last.
    pub(crate) fn newest_login(&self, subject: &str) -> Option<LoginId> {
        self.state().logins.iter().rposition(|login| login.subject == subject)
    }

    pub(crate) fn sid(&self, login: LoginId) -> String {
        self.state().logins.get(login).map(|login| login.sid.clone()).unwrap_or_default()
    }

    /// A request to end these sessions was sent to a replica. For [`acknowledged`](Self::acknowledged).
    pub(crate) fn end_requested(&self, logins: &[LoginId], how: How, replica: usize) -> Vec<(LoginId, usize)> {
        let now = self.now();
        let mut state = self.state();
        let mut add = |id: LoginId| {
            let ends = &mut state.logins.get_mut(id)?.ends;
            ends.push(End { how, replica, requested_at: now, acknowledged_at: None });
            Some((id, ends.len() - 1))
        };
        logins.iter().filter_map(|id| add(*id)).collect()
    }

    pub(crate) fn acknowledged(&self, ends: &[(LoginId, usize)]) {
        let now = self.now();
        let mut state = self.state();
        for (login, end) in ends {
            if let Some(end) = state.logins.get_mut(*login).and_then(|login| login.ends.get_mut(*end)) {
                end.acknowledged_at = Some(now);
            }
        }
    }

    /// The sessions that a logout token ends.
    pub(crate) fn logins_of(&self, sid: Option<&str>, subject: &str) -> Vec<LoginId> {
        let state: &State = &self.state();
        let belongs = |login: &LoginHistory| sid.map_or(login.subject == subject, |sid| login.sid == sid);
        state.logins.iter().enumerate().filter(|(_, login)| belongs(login)).map(|(id, _)| id).collect()
    }
}

/// The claims of the ID token of a token response.
fn claims(tokens: &Value) -> Value {
    let token = tokens.get("id_token").and_then(Value::as_str).unwrap_or_default();
    jwt_claims(token).unwrap_or_default()
}

/// The claims of a JWT, without a look at its signature.
pub(crate) fn jwt_claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    let payload = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}
