//! `Authentication`: the authentication result of one request.

use std::{borrow::Cow, fmt, sync::Arc};

#[cfg(feature = "login")]
use super::late_cookies::LateCookies;
use super::{
    authenticated::Authenticated, decide::decide, denied::Denied, principal::Principal, requirement::Requirement,
};
use crate::{
    answer::ErrorCode,
    engine::Engine,
    http::{RequestHead, ResponseHeaders},
    time::Timestamp,
    user::User,
};

/// The authentication result of one request. Adapters keep it in the framework's request extensions; routes and
/// extractors [`authorize`](Self::authorize) with it, and every response gets [`apply_to`](Self::apply_to).
///
/// Cheap to clone.
#[derive(Clone)]
pub struct Authentication(Arc<Authenticated>);

impl Authentication {
    pub(crate) fn new(
        engine: Arc<Engine>,
        head: RequestHead,
        principal: Principal,
        cookies: Vec<String>,
        now: Timestamp,
    ) -> Self {
        Self(Arc::new(Authenticated {
            engine,
            head,
            principal,
            now,
            cookies,
            #[cfg(feature = "login")]
            late_cookies: LateCookies::default(),
        }))
    }

    /// Who sent the request.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The user, if there is one: for public routes.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.0.principal.user()
    }

    /// The user, if the requirement is met.
    ///
    /// # Errors
    ///
    /// [`Denied`], which is the whole response.
    pub fn authorize(&self, requirement: &Requirement<'_>) -> Result<&User, Denied> {
        decide(&self.0.principal, requirement, self.0.now).map_err(|code| Denied::new(&self.0, code, requirement))
    }

    /// Whether the response must carry cookies, as far as is known before its handler ran: of a session that was written again, or
    /// one that is removed.
    #[must_use]
    pub fn has_cookies(&self) -> bool {
        !self.0.cookies.is_empty()
    }

    /// Sets what every response to this request must carry: the session's cookies, and that it is personal.
    ///
    /// Call it for *every* response, errors included: a refreshed session that does not reach the browser is lost,
    /// because the previous refresh token was revoked. Only responses of [`Zitadel::serve`](crate::Zitadel::serve) need
    /// nothing: they handle the session themselves, and a response that ends a session must not also renew it.
    pub fn apply_to(&self, headers: &mut impl ResponseHeaders) {
        let Authenticated { principal, cookies, .. } = &*self.0;
        #[cfg(feature = "login")]
        let late = match principal {
            Principal::Session(_) => self.0.late_cookies.take(),
            _ => None,
        };
        #[cfg(feature = "login")]
        let cookies = late.as_ref().unwrap_or(cookies);
        for cookie in cookies {
            headers.append("set-cookie", Cow::Owned(cookie.clone()));
        }
        // A response to an anonymous request may be cached, but not for authenticated ones.
        let vary = if self.0.has_api() { "Cookie, Authorization" } else { "Cookie" };
        headers.append_unique("vary", vary);
        // A personal page must not come back from a cache, nor with the back button after logout, unless its handler
        // decided otherwise. With a session cookie on it nothing may override that.
        if !cookies.is_empty() {
            headers.set("cache-control", "no-store");
        } else if !matches!(principal, Principal::Anonymous) {
            headers.set_default("cache-control", "no-store");
        }
    }

    /// The answer to this request, for a reason that authentication did not know of.
    pub(crate) fn deny(&self, code: ErrorCode) -> Denied {
        Denied::new(&self.0, code, &Requirement::user())
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    pub(crate) fn head(&self) -> &RequestHead {
        &self.0.head
    }

    /// When the request was authenticated.
    #[cfg(feature = "login")]
    pub(crate) fn authenticated_at(&self) -> Timestamp {
        self.0.now
    }

    /// Cookies that its response must carry instead of those of before, until it is made.
    #[cfg(feature = "login")]
    pub(crate) fn late_cookies(&self) -> &LateCookies {
        &self.0.late_cookies
    }

    pub(crate) fn is_from(&self, engine: &Arc<Engine>) -> bool {
        Arc::ptr_eq(&self.0.engine, engine)
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the cookies: they are the session.
        f.debug_struct("Authentication").field("principal", &self.0.principal).finish_non_exhaustive()
    }
}
