//! `Authentication`: who sent a request, and what the answer must carry back.

use std::fmt;

use crate::{boundary::Reply, error::Refusal, user::User};

/// What looking at a request showed. Made by [`Zitadel::authenticate`](crate::Zitadel::authenticate), which
/// never fails.
#[derive(Clone)]
pub struct Authentication {
    pub(crate) identity: Identity,
    pub(crate) cookies: Vec<String>,
}

/// Who it is.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// Nobody we know.
    Anonymous,
    /// A signed-in end-user, by session cookie.
    Session(User),
    /// Credentials came, and for this request they count for nothing: say why at a closed route.
    Refused(Refusal),
}

/// What a route asks of whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Required<'a> {
    /// Nothing: a public route.
    Nothing,
    /// A signed-in end-user.
    User,
    /// A signed-in end-user who holds this role key in the application's project.
    Role(&'a str),
}

/// The answer to [`Zitadel::admit`](crate::Zitadel::admit).
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a door is open or closed")]
pub enum Admission {
    /// Go on; the user if there is one (always there unless nothing was required).
    Granted(Option<User>),
    /// Send this instead: a redirect to sign-in, 401, 403, 502 or 503.
    Denied(Reply),
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The cookies are the session.
        f.debug_struct("Authentication").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Authentication {
    /// The signed-in user, if there is one.
    #[must_use]
    pub const fn user(&self) -> Option<&User> {
        match &self.identity {
            Identity::Session(user) => Some(user),
            Identity::Anonymous | Identity::Refused(_) => None,
        }
    }

    /// What every answer to this request must carry: the session's cookies, and that it is nobody else's.
    ///
    /// Put them onto *every* answer, errors included: a refreshed session that does not reach the browser is
    /// lost, because the old refresh token is already dead. Only replies of
    /// [`Zitadel::serve`](crate::Zitadel::serve) need nothing: they looked at the session themselves, and an
    /// answer that ends a session must not also renew it.
    pub fn headers(&self) -> impl Iterator<Item = (Put, &'static str, &str)> {
        let personal = !self.cookies.is_empty() || !matches!(self.identity, Identity::Anonymous);
        // A page for one person must not come back from a cache, nor with the back button after sign-out, unless its
        // handler knows better. With a session cookie on it there is no knowing better.
        let cache = if self.cookies.is_empty() { Put::Default } else { Put::Replace };
        let cookies = self.cookies.iter().map(|cookie| (Put::Append, "set-cookie", cookie.as_str()));
        // A visitor's page may be kept, but not for those who are signed in.
        let vary = std::iter::once((Put::Once, "vary", "Cookie"));
        cookies.chain(vary).chain(personal.then_some((cache, "cache-control", "no-store")))
    }
}

impl Put {
    /// Whether to add the line, given the values that the answer has under this name. With [`Replace`](Self::Replace)
    /// those go first.
    pub fn adds<'a>(self, value: &str, mut present: impl Iterator<Item = &'a [u8]>) -> bool {
        match self {
            Self::Append | Self::Replace => true,
            Self::Once => !present.any(|known| known == value.as_bytes()),
            Self::Default => present.next().is_none(),
        }
    }
}

/// How a header of [`Authentication::headers`] gets onto an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a further way would have to break adapters")]
pub enum Put {
    /// One more line, whatever is there.
    Append,
    /// One more line, unless this very line is there.
    Once,
    /// Only if the answer has no header of this name.
    Default,
    /// Instead of whatever the answer has under this name.
    Replace,
}
