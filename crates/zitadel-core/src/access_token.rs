//! `AccessToken`: what this application shows to other APIs.

use std::fmt;

use crate::{secret::Secret, time::Timestamp};

/// An access token for calls of other APIs (RFC 6750).
///
/// `Debug` is redacted. Send it to the APIs it was issued for and to no other: anyone who has it can use it.
#[derive(Clone)]
pub struct AccessToken {
    token: Secret<String>,
    expires_at: Option<Timestamp>,
}

impl AccessToken {
    pub(crate) const fn new(token: Secret<String>, expires_at: Option<Timestamp>) -> Self {
        Self { token, expires_at }
    }

    /// The token itself, printable ASCII: what follows `Bearer ` in the `Authorization` header. Each call is a place where it
    /// can leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.token.expose()
    }

    /// When it expires, if that is known. It may be revoked before.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

/// Two tokens are equal if their texts are; compared in constant time.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.token == other.token
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_token() {
        let token = AccessToken::new(Secret::from("t0k3n"), Some(Timestamp::from_unix(7)));
        assert_eq!(format!("{token:?}"), "AccessToken { expires_at: Some(Timestamp(7)), .. }");
        assert_eq!(token.expose(), "t0k3n");
        assert_eq!(token, AccessToken::new(Secret::from("t0k3n"), None));
    }
}
