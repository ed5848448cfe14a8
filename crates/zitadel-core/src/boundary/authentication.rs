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

    /// Puts onto an answer what this request's session needs: `append` is called for headers to add
    /// (`set-cookie`), `default` for headers to set unless the handler set them (`cache-control`, `vary`).
    ///
    /// Call it for every answer, errors included: a refreshed session that does not reach the browser is
    /// lost, because the old refresh token is already dead.
    pub fn finish(&self, mut append: impl FnMut(&'static str, &str), mut default: impl FnMut(&'static str, &str)) {
        for cookie in &self.cookies {
            append("set-cookie", cookie);
        }
        if !self.cookies.is_empty() || !matches!(self.identity, Identity::Anonymous) {
            // A page for one person must not come back from a cache, nor after sign-out.
            default("cache-control", "no-store");
            append("vary", "Cookie");
        }
    }
}
