//! The addresses in a configuration.

use url::Url;

use super::{
    builder::HttpIssuer,
    error::{Label, Problems},
    paths,
};
use crate::{boundary::cookie::CookieSecurity, protocol::discovery::is_loopback};

/// A redirect URI taken apart.
#[derive(Debug)]
pub(super) struct Redirect {
    /// As given.
    pub(super) text: String,
    pub(super) path: String,
    pub(super) origin: String,
    pub(super) security: CookieSecurity,
}

/// The issuer, as given (OIDC Discovery §3: https, no query, no fragment).
pub(super) fn issuer(told: &mut Problems, label: Label, text: String, http: HttpIssuer) -> Option<String> {
    let url = absolute(told, label, &text)?;
    if url.path().contains("/.well-known/") {
        return told.add(label, "is the address of the discovery document; cut it before `/.well-known`");
    }
    if url.scheme() == "http" && http == HttpIssuer::OnlyLoopback && !is_loopback(&url) {
        return told.add(label, "is http, which anyone in between can forge; use https (http is for loopback only)");
    }
    Some(text)
}

/// The address ZITADEL is reached at from here.
pub(super) fn internal(told: &mut Problems, label: Label, text: &str) -> Option<Url> {
    if text.is_empty() {
        return None;
    }
    absolute(told, label, text)
}

/// The redirect URI or post-logout redirect URI.
pub(super) fn redirect(told: &mut Problems, label: Label, text: String) -> Option<Redirect> {
    let url = absolute(told, label, &text)?;
    let security = match url.scheme() {
        "https" => CookieSecurity::Secure,
        _ if is_loopback(&url) => CookieSecurity::Loopback,
        _ => {
            return told.add(
                label,
                "is http, where anyone in between can take the session; use https (http is for loopback only)",
            );
        }
    };
    if url.path() == "/" {
        return told.add(label, "needs a path of its own, for example `/auth/callback`");
    }
    if !paths::is_mountable(url.path()) {
        return told.add(label, format!("its path {}", paths::UNMOUNTABLE));
    }
    let (path, origin) = (url.path().to_owned(), url.origin().ascii_serialization());
    Some(Redirect { text, path, origin, security })
}

/// `http(s)://host…` and nothing that a parser would quietly repair or that does not belong there.
fn absolute(told: &mut Problems, label: Label, text: &str) -> Option<Url> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return told.add(label, "must begin with `https://` (or `http://` on loopback)");
    }
    let url =
        if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') { Url::parse(text).ok() } else { None };
    let Some(url) = url else {
        return told.add(label, "is not a URL; check for white space, odd characters and the port");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return told.add(label, "has a user name or password in it; remove it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return told.add(label, "has a query or fragment; cut it at `?` or `#`");
    }
    Some(url)
}
