//! Start an authorization request (OIDC Core §3.1.2.1, RFC 7636).
//!
//! # Rules
//!
//! 1. One sealed cookie per attempt, named after the beginning of its `state`: several tabs can sign in at once.
//! 2. It binds `state`, `nonce`, code verifier, where to go next, the requested organisation and `max_age`; it is good
//!    for ten minutes.
//! 3. At most five attempts are kept, the new one among them, and of the earlier ones at most 3 KiB; the oldest goes
//!    first.
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
        authorization_response::cookie_suffix,
    },
    session::Purpose,
    zitadel::{Inner, Zitadel},
};

const MOST_ATTEMPTS: usize = 5;
/// What the kept attempts may take, in bytes: somebody else's page can start sign-ins with long return paths, and
/// together with the session they must stay below the 8 KiB that servers accept for one header line.
const MOST_BYTES: usize = 3 * 1024;

pub(crate) async fn login(
    z: &Zitadel,
    head: &RequestHead,
    options: &LoginOptions,
    return_to: Option<ReturnTo>,
) -> Reply {
    if head.is_prefetch() {
        return Reply::new(204).with("cache-control", "no-store");
    }
    let again = super::challenge::with_return_to(z.inner().config.sign_in_page(), return_to.as_ref());
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
    let options = &options.or_prompt(inner.config.prompt);
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

/// Makes room for the attempt that just began: what does not open goes, then the oldest, until both limits are kept.
fn drop_oldest(inner: &Inner, head: &RequestHead) -> Vec<String> {
    let now = inner.edge.clock.now();
    let mut attempts: Vec<_> = cookie::names_with_prefix(head, inner.names.login_prefix())
        .into_iter()
        .filter(|(suffix, _)| cookie_suffix(suffix) == Some(suffix))
        .map(|(suffix, sealed)| {
            let pending = open(inner, suffix, sealed).filter(|pending| !pending.is_over(now));
            (pending.map(|pending| pending.started()), suffix, sealed.len())
        })
        .collect();
    // The newest first; `None`, which is over or foreign, last.
    attempts.sort_unstable_by(|a, b| b.cmp(a));
    let (mut kept, mut bytes) = (1, 0);
    attempts
        .into_iter()
        .filter_map(|(started, suffix, size)| {
            let keep = started.is_some() && kept < MOST_ATTEMPTS && bytes + size <= MOST_BYTES;
            if keep {
                kept += 1;
                bytes += size;
            }
            (!keep).then(|| inner.names.clear(&inner.names.login(suffix)))
        })
        .collect()
}
