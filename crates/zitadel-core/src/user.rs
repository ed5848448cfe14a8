//! `User`: the signed-in end-user, as ZITADEL describes them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    roles::Roles,
    session::Session,
    table::{Table, Text},
    time::Timestamp,
};

/// A signed-in end-user: claims from the ID token and from userinfo, checked and typed.
///
/// Cheap to clone. As of the latest sign-in or token refresh, not of this moment;
/// [`Zitadel::user_info`](crate::Zitadel::user_info) asks anew. `Debug` shows the subject only: claims are personal
/// data.
#[derive(Clone)]
pub struct User {
    claims: Arc<Claims>,
    session: Option<Arc<Session>>,
}

/// What the provider said about a person; absent claims are `None`, absent lists are empty.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) subject: Text,
    pub(crate) name: Option<Text>,
    pub(crate) given_name: Option<Text>,
    pub(crate) family_name: Option<Text>,
    pub(crate) nickname: Option<Text>,
    pub(crate) preferred_username: Option<Text>,
    pub(crate) picture: Option<Text>,
    pub(crate) email: Option<Text>,
    pub(crate) email_verified: bool,
    pub(crate) phone_number: Option<Text>,
    pub(crate) phone_number_verified: bool,
    pub(crate) gender: Option<Text>,
    pub(crate) locale: Option<Text>,
    pub(crate) updated_at: Option<u64>,
    pub(crate) organisation: Option<Organisation>,
    pub(crate) roles: Roles,
    pub(crate) metadata: Table<Vec<u8>>,
    /// Claims this type has no field for: name → JSON text.
    pub(crate) others: Table<String>,
}

/// The organisation a user belongs to: ZITADEL's `urn:zitadel:iam:user:resourceowner:*` claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    pub(crate) id: Text,
    pub(crate) name: Option<Text>,
    pub(crate) primary_domain: Option<Text>,
}

impl Organisation {
    /// The organisation's id, an opaque string of digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its display name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its primary domain, for example `acme.example.com`.
    #[must_use]
    pub fn primary_domain(&self) -> Option<&str> {
        self.primary_domain.as_deref()
    }
}

/// Facts about the session a user came with. Nothing in it opens anything, but claims are personal data.
#[derive(Clone, Copy, Debug)]
pub struct SessionInfo<'a>(&'a Session);

/// What kind of access token the provider issues to this application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a token either has claims inside or it has not")]
pub enum AccessTokenKind {
    /// A signed JSON Web Token that an API can check by itself (RFC 9068).
    Jwt,
    /// A handle that only the provider can explain (introspection, RFC 7662).
    Opaque,
}

impl User {
    pub(crate) fn of_session(session: Arc<Session>) -> Self {
        Self { claims: Arc::clone(session.claims()), session: Some(session) }
    }

    pub(crate) fn session_arc(&self) -> Option<&Arc<Session>> {
        self.session.as_ref()
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

    /// The login name (`preferred_username`). It may change and may be reassigned: never a key.
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

    /// The organisation the user belongs to, if `urn:zitadel:iam:user:resourceowner` was asked for.
    #[must_use]
    pub fn organisation(&self) -> Option<&Organisation> {
        self.claims.organisation.as_ref()
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

    /// A claim this type has no method for, for example one that a ZITADEL action added.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<serde_json::Value> {
        self.claims.others.get(name).and_then(|text| serde_json::from_str(text).ok())
    }

    /// The session behind this user. `None` is for users who came without one, with a bearer token; those are not
    /// there yet.
    #[must_use]
    pub fn session(&self) -> Option<SessionInfo<'_>> {
        self.session.as_deref().map(SessionInfo)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("subject", &self.claims.subject).finish_non_exhaustive()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl<'a> SessionInfo<'a> {
    /// When the user signed in here.
    #[must_use]
    pub fn started_at(self) -> Timestamp {
        self.0.started_at()
    }

    /// When the session ends if no further request comes: `SESSION_DURATION`, one hour by default, after the cookie was
    /// last written. Requests move it in steps of a tenth of that.
    #[must_use]
    pub fn idle_expires_at(self) -> Timestamp {
        self.0.idle_expires_at()
    }

    /// When the session ends whatever happens: `SESSION_MAX_DURATION`, twelve hours by default, after sign-in.
    #[must_use]
    pub fn expires_at(self) -> Timestamp {
        self.0.expires_at()
    }

    /// When the access token expires; `None` if the provider did not say.
    #[must_use]
    pub fn access_token_expires_at(self) -> Option<Timestamp> {
        self.0.access_token_expires_at()
    }

    /// Whether the access token is a JWT or opaque.
    #[must_use]
    pub fn access_token_kind(self) -> AccessTokenKind {
        self.0.access_token_kind()
    }

    /// Whether tokens, roles and claims are renewed when the access token is about to expire (every hour if the provider
    /// does not say when that is): the provider gave a refresh token. If not, they stay as they were at sign-in until the
    /// session ends by its own limits, and [`Zitadel::user_info`](crate::Zitadel::user_info) works as long as the
    /// access token does.
    #[must_use]
    pub fn renews_itself(self) -> bool {
        self.0.renews_itself()
    }

    /// How often the tokens were refreshed since sign-in.
    #[must_use]
    pub fn refresh_count(self) -> u32 {
        self.0.refresh_count()
    }

    /// When the user last authenticated at the provider (`auth_time`), if it said.
    #[must_use]
    pub fn authenticated_at(self) -> Option<Timestamp> {
        self.0.authenticated_at()
    }

    /// The claims of the ID token as the provider sent them, for display. Decoded on each call.
    #[must_use]
    pub fn id_token_claims(self) -> serde_json::Map<String, serde_json::Value> {
        self.0.id_token_claims()
    }
}
