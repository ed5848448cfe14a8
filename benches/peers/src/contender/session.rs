//! Sessions in cookies, on axum 0.8. What peers keep is what an ordinary session of ours has.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::FromRef,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::{
    PrivateCookieJar,
    cookie::{Cookie, Key},
};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use serde::{Deserialize, Serialize};
use tower_sessions::{MemoryStore, SessionManagerLayer};
use zitadel_axum::{Protected, User};

use super::{Contender, HELLO};
use crate::server::{Failed, Settings};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    access_token: String,
    refresh_token: String,
    id_token: String,
    started_at: u64,
    expires_at: u64,
    subject: String,
    name: String,
    preferred_username: String,
    email: String,
    email_verified: bool,
    locale: String,
    organization: (String, String, String),
    roles: BTreeMap<String, BTreeMap<String, String>>,
}

impl Stored {
    fn ordinary(settings: &Settings) -> Self {
        let organization = ("310000000000000201", "Example", "example.zitadel.localhost");
        let grants = BTreeMap::from([(organization.0.to_owned(), organization.2.to_owned())]);
        Self {
            access_token: "a".repeat(104),
            refresh_token: "r".repeat(104),
            id_token: settings.sample_jwt.clone(),
            started_at: 1_700_000_000,
            expires_at: 1_700_086_400,
            subject: "310000000000000301".to_owned(),
            name: "Alice Adams".to_owned(),
            preferred_username: "alice@example.zitadel.localhost".to_owned(),
            email: "alice@example.com".to_owned(),
            email_verified: true,
            locale: "en".to_owned(),
            organization: (organization.0.to_owned(), organization.1.to_owned(), organization.2.to_owned()),
            roles: ["admin", "editor", "reader"].into_iter().map(|role| (role.to_owned(), grants.clone())).collect(),
        }
    }
}

pub(crate) fn protected(contender: &Contender, settings: &Settings) -> Result<Router, Failed> {
    Ok(match contender.id {
        "axum-session" => {
            let handler = async |user: User| if user.subject().is_empty() { "" } else { HELLO };
            Protected::new(settings.ours()?).route("/profile", get(handler)).into_router()
        }
        "axum-login" => axum_login(settings),
        _ => private_cookie(settings),
    })
}

#[derive(Clone, Debug)]
struct Account(Arc<Stored>);

impl AuthUser for Account {
    type Id = String;

    fn id(&self) -> Self::Id {
        self.0.subject.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.0.access_token.as_bytes()
    }
}

/// Accounts in memory, so that no database is measured.
#[derive(Clone, Debug)]
struct Accounts(Account);

impl AuthnBackend for Accounts {
    type User = Account;
    type Credentials = ();
    type Error = Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<Account>, Infallible> {
        Ok(Some(self.0.clone()))
    }

    async fn get_user(&self, id: &String) -> Result<Option<Account>, Infallible> {
        Ok((*id == self.0.id()).then(|| self.0.clone()))
    }
}

fn axum_login(settings: &Settings) -> Router {
    let accounts = Accounts(Account(Arc::new(Stored::ordinary(settings))));
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let login = async |mut session: AuthSession<Accounts>| -> Response {
        let Ok(Some(account)) = session.authenticate(()).await else {
            return StatusCode::UNAUTHORIZED.into_response();
        };
        match session.login(&account).await {
            Ok(()) => Redirect::to("/profile").into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let page = async |session: AuthSession<Accounts>| match session.user {
        Some(Account(account)) if !account.subject.is_empty() => Ok(HELLO),
        _ => Err(StatusCode::UNAUTHORIZED),
    };
    Router::new()
        .route("/login", get(login))
        .route("/profile", get(page))
        .layer(AuthManagerLayerBuilder::new(accounts, sessions).build())
}

#[derive(Clone)]
struct CookieKey(Key);

impl FromRef<CookieKey> for Key {
    fn from_ref(key: &CookieKey) -> Self {
        key.0.clone()
    }
}

fn private_cookie(settings: &Settings) -> Router {
    let stored = serde_json::to_string(&Stored::ordinary(settings)).unwrap();
    let login = async move |jar: PrivateCookieJar| (jar.add(Cookie::new("session", stored.clone())), HELLO);
    let page = async |jar: PrivateCookieJar| {
        let session = jar.get("session").and_then(|cookie| serde_json::from_str::<Stored>(cookie.value()).ok());
        match session {
            Some(session) if !session.subject.is_empty() => Ok(HELLO),
            _ => Err(StatusCode::UNAUTHORIZED),
        }
    };
    Router::new().route("/login", get(login)).route("/profile", get(page)).with_state(CookieKey(Key::generate()))
}
