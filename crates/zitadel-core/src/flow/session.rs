//! The session as JSON, for scripts of the page: who, which roles, until when. No tokens.

use serde_json::{Map, Value, json};

use super::authenticate::authenticate;
use crate::{
    boundary::{Reply, RequestHead, authentication::Identity},
    user::User,
    zitadel::Zitadel,
};

pub(super) async fn session(z: &Zitadel, head: &RequestHead) -> Reply {
    let who = authenticate(z, head).await;
    let reply = match &who.identity {
        Identity::Session(user) => Reply::json(200, &describe(user)),
        Identity::Anonymous => Reply::json(200, &Value::Null),
        // "Nobody" would make a page sign the user out.
        Identity::Refused(refusal) => super::page::refuse(z, head, *refusal),
    };
    reply.with_cookies(who.cookies)
}

fn describe(user: &User) -> Value {
    let organisation = user.organisation().map(|organisation| {
        json!({ "id": organisation.id(), "name": organisation.name(), "primary_domain": organisation.primary_domain() })
    });
    let session = user.session();
    json!({
        "user": {
            "sub": user.subject(),
            "name": user.name(),
            "preferred_username": user.preferred_username(),
            "email": user.email(),
            "email_verified": user.email_verified(),
            "picture": user.picture(),
            "locale": user.locale(),
            "organisation": organisation,
        },
        "roles": roles(user),
        "started_at": session.map(|session| session.started_at().as_unix()),
        "idle_expires_at": session.map(|session| session.idle_expires_at().as_unix()),
        "expires_at": session.map(|session| session.expires_at().as_unix()),
    })
}

/// role key → organisation id → domain, as ZITADEL's claim has it.
fn roles(user: &User) -> Value {
    let mut roles = Map::new();
    for (key, organisation, domain) in user.roles().grants() {
        let granted = roles.entry(key).or_insert_with(|| json!({}));
        if let Some(granted) = granted.as_object_mut() {
            granted.insert(organisation.to_owned(), domain.into());
        }
    }
    Value::Object(roles)
}
