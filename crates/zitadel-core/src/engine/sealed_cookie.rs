//! `SealedCookie`: a value in a cookie that only this application can read or make.

use std::{borrow::Cow, convert::Infallible, marker::PhantomData, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use crate::{
    environment::Entropy,
    http::{
        RequestHead,
        cookie::{self, CookieNames},
    },
    protocol::{
        authorization::{self, PendingLogin, UncompressedLogin},
        end_session::{self, PendingLogout},
    },
    session::{Keyring, NONCE_LENGTH, OpenError, Purpose, Sealable, Session},
};

/// The names of our cookies and the keys that seal them.
pub(crate) struct CookieSealer {
    pub(super) names: CookieNames,
    /// The names of versions before the tag: their cookies are read, and written again under the new names.
    pub(super) untagged: CookieNames,
    pub(super) keyring: Keyring,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// One cookie: its name, what it is sealed for, and how long a browser keeps it.
pub(crate) struct SealedCookie<'a, T> {
    sealer: &'a CookieSealer,
    name: Cow<'a, str>,
    purpose: Purpose,
    max_age: Option<Duration>,
    value: PhantomData<fn() -> T>,
}

impl CookieSealer {
    /// The session. Its value may need several cookies, so that [`Sessions`](super::Sessions) writes them.
    pub(super) fn session(&self) -> SealedCookie<'_, Session> {
        self.cookie(Cow::Borrowed(self.names.session()), Purpose::Session, None)
    }

    /// The session under its name of before.
    pub(super) fn untagged_session(&self) -> SealedCookie<'_, Session> {
        self.cookie(Cow::Borrowed(self.untagged.session()), Purpose::Session, None)
    }

    /// A pending login, named after its `state`: several tabs can log in at once.
    pub(super) fn login(&self, suffix: &str) -> SealedCookie<'_, PendingLogin> {
        self.cookie(Cow::Owned(self.names.login(suffix)), Purpose::Login, Some(authorization::COOKIE_LIFETIME))
    }

    /// A pending login under its name and in its format of before.
    pub(super) fn untagged_login(&self, suffix: &str) -> SealedCookie<'_, UncompressedLogin> {
        self.cookie(Cow::Owned(self.untagged.login(suffix)), Purpose::Login, None)
    }

    /// A pending logout.
    pub(super) fn logout(&self) -> SealedCookie<'_, PendingLogout> {
        self.cookie(Cow::Borrowed(self.names.logout()), Purpose::Logout, Some(end_session::LIFETIME))
    }

    /// A pending logout under its name of before.
    pub(super) fn untagged_logout(&self) -> SealedCookie<'_, PendingLogout> {
        self.cookie(Cow::Borrowed(self.untagged.logout()), Purpose::Logout, None)
    }

    /// The suffix and value of every cookie in the request that is named like a pending login.
    pub(super) fn logins<'h>(&self, head: &'h RequestHead) -> Vec<(&'h str, &'h str)> {
        cookie::names_with_prefix(head, self.names.login_prefix())
    }

    pub(super) fn nonce(&self) -> [u8; NONCE_LENGTH] {
        let mut nonce = [0; NONCE_LENGTH];
        self.entropy.fill(&mut nonce);
        nonce
    }

    const fn cookie<'a, T>(
        &'a self,
        name: Cow<'a, str>,
        purpose: Purpose,
        max_age: Option<Duration>,
    ) -> SealedCookie<'a, T> {
        SealedCookie { sealer: self, name, purpose, max_age, value: PhantomData }
    }
}

impl<T: Sealable> SealedCookie<'_, T> {
    /// The sealed value.
    pub(super) fn seal(&self, value: &T) -> Result<String, T::Error> {
        self.sealer.keyring.seal_value(self.purpose, &self.name, value, &self.sealer.nonce())
    }

    /// The sealed value; the same text for the same value, on every replica.
    pub(super) fn seal_repeatably(&self, value: &T) -> Result<String, T::Error> {
        self.sealer.keyring.seal_value_repeatably(self.purpose, &self.name, value)
    }

    /// Opens a sealed value.
    pub(crate) fn open(&self, sealed: impl AsRef<[u8]>) -> Result<T, OpenError> {
        self.sealer.keyring.open_value(self.purpose, &self.name, sealed)
    }

    /// The value in a request that opens, if there is one.
    pub(crate) fn find(&self, head: &RequestHead) -> Option<T> {
        self.values(head).find_map(|sealed| self.open(sealed).ok())
    }

    /// The values of this cookie in a request, still sealed.
    pub(crate) fn values<'h>(&'h self, head: &'h RequestHead) -> impl Iterator<Item = &'h str> {
        cookie::values(head, &self.name)
    }

    /// The `Set-Cookie` value that stores `value` in the browser.
    pub(crate) fn set(&self, value: &T) -> Result<String, T::Error> {
        Ok(self.set_sealed(&self.seal(value)?))
    }

    /// The same for a value that is sealed.
    pub(super) fn set_sealed(&self, sealed: &str) -> String {
        self.sealer.names.set(&self.name, sealed, self.max_age)
    }

    /// The `Set-Cookie` value that removes the cookie.
    pub(crate) fn clear(&self) -> String {
        self.sealer.names.clear(&self.name)
    }
}

/// Values of a few fields, in the format of `postcard`.
macro_rules! sealable_by_postcard {
    ($($value:ty),*) => {$(
        impl $crate::session::Sealable for $value {
            type Error = std::convert::Infallible;

            fn encode(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, std::convert::Infallible> {
                // A few fields of fixed kinds: writing them to memory cannot fail.
                Ok(zeroize::Zeroizing::new(postcard::to_allocvec(self).unwrap_or_default()))
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                postcard::from_bytes(bytes).ok()
            }
        }
    )*};
}

pub(super) use sealable_by_postcard;

sealable_by_postcard!(UncompressedLogin, PendingLogout);

/// In the same format, and behind it what a page requires of the login, if it does.
impl Sealable for PendingLogin {
    type Error = Infallible;

    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Infallible> {
        let mut bytes = postcard::to_allocvec(self).unwrap_or_default();
        if let Some(step_up) = self.step_up() {
            bytes = postcard::to_extend(step_up, bytes).unwrap_or_default();
        }
        Ok(Zeroizing::new(bytes))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (login, rest): (Self, _) = postcard::take_from_bytes(bytes).ok()?;
        match rest {
            [] => Some(login),
            rest => Some(login.with_step_up(Some(postcard::from_bytes(rest).ok()?))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::ReturnTo,
        protocol::{LoginOptions, step_up::StepUp},
        time::Timestamp,
    };

    #[test]
    fn what_a_page_requires_of_a_login_comes_back_and_earlier_releases_do_not_see_it() {
        let login = |options: &LoginOptions| {
            let return_to = ReturnTo::parse("/payments").unwrap();
            PendingLogin::new([7; 96], return_to, options, Timestamp::from_unix(1_000_000))
        };
        let step_up = StepUp::parse(Some("max_age=60&amr=mfa"));
        let options = LoginOptions::for_step_up(step_up.clone());
        let Ok(after) = login(&options).encode();
        let Ok(before) = login(&LoginOptions { step_up: None, ..options }).encode();
        assert!(after.len() > before.len() && after.starts_with(&before), "it is behind what earlier releases read");
        assert_eq!(PendingLogin::decode(&after).unwrap().step_up(), Some(&step_up));
        assert_eq!(PendingLogin::decode(&before).unwrap().step_up(), None);
    }
}
