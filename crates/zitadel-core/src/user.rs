//! `User`: the signed-in end-user, as ZITADEL describes them.

#[cfg(feature = "login")]
mod session;

use std::{fmt, sync::Arc};

#[cfg(feature = "login")]
pub use self::session::{SessionInfo, UserSession};
#[cfg(feature = "login")]
use crate::session::Session;
use crate::{
    claims::{AuthenticationContext, Claims, Organization},
    protocol::{AccessTokenKind, access_token::VerifiedAccessToken},
    roles::Roles,
    time::Timestamp,
};

/// A signed-in end-user: claims from the ID token and from userinfo, checked and typed. Or who presented an access token, which may be a
/// service user: then the claims are those of the token, or of introspection. ZITADEL's JWT access tokens have roles only if the application
/// asks for them there, and neither name nor e-mail.
///
/// Cheap to clone. The claims are those of the latest login or token refresh;
/// [`Zitadel::user_info`](crate::Zitadel::user_info) asks the provider for current ones. If they could not be updated at a
/// refresh, they are used for one more lifetime of an access token; after that a user has no roles and no claims but the
/// subject until they can, and routes that require a role or an organization answer 503. `Debug` shows the subject only:
/// claims are personal data.
#[derive(Clone)]
pub struct User {
    claims: Arc<Claims>,
    /// Whether `claims` are those of the provider. If not, only the subject is.
    has_claims: bool,
    credential: Credential,
}

/// What a user was authenticated by.
#[derive(Clone)]
enum Credential {
    #[cfg(feature = "login")]
    Session(Arc<Session>),
    AccessToken(Arc<VerifiedAccessToken>),
}

/// Facts about the access token of a request that a user was authenticated by. It does not hold the token.
#[derive(Clone, Copy, Debug)]
pub struct AccessTokenInfo<'a>(&'a VerifiedAccessToken);

impl User {
    pub(crate) fn from_access_token(token: Arc<VerifiedAccessToken>) -> Self {
        Self { claims: Arc::clone(token.claims()), has_claims: true, credential: Credential::AccessToken(token) }
    }

    /// Whether roles and organization are known.
    pub(crate) const fn has_claims(&self) -> bool {
        self.has_claims
    }

    /// `acr` and `amr`. Those of a session are read from its ID token when this is called first.
    pub(crate) fn authentication_context(&self) -> &AuthenticationContext {
        match &self.credential {
            #[cfg(feature = "login")]
            Credential::Session(session) => session.authentication_context(),
            Credential::AccessToken(token) => token.authentication_context(),
        }
    }

    /// The scopes that the access token grants its client; `None` if that is not known: for a session, which is no grant to a
    /// client, and for a token that does not say.
    pub(crate) fn scopes(&self) -> Option<&[Box<str>]> {
        match &self.credential {
            #[cfg(feature = "login")]
            Credential::Session(_) => None,
            Credential::AccessToken(token) => token.scopes(),
        }
    }

    /// The user's id (`sub`): stable, unique within the issuer, never reassigned (OIDC Core §2).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.claims.subject
    }

    /// The name to show (`name`).
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims.name.as_deref()
    }

    /// `given_name`.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        self.claims.given_name.as_deref()
    }

    /// `family_name`.
    #[must_use]
    pub fn family_name(&self) -> Option<&str> {
        self.claims.family_name.as_deref()
    }

    /// `nickname`.
    #[must_use]
    pub fn nickname(&self) -> Option<&str> {
        self.claims.nickname.as_deref()
    }

    /// The login name (`preferred_username`). It may change and may be reassigned; do not use it as a key.
    #[must_use]
    pub fn preferred_username(&self) -> Option<&str> {
        self.claims.preferred_username.as_deref()
    }

    /// Where the picture is (`picture`): a URL from the provider; check its scheme before you link it.
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.claims.picture.as_deref()
    }

    /// `email`. Look at [`email_verified`](Self::email_verified) before you trust it.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claims.email.as_deref()
    }

    /// `email_verified`; absent means false (ZITADEL leaves false out).
    #[must_use]
    pub fn email_verified(&self) -> bool {
        self.claims.email_verified
    }

    /// `phone_number`.
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.claims.phone_number.as_deref()
    }

    /// `phone_number_verified`; absent means false.
    #[must_use]
    pub fn phone_number_verified(&self) -> bool {
        self.claims.phone_number_verified
    }

    /// `gender`.
    #[must_use]
    pub fn gender(&self) -> Option<&str> {
        self.claims.gender.as_deref()
    }

    /// The preferred language as a BCP 47 tag (`locale`).
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.claims.locale.as_deref()
    }

    /// When the profile last changed (`updated_at`).
    #[must_use]
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.claims.updated_at.map(Timestamp::from_unix)
    }

    /// The organization the user belongs to, if the scope `urn:zitadel:iam:user:resourceowner` was requested.
    #[must_use]
    pub fn organization(&self) -> Option<&Organization> {
        self.claims.organization.as_ref()
    }

    /// The roles granted to the user.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.claims.roles
    }

    /// Metadata set on the user, decoded: key and raw value (ZITADEL stores bytes).
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.claims.metadata.iter().map(|(key, value)| (key, value.as_slice()))
    }

    /// One metadata value as text; `None` if absent or not UTF-8.
    #[must_use]
    pub fn metadata_text(&self, key: &str) -> Option<&str> {
        self.claims.metadata.get(key).and_then(|value| str::from_utf8(value).ok())
    }

    /// A claim without a method of its own here, for example one that a ZITADEL action added.
    #[must_use]
    pub fn extra_claim(&self, name: &str) -> Option<serde_json::Value> {
        self.claims.extra.get(name).and_then(|text| serde_json::from_str(text).ok())
    }

    /// When the user authenticated at the provider (`auth_time`), if it says so: the login, not a refresh. ZITADEL's JWT access
    /// tokens and personal access tokens do not.
    #[must_use]
    pub fn authenticated_at(&self) -> Option<Timestamp> {
        match &self.credential {
            #[cfg(feature = "login")]
            Credential::Session(session) => session.authenticated_at(),
            Credential::AccessToken(token) => token.authenticated_at(),
        }
    }

    /// The class of that authentication (`acr`, OIDC Core §2). ZITADEL sends none.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.authentication_context().acr.as_deref()
    }

    /// The methods of that authentication (`amr`, RFC 8176). ZITADEL: `pwd`, `otp`, `user` (a passkey or a security key), and
    /// `mfa` with two factors or a passkey; none after a login by an identity provider alone.
    pub fn amr(&self) -> impl Iterator<Item = &str> {
        self.authentication_context().amr.iter().map(|method| method.as_str())
    }

    /// The access token this user was authenticated by, in the `Authorization` header of the request; `None` for a user with a session.
    #[must_use]
    pub fn access_token_info(&self) -> Option<AccessTokenInfo<'_>> {
        match &self.credential {
            Credential::AccessToken(token) => Some(AccessTokenInfo(token)),
            #[cfg(feature = "login")]
            Credential::Session(_) => None,
        }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("subject", &self.claims.subject).finish_non_exhaustive()
    }
}

impl<'a> AccessTokenInfo<'a> {
    /// Whether it is a JWT, which was verified here, or opaque, which the provider vouched for.
    #[must_use]
    pub const fn kind(self) -> AccessTokenKind {
        self.0.kind()
    }

    /// The client that it was issued to (`client_id`). ZITADEL's personal access tokens were issued to none, and machine tokens have the
    /// login name of the service user here.
    #[must_use]
    pub fn client_id(self) -> Option<&'a str> {
        self.0.client_id()
    }

    /// The scopes it was issued with; `None` if it does not say, as ZITADEL's JWTs do not.
    #[must_use]
    pub fn scopes(self) -> Option<impl Iterator<Item = &'a str>> {
        Some(self.0.scopes()?.iter().map(|scope| &**scope))
    }

    /// Whether it says that it was issued with this scope.
    #[must_use]
    pub fn has_scope(self, scope: &str) -> bool {
        self.scopes().is_some_and(|mut scopes| scopes.any(|one| one == scope))
    }

    /// When it expires; `None` if never.
    #[must_use]
    pub const fn expires_at(self) -> Option<Timestamp> {
        self.0.expires_at()
    }
}
