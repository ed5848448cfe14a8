//! Start an authorization request (OIDC Core §3.1.2.1, RFC 7636).
//!
//! # Rules
//!
//! 1. One sealed cookie per attempt, named after the beginning of its `state`: several tabs can sign in at once.
//! 2. It binds `state`, `nonce`, code verifier, where to go next and the requested organisation; it is good
//!    for ten minutes.
//! 3. At most five attempts are kept; the oldest goes first.
//! 4. A prefetch starts nothing.
//! 5. The challenge method is S256, always.

use zeroize::Zeroizing;

use super::page;
use crate::{
    boundary::{Reply, RequestHead, ReturnTo, cookie},
    error::Failure,
    protocol::{
        LoginOptions,
        authorization::{LIFETIME, PendingLogin, authorization_url},
    },
    session::Purpose,
    zitadel::{Inner, Zitadel},
};

const MOST_ATTEMPTS: usize = 5;

pub(crate) async fn login(
    z: &Zitadel,
    head: &RequestHead,
    options: &LoginOptions,
    return_to: Option<ReturnTo>,
) -> Reply {
    if head.is_prefetch() {
        return Reply::new(204).with("cache-control", "no-store");
    }
    let again = super::challenge::with_return_to(&z.inner().config.paths.login, return_to.as_ref());
    match start(z.inner(), head, options, return_to).await {
        Ok(reply) => reply,
        Err(failure) => page::fail(z, head, &failure, Some(again)),
    }
}

async fn start(
    inner: &Inner,
    head: &RequestHead,
    options: &LoginOptions,
    return_to: Option<ReturnTo>,
) -> Result<Reply, Failure> {
    let now = inner.edge.clock.now();
    let metadata = inner.provider.metadata().await?;
    let mut random = Zeroizing::new([0; 96]);
    inner.edge.entropy.fill(random.as_mut_slice());
    let return_to = return_to.unwrap_or_else(|| inner.config.post_login.clone());
    let pending = PendingLogin::new(*random, return_to, options, now);
    let url = authorization_url(
        &metadata,
        &inner.config.client_id,
        &inner.config.redirect_uri,
        &inner.config.scopes,
        &pending,
        options,
    );
    Ok(Reply::redirect(url.as_str()).with_cookies([keep(inner, &pending)]).with_cookies(drop_oldest(inner, head)))
}

/// The cookie that remembers an attempt.
fn keep(inner: &Inner, pending: &PendingLogin) -> String {
    let name = inner.names.login(&pending.cookie_suffix());
    let plain = Zeroizing::new(postcard::to_allocvec(pending).unwrap_or_default());
    let sealed = inner.keyring.seal(Purpose::Login, &name, &plain, &*inner.edge.entropy);
    inner.names.set(&name, &sealed, Some(LIFETIME))
}

/// Opens the cookie of an attempt.
pub(super) fn open(inner: &Inner, suffix: &str, sealed: &str) -> Option<PendingLogin> {
    let name = inner.names.login(suffix);
    let plain = inner.keyring.open(Purpose::Login, &name, sealed).ok()?;
    postcard::from_bytes(&plain).ok()
}

/// Makes room for the attempt that just began: what does not open goes, then the oldest.
fn drop_oldest(inner: &Inner, head: &RequestHead) -> Vec<String> {
    let now = inner.edge.clock.now();
    let mut attempts: Vec<_> = cookie::names_with_prefix(head, inner.names.login_prefix())
        .into_iter()
        .map(|(suffix, sealed)| {
            let started = open(inner, suffix, sealed).filter(|pending| !pending.is_over(now)).map(|p| p.started());
            (started, suffix)
        })
        .collect();
    // `None` sorts first: what is over or foreign goes before anything that may still be used.
    attempts.sort_unstable();
    let live = attempts.iter().filter(|(started, _)| started.is_some()).count();
    let over = attempts.len() - live;
    let drop = over + live.saturating_sub(MOST_ATTEMPTS - 1);
    attempts.iter().take(drop).map(|(_, suffix)| inner.names.clear(&inner.names.login(suffix))).collect()
}
