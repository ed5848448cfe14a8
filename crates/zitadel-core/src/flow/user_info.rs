//! Fresh claims for the signed-in user, asked of the provider now.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    authenticate, page,
    refresh::{self, Refreshed},
    tokens,
};
use crate::{
    boundary::{Reply, RequestHead, authentication::Identity},
    edge::provider::ProviderError,
    error::{Failure, Refusal},
    protocol::user_info::UserInfoError,
    session::{self, Session},
    user::User,
    zitadel::Zitadel,
};

/// What came, and the session it came with if that is a new one.
pub(crate) struct Fresh {
    pub(crate) claims: Map<String, Value>,
    renewed: Option<Arc<str>>,
}

/// The endpoint: JSON whatever the client accepts.
pub(super) async fn user_info(z: &Zitadel, head: &RequestHead) -> Reply {
    let who = authenticate::authenticate(z, head).await;
    let cookies = who.cookies;
    let user = match who.identity {
        Identity::Session(user) => user,
        Identity::Anonymous => return page::json_refusal(Refusal::Unauthenticated).with_cookies(cookies),
        Identity::Refused(refusal) => return page::json_refusal(refusal).with_cookies(cookies),
    };
    let names = z.inner().names;
    match fresh(z, &user).await {
        Ok(fresh) => {
            let cookies = match fresh.renewed {
                Some(sealed) => session::write_cookies(&sealed, names, head).unwrap_or_default(),
                None => cookies,
            };
            Reply::json(200, &Value::Object(fresh.claims)).with_cookies(cookies)
        }
        Err(Failure::SessionEnded) => {
            page::json_failure(z, &Failure::SessionEnded).with_cookies(session::clear_cookies(names, head))
        }
        Err(failure) => page::json_failure(z, &failure).with_cookies(cookies),
    }
}

/// Asks userinfo. If the access token is not accepted any more, somebody refreshed the session (that kills
/// the old token at once) or the provider forgot it: one refresh, which finds a successor first, and one
/// more try.
pub(crate) async fn fresh(z: &Zitadel, user: &User) -> Result<Fresh, Failure> {
    let session = user.session_arc().ok_or(Failure::NoSession)?;
    match ask(z, session).await {
        Err(Failure::UserInfo(UserInfoError::Refused)) => {}
        answer => return answer.map(|claims| Fresh { claims, renewed: None }),
    }
    match refresh::refresh(z, session).await {
        Refreshed::Renewed { session, sealed } => {
            let claims = ask(z, &session).await?;
            Ok(Fresh { claims, renewed: Some(sealed) })
        }
        Refreshed::Ended => Err(Failure::SessionEnded),
        Refreshed::Unavailable if session.refresh_token().is_none() => Err(Failure::SessionEnded),
        Refreshed::Unavailable => Err(UserInfoError::Unavailable.into()),
    }
}

async fn ask(z: &Zitadel, session: &Session) -> Result<Map<String, Value>, Failure> {
    let inner = z.inner();
    let metadata = inner.provider.metadata().await?;
    tokens::user_info(inner, &metadata, &session.access_token(), &session.claims().subject)
        .await?
        .ok_or_else(|| ProviderError::NoEndpoint("userinfo_endpoint").into())
}
