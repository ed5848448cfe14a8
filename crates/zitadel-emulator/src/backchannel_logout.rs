//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): which logout tokens are due when a session ends, and what
//! became of them.
//!
//! The order of events is that of a running ZITADEL 4.3:
//!
//! 1. A login registers the application's URI of that moment with its session. A refresh registers nothing.
//! 2. A session ends by logout or by an administrator, once. The end of a refresh token or a deactivated user ends none.
//! 3. Each login of that session gets a logout token of its own, also the one that asked for the logout.
//! 4. The request is sent a few milliseconds later, and not repeated, whatever the answer.

pub(crate) mod claims;
mod delivery;
mod queue;
#[cfg(feature = "server")]
pub(crate) mod send;
mod settings;

pub use delivery::{DeliveryOutcome, LogoutDelivery, LogoutToken};
pub(crate) use queue::Queue;
pub use settings::BackchannelLogout;

use std::time::Duration;

use crate::{clock::unix_time, key_ring, provider::State};

/// Between the requests for two logins of one session.
const NEXT_LOGIN: Duration = Duration::from_millis(1);

/// A login that is told about the end of its session.
#[derive(Clone)]
pub(crate) struct Recipient {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) uri: String,
    pub(crate) person_id: String,
    pub(crate) session_id: String,
}

impl State {
    /// Ends a session. Its logins with a back-channel logout URI get a logout token each. Returns whether the session was
    /// active: one that ended before is not announced again.
    pub(crate) fn end_session(&mut self, issuer: &str, session_id: &str) -> bool {
        if !self.grants.terminate(session_id) {
            return false;
        }
        let mut delay = self.backchannel_logout.settings.delay;
        for recipient in self.recipients(issuer, session_id) {
            self.issue_logout_token(recipient, delay, 1);
            delay += NEXT_LOGIN;
        }
        true
    }

    fn recipients(&self, issuer: &str, session_id: &str) -> Vec<Recipient> {
        let mut logins: Vec<_> =
            self.grants.oidc_sessions.values().filter(|login| login.session_id == session_id).collect();
        // In the order of the logins: a hash map has none.
        logins.sort_by(|a, b| a.id.cmp(&b.id));
        let recipients = logins.into_iter().filter_map(|login| {
            Some(Recipient {
                issuer: issuer.to_owned(),
                client_id: login.client_id.clone(),
                uri: login.backchannel_logout_uri.clone()?,
                person_id: login.user_id.clone(),
                session_id: session_id.to_owned(),
            })
        });
        recipients.collect()
    }

    fn issue_logout_token(&mut self, recipient: Recipient, delay: Duration, attempt: u32) {
        let due = self.clock.now() + delay;
        let id = self.ids.next(unix_time(due));
        let claims = claims::logout_token(&recipient, &id, unix_time(due), self.lifetimes.logout_token);
        let token = key_ring::sign_jwt(self.keys.active(), &claims);
        self.backchannel_logout.add(LogoutToken::new(recipient, token, due, delay, attempt));
    }

    /// Records what became of a request, and repeats it with a new token if it failed and attempts are left.
    pub(crate) fn finish_logout_delivery(&mut self, token: LogoutToken, outcome: DeliveryOutcome) {
        let BackchannelLogout { attempts, retry_after, .. } = self.backchannel_logout.settings;
        let repeats = outcome.is_repeated() && token.attempt < attempts;
        self.backchannel_logout.record(LogoutDelivery::new(&token, outcome));
        if repeats {
            let attempt = token.attempt + 1;
            self.issue_logout_token(token.recipient, retry_after, attempt);
        }
    }
}
