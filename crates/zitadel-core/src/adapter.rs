//! What the adapters share as source: types that the orphan rule wants in each of them.

/// Defines an adapter's `User`, `Role`, `Authorized`, `Bearer`, `AccessToken` and `Denied`: the core's types, wrapped so that the adapter can implement its
/// framework's traits for them.
///
/// Attributes before each name are added to its documentation.
#[doc(hidden)]
#[macro_export]
macro_rules! adapter_types {
    (
        $(#[$user:meta])* User,
        $(#[$role:meta])* Role,
        $(#[$authorized:meta])* Authorized,
        $(#[$bearer:meta])* Bearer,
        $(#[$access_token:meta])* AccessToken,
        $(#[$denied:meta])* Denied $(,)?
    ) => {
        /// An authenticated user, as an argument of a handler; dereferences to the core's `User`.
        ///
        /// By session cookie, or, in an application that accepts them (`ZITADEL_API_AUDIENCE`), by an access token in the
        /// `Authorization` header, which wins. Without a user the handler does not run: a browser is redirected to login, every
        /// other client gets 401.
        /// `Option<User>` accepts every request; it is `None` too for a user whose request cannot be accepted (it comes
        /// from another site, or the store is not available).
        ///
        $(#[$user])*
        #[derive(Clone, Debug)]
        pub struct User($crate::User);

        /// A user who holds the role `R`, as an argument of a handler; dereferences to the core's `User`.
        ///
        /// Without the role the answer is 403: a page for a browser, JSON for every other client. Without a user it is
        /// that of [`User`]. `Option<Role<R>>` accepts every request and tells whether the user holds the role.
        ///
        $(#[$role])*
        pub struct Role<R> {
            user: $crate::User,
            role: ::core::marker::PhantomData<fn() -> R>,
        }

        /// A user who meets the requirement of the policy `P`, as an argument of a handler; dereferences to the core's `User`.
        ///
        /// Whatever a [`Requirement`](crate::Requirement) can say: several roles, an organization, a scope, a recent login, a second
        /// factor, a function of the application. If it is not met, the handler does not run; what the answer is stands there.
        /// `Option<Authorized<P>>` accepts every request and tells whether it is.
        ///
        $(#[$authorized])*
        pub struct Authorized<P> {
            user: $crate::User,
            policy: ::core::marker::PhantomData<fn() -> P>,
        }

        /// Who presented an access token, as an argument of a handler; dereferences to the core's `User`. Cookies are not looked at.
        ///
        /// Without a token that is acceptable the handler does not run, and the answer is 401 as JSON, never a redirect (RFC
        /// 6750 §3). An application accepts tokens that name one of its audiences (`ZITADEL_API_AUDIENCE`); without any, no
        /// request has one.
        ///
        $(#[$bearer])*
        #[derive(Clone, Debug)]
        pub struct Bearer($crate::User);

        /// The current access token of the user, as an argument of a handler, to call other APIs in their name; dereferences to the core's
        /// `AccessToken`.
        ///
        /// Of a user with a session it is that of the session, which was renewed if it was due. Of a user who presented an access
        /// token it is that token. Without a user the answer is that of [`User`]; and 401 or 503 where a user has no token
        /// (`docs/calling-apis.md`). `Option<AccessToken>` accepts every request, and is `None` then.
        ///
        /// Who has it acts as the user. `Debug` shows nothing of it.
        ///
        $(#[$access_token])*
        #[derive(Clone)]
        pub struct AccessToken {
            token: $crate::AccessToken,
            authentication: $crate::Authentication,
        }

        /// Why a request was not served; as a response, a redirect to login, 400, 401, 403, 502 or 503. Dereferences to the
        /// core's `Denied`, which has the code.
        ///
        $(#[$denied])*
        #[derive(Clone)]
        pub struct Denied($crate::Denied);

        impl User {
            pub(crate) fn new(user: &$crate::User) -> Self {
                Self(user.clone())
            }

            /// The user without the wrapper.
            #[must_use]
            pub fn into_inner(self) -> $crate::User {
                self.0
            }
        }

        impl Bearer {
            pub(crate) fn new(user: &$crate::User) -> Self {
                Self(user.clone())
            }

            /// The user without the wrapper.
            #[must_use]
            pub fn into_inner(self) -> $crate::User {
                self.0
            }
        }

        impl AccessToken {
            pub(crate) async fn of(authentication: &$crate::Authentication) -> ::core::result::Result<Self, $crate::Denied> {
                let token = authentication.access_token().await?;
                Ok(Self { token, authentication: authentication.clone() })
            }

            /// Another access token, after an API answered 401 to this one: that of a later state of the session, if there is one.
            /// Otherwise the tokens are refreshed, if they are older than 30 seconds, and the response to this request carries the new
            /// session: call it before that is made, and once per request to an API.
            ///
            /// # Errors
            ///
            /// [`Denied`]: 401 if there is no other token, as for one that the request presented; 503 if the provider or the store
            /// does not answer.
            pub async fn after_rejection(&self) -> ::core::result::Result<Self, Denied> {
                let token = self.authentication.access_token_after_rejection(&self.token).await?;
                Ok(Self { token, authentication: self.authentication.clone() })
            }

            /// A token for another audience, or with fewer scopes, in exchange for this one (RFC 8693;
            /// [`Zitadel::exchange_token`](crate::Zitadel::exchange_token)).
            ///
            /// # Errors
            ///
            /// [`Denied`]: 401 if the provider does not accept this token, 502 or 503 otherwise.
            pub async fn exchange(
                &self,
                exchange: &$crate::TokenExchange,
            ) -> ::core::result::Result<$crate::AccessToken, Denied> {
                Ok(self.authentication.exchange_token(&self.token, exchange).await?)
            }

            /// The token without the request that it belongs to.
            #[must_use]
            pub fn into_inner(self) -> $crate::AccessToken {
                self.token
            }
        }

        /// For a client of other APIs, such as `zitadel-reqwest`.
        impl $crate::TokenSource for AccessToken {
            fn token(
                &self,
            ) -> $crate::environment::BoxFuture<'_, ::core::result::Result<$crate::AccessToken, $crate::ErrorCode>> {
                $crate::TokenSource::token(&self.authentication)
            }

            fn token_after_rejection<'a>(
                &'a self,
                rejected: &'a $crate::AccessToken,
            ) -> $crate::environment::BoxFuture<'a, ::core::result::Result<$crate::AccessToken, $crate::ErrorCode>> {
                $crate::TokenSource::token_after_rejection(&self.authentication, rejected)
            }
        }

        impl ::core::ops::Deref for AccessToken {
            type Target = $crate::AccessToken;

            fn deref(&self) -> &Self::Target {
                &self.token
            }
        }

        impl ::core::fmt::Debug for AccessToken {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                self.token.fmt(f)
            }
        }

        impl ::core::ops::Deref for Bearer {
            type Target = $crate::User;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<P> Authorized<P> {
            pub(crate) fn new(user: &$crate::User) -> Self {
                Self { user: user.clone(), policy: ::core::marker::PhantomData }
            }

            /// The user without the proof of the policy.
            #[must_use]
            pub fn into_inner(self) -> $crate::User {
                self.user
            }
        }

        impl<P> ::core::ops::Deref for Authorized<P> {
            type Target = $crate::User;

            fn deref(&self) -> &Self::Target {
                &self.user
            }
        }

        impl<P> Clone for Authorized<P> {
            fn clone(&self) -> Self {
                Self::new(&self.user)
            }
        }

        impl<P> ::core::fmt::Debug for Authorized<P> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("Authorized").field("user", &self.user).finish_non_exhaustive()
            }
        }

        impl<R> Role<R> {
            pub(crate) fn new(user: &$crate::User) -> Self {
                Self { user: user.clone(), role: ::core::marker::PhantomData }
            }

            /// The user without the proof of the role.
            #[must_use]
            pub fn into_inner(self) -> $crate::User {
                self.user
            }
        }

        impl ::core::ops::Deref for User {
            type Target = $crate::User;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<R> ::core::ops::Deref for Role<R> {
            type Target = $crate::User;

            fn deref(&self) -> &Self::Target {
                &self.user
            }
        }

        impl<R> Clone for Role<R> {
            fn clone(&self) -> Self {
                Self::new(&self.user)
            }
        }

        impl<R: $crate::RoleKey> ::core::fmt::Debug for Role<R> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("Role").field("key", &R::KEY).field("user", &self.user).finish()
            }
        }

        impl From<$crate::Denied> for Denied {
            fn from(denied: $crate::Denied) -> Self {
                Self(denied)
            }
        }

        impl ::core::ops::Deref for Denied {
            type Target = $crate::Denied;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl ::core::fmt::Debug for Denied {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ::core::fmt::Display for Denied {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ::std::error::Error for Denied {}
    };
}
