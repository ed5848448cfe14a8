//! `Visitor`: a request somebody has looked at, as adapters keep it beside the framework's own.

use std::ptr;

use crate::{
    access,
    boundary::{Admission, Authentication, Reply, RequestHead, Required},
    error::Refusal,
    user::User,
    zitadel::Zitadel,
};

/// Who sent the request at hand. An adapter makes one per request, keeps it where its doors and extractors find it,
/// and puts [`authentication`](Self::authentication)'s headers onto the answer.
#[derive(Clone, Debug)]
pub struct Visitor {
    zitadel: Zitadel,
    head: RequestHead,
    authentication: Authentication,
}

impl Visitor {
    /// Without waiting, if nobody needs to be asked: for nearly every request.
    ///
    /// # Errors
    ///
    /// Gives the head back if it takes [`authenticate`](Self::authenticate) to know.
    #[expect(clippy::result_large_err, reason = "the head is inside either way, and nearly always in `Ok`")]
    pub fn recognise(zitadel: &Zitadel, head: RequestHead) -> Result<Self, RequestHead> {
        match zitadel.recognise(&head) {
            Some(authentication) => Ok(Self { zitadel: zitadel.clone(), head, authentication }),
            None => Err(head),
        }
    }

    /// The same for every request, and all there is to call where a future is needed anyway. Waits as long as
    /// [`Zitadel::authenticate`] does: for nearly every request not at all.
    pub async fn authenticate(zitadel: &Zitadel, head: RequestHead) -> Self {
        let authentication = zitadel.authenticate(&head).await;
        Self { zitadel: zitadel.clone(), head, authentication }
    }

    /// What looking at the request showed.
    #[must_use]
    pub const fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// Whether this handle looked at the request: where an adapter meets one twice, once is enough. Handles with pages
    /// of their own ([`Zitadel::with_pages`]) are handles of their own.
    #[must_use]
    pub fn is_of(&self, zitadel: &Zitadel) -> bool {
        ptr::eq(self.zitadel.inner(), zitadel.inner())
    }

    /// For a door: `None` lets the request in, `Some` is the whole answer instead.
    #[must_use]
    pub fn turned_away(&self, required: Required<'_>) -> Option<Reply> {
        match required {
            Required::Nothing => None,
            required => self.user(required).err(),
        }
    }

    /// For an argument that needs a user.
    ///
    /// # Errors
    ///
    /// The whole answer instead: a redirect to sign-in, 401, 403, 502 or 503.
    pub fn user(&self, required: Required<'_>) -> Result<User, Reply> {
        match self.zitadel.admit(&self.head, &self.authentication, required) {
            Admission::Granted(Some(user)) => Ok(user),
            Admission::Denied(reply) => Err(reply),
            // The engine grants nothing to nobody where a user is required; should it ever, the door stays shut.
            Admission::Granted(None) => Err(self.zitadel.refuse(&self.head, Refusal::Internal)),
        }
    }

    /// The user, if there is one who may go on; no answer is worded. For arguments that may be absent (with
    /// [`Required::Nothing`]: whoever comes), for choosing between routes, and for frameworks that try an argument before
    /// they know whether its failure counts.
    ///
    /// A user whose request does not count here (another site sent it, or the store cannot be asked) is `None`.
    #[must_use]
    pub fn admitted(&self, required: Required<'_>) -> Option<User> {
        access::decide(&self.authentication.identity, required).ok().flatten().cloned()
    }
}
