//! `Authentication`: who sent a request, and what the answer must carry back.

use crate::{boundary::Reply, error::Refusal, user::User};

/// What looking at a request showed. Made by [`Zitadel::authenticate`](crate::Zitadel::authenticate), which
/// never fails.
#[derive(Clone, Debug)]
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
    /// Send this instead: a redirect to sign-in, 401, 403 or 503.
    Denied(Reply),
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
        // A page for one person must not come back from a cache, nor with the back button after sign-out.
        let private = [(Put::Default, "cache-control", "no-store"), (Put::Once, "vary", "Cookie")];
        let cookies = self.cookies.iter().map(|cookie| (Put::Append, "set-cookie", cookie.as_str()));
        cookies.chain(private.into_iter().filter(move |_| personal))
    }
}

/// How a header of [`Authentication::headers`] gets onto an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a fourth way would have to break adapters")]
pub enum Put {
    /// One more line, whatever is there.
    Append,
    /// One more line, unless this very line is there.
    Once,
    /// Only if the answer has no header of this name.
    Default,
}
