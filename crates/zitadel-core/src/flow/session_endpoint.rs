//! The session as JSON, for scripts of a page: user, roles, expiry. No tokens.

use std::sync::Arc;

use serde_json::{Value, json};

use super::authenticate;
use crate::{
    access::Principal,
    engine::LoginEngine,
    http::{Reply, RequestHead},
    user::User,
};

pub(crate) async fn session(engine: &Arc<LoginEngine>, head: &RequestHead) -> Reply {
    let (principal, cookies) = authenticate::authenticate_session(engine, head).await;
    let reply = match &principal {
        Principal::Session(user) => Reply::json(200, &describe(user)),
        // Of an access token nothing is asked here.
        Principal::Anonymous | Principal::AccessToken(_) => Reply::json(200, &Value::Null),
        // `null` would make a page show the user as signed out.
        Principal::Rejected(code) => engine.error_reply(head, *code),
    };
    reply.with_cookies(cookies)
}

fn describe(user: &User) -> Value {
    let organization = user.organization().map(|organization| {
        json!({ "id": organization.id(), "name": organization.name(), "primary_domain": organization.primary_domain() })
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
            // The spelling of this member is part of the endpoint's format.
            "organisation": organization,
        },
        "roles": user.roles().to_json(),
        "started_at": session.map(|session| session.started_at().as_unix()),
        "idle_expires_at": session.map(|session| session.idle_expires_at().as_unix()),
        "expires_at": session.map(|session| session.expires_at().as_unix()),
    })
}
