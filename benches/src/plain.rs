//! A session as a library without a compact format stores it: plain values, serialized to JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zitadel_core::{SessionInfo, Timestamp, User, internals::Opened};

/// The session of such a library.
#[derive(Serialize, Deserialize)]
#[expect(missing_debug_implementations, reason = "it holds tokens")]
pub struct PlainSession {
    access_token: String,
    refresh_token: Option<String>,
    id_token: String,
    started_at: Option<u64>,
    expires_at: Option<u64>,
    access_token_expires_at: Option<u64>,
    refresh_count: u32,
    user: PlainUser,
}

/// The user of such a library.
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
    organization: Option<(String, Option<String>, Option<String>)>,
    roles: BTreeMap<String, BTreeMap<String, String>>,
    metadata: BTreeMap<String, Vec<u8>>,
}

impl From<&Opened> for PlainSession {
    fn from(opened: &Opened) -> Self {
        let user = opened.user();
        let session = user.session();
        Self {
            access_token: opened.access_token().expose().clone(),
            refresh_token: opened.refresh_token().map(|token| token.expose().clone()),
            id_token: opened.id_token().expose().clone(),
            started_at: session.map(|session| session.started_at().as_unix()),
            expires_at: session.map(|session| session.expires_at().as_unix()),
            access_token_expires_at: session.and_then(SessionInfo::access_token_expires_at).map(Timestamp::as_unix),
            refresh_count: session.map_or(0, SessionInfo::refresh_count),
            user: PlainUser::from(&user),
        }
    }
}

impl From<&User> for PlainUser {
    fn from(user: &User) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let mut roles: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (key, organization, domain) in user.roles().grants() {
            roles.entry(key.to_owned()).or_default().insert(organization.to_owned(), domain.to_owned());
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
            organization: user
                .organization()
                .map(|it| (it.id().to_owned(), text(it.name()), text(it.primary_domain()))),
            roles,
            metadata: user.metadata().map(|(key, value)| (key.to_owned(), value.to_vec())).collect(),
        }
    }
}
