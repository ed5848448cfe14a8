//! What this workspace's benches measure and no application should touch: no part of it is covered by
//! semantic versioning.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    boundary::RequestHead,
    protocol::{
        SigningAlgorithm,
        id_token::{Expected, Nonce, verify},
        key_set::KeySet,
    },
    secret::Secret,
    session::{Purpose, Session, read_cookies},
    time::Timestamp,
    user::User,
    zitadel::Zitadel,
};

/// An opened session.
#[derive(Debug)]
pub struct Opened(Session);

/// What a library that keeps its session as JSON has to keep.
#[derive(Serialize, Deserialize)]
#[expect(missing_debug_implementations, reason = "it holds tokens")]
pub struct Plain {
    access_token: String,
    refresh_token: Option<String>,
    id_token: String,
    started_at: Timestamp,
    expires_at: Timestamp,
    access_token_expires_at: Option<Timestamp>,
    refresh_count: u32,
    user: PlainUser,
}

/// The same for the user, in the types anybody would take.
#[derive(Debug, Serialize, Deserialize)]
struct PlainUser {
    sub: String,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    nickname: Option<String>,
    preferred_username: Option<String>,
    picture: Option<String>,
    email: Option<String>,
    email_verified: bool,
    phone_number: Option<String>,
    phone_number_verified: bool,
    gender: Option<String>,
    locale: Option<String>,
    updated_at: Option<u64>,
    organisation: Option<(String, Option<String>, Option<String>)>,
    roles: BTreeMap<String, BTreeMap<String, String>>,
    metadata: BTreeMap<String, Vec<u8>>,
}

impl PlainUser {
    fn of(user: &User) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let mut roles: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (key, organisation, domain) in user.roles().grants() {
            roles.entry(key.to_owned()).or_default().insert(organisation.to_owned(), domain.to_owned());
        }
        Self {
            sub: user.subject().to_owned(),
            name: text(user.name()),
            given_name: text(user.given_name()),
            family_name: text(user.family_name()),
            nickname: text(user.nickname()),
            preferred_username: text(user.preferred_username()),
            picture: text(user.picture()),
            email: text(user.email()),
            email_verified: user.email_verified(),
            phone_number: text(user.phone_number()),
            phone_number_verified: user.phone_number_verified(),
            gender: text(user.gender()),
            locale: text(user.locale()),
            updated_at: user.updated_at().map(Timestamp::as_unix),
            organisation: user
                .organisation()
                .map(|it| (it.id().to_owned(), text(it.name()), text(it.primary_domain()))),
            roles,
            metadata: user.metadata().map(|(key, value)| (key.to_owned(), value.to_vec())).collect(),
        }
    }
}

impl Opened {
    /// Opens the value of a session cookie, past every cache.
    #[must_use]
    pub fn open(zitadel: &Zitadel, sealed: &str) -> Option<Self> {
        let inner = zitadel.inner();
        Session::open(Purpose::Session, inner.names.session(), sealed, &inner.keyring).ok().map(Self)
    }

    /// Finds the session cookie in a request and opens it, past every cache.
    #[must_use]
    pub fn find(zitadel: &Zitadel, head: &RequestHead) -> Option<Self> {
        read_cookies(zitadel.inner().names, head).find_map(|sealed| Self::open(zitadel, &sealed))
    }

    /// Seals it again.
    #[must_use]
    pub fn seal(&self, zitadel: &Zitadel) -> String {
        let inner = zitadel.inner();
        self.0.seal(Purpose::Session, inner.names.session(), &inner.keyring, &*inner.edge.entropy).unwrap_or_default()
    }

    /// Its ID token.
    #[must_use]
    pub fn id_token(&self) -> Secret<String> {
        self.0.id_token()
    }

    /// The same session as plain values.
    #[must_use]
    pub fn plain(&self) -> Plain {
        Plain {
            access_token: self.0.access_token().expose().clone(),
            refresh_token: self.0.refresh_token().map(|token| token.expose().clone()),
            id_token: self.0.id_token().expose().clone(),
            started_at: self.0.started_at(),
            expires_at: self.0.expires_at(),
            access_token_expires_at: self.0.access_token_expires_at(),
            refresh_count: self.0.refresh_count(),
            user: PlainUser::of(&User::of_session(Arc::new(self.0.clone()))),
        }
    }

    /// The bytes that a codec without compression would have to decode.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        postcard::to_allocvec(&self.0).unwrap_or_default()
    }

    /// Decodes [`encoded`](Self::encoded).
    #[must_use]
    pub fn decode(encoded: &[u8]) -> Option<Self> {
        postcard::from_bytes(encoded).ok().map(Self)
    }
}

/// A verifier with its keys parsed.
#[derive(Debug)]
pub struct Verifier(KeySet);

impl Verifier {
    /// From the body of a key set.
    #[must_use]
    pub fn new(key_set: &[u8]) -> Option<Self> {
        KeySet::parse(key_set).ok().map(Self)
    }

    /// String to checked claims; whether it was good.
    #[must_use]
    pub fn is_good(&self, token: &Secret<String>, issuer: &str, client_id: &str, now: u64) -> bool {
        let expected = Expected {
            issuer,
            client_id,
            nonce: Nonce::NotChecked,
            access_token: None,
            signing_alg: None::<SigningAlgorithm>,
            max_age: None,
            subject: None,
        };
        verify(token, &self.0, &expected, Timestamp::from_unix(now)).is_ok()
    }
}
