//! Redirect URIs, and what follows from them.

use super::{error::Problems, paths, setting_name::SettingName, uri::absolute};
use crate::http::{cookie::CookieSecurity, is_loopback};

/// The parts of a redirect URI.
#[derive(Debug)]
pub(super) struct Redirect {
    /// As given.
    pub(super) text: String,
    pub(super) path: String,
    pub(super) origin: String,
    pub(super) security: CookieSecurity,
}

/// The redirect URI or post-logout redirect URI.
pub(super) fn redirect(problems: &mut Problems, setting: SettingName, text: String) -> Option<Redirect> {
    let url = absolute(problems, setting, &text)?;
    let security = match url.scheme() {
        "https" => CookieSecurity::Secure,
        _ if is_loopback(&url) => CookieSecurity::Loopback,
        _ => {
            return problems.add(
                setting,
                "is http, where anyone in between can take the session; use https (http is for loopback only)",
            );
        }
    };
    if url.path() == "/" {
        return problems.add(setting, "needs a path of its own, for example `/auth/callback`");
    }
    if !paths::is_mountable(url.path()) {
        return problems.add(setting, format!("its path {}", paths::UNMOUNTABLE));
    }
    let (path, origin) = (url.path().to_owned(), url.origin().ascii_serialization());
    Some(Redirect { text, path, origin, security })
}
