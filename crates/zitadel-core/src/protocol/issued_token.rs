//! `AccessToken`: an access token that this application sends to other APIs (RFC 6750 §2.1).

use std::{fmt, sync::Arc};

use crate::{secret::Secret, time::Timestamp};

/// An access token to call other APIs with, as `Authorization: Bearer …` (RFC 6750 §2.1).
///
/// Who has it acts as its user until it expires: send it to APIs that it was issued for, over TLS, and nowhere else. `Debug`
/// shows when it expires and nothing of it, the memory is wiped on drop, and equality takes the same time whatever the
/// tokens are. [`expose`](Self::expose) is the one way to its text.
///
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    text: Arc<Secret<String>>,
    expires_at: Option<Timestamp>,
}

impl AccessToken {
    /// For a [`TokenSource`](crate::TokenSource) of one's own; everything else comes from ZITADEL.
    #[must_use]
    pub fn new(text: impl Into<Secret<String>>, expires_at: Option<Timestamp>) -> Self {
        Self { text: Arc::new(text.into()), expires_at }
    }

    /// The token itself: printable ASCII, fit for a header. Each call is a place where it can leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// When it expires by the clock of this process; `None` if the provider did not say. It may be revoked before: a refresh at
    /// ZITADEL revokes the token of before at once.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    #[cfg(feature = "login")]
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown_and_is_valid_until_it_expires() {
        let at = Timestamp::from_unix(10);
        let token = AccessToken::new(Secret::from("cAnArY"), Some(at));
        assert!(!format!("{token:?}").contains("cAnArY"));
        assert_eq!(token.expose(), "cAnArY");
        assert!(token.is_valid(Timestamp::from_unix(9)) && !token.is_valid(at));
        assert!(AccessToken::new(Secret::from("a"), None).is_valid(Timestamp::from_unix(u64::MAX)));
    }
}
