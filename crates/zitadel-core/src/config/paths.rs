//! `Paths`: where the engine's own endpoints are mounted.

use super::{
    error::Problems,
    setting_name::{SettingName, method},
};

/// Paths of the engine's endpoints and built-in pages. The two callbacks are not among them: their URIs name their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    pub(crate) login: String,
    pub(crate) login_post: String,
    pub(crate) step_up: String,
    pub(crate) logout: String,
    pub(crate) back_channel_logout: String,
    pub(crate) user_info: String,
    pub(crate) session: String,
    pub(crate) error: String,
    pub(crate) logged_out: String,
    pub(crate) logout_error: String,
}

/// A path that is in use: what for, and which setting named it.
#[derive(Clone, Copy)]
pub(super) struct ReservedPath<'a> {
    pub(super) path: &'a str,
    pub(super) what: &'static str,
    pub(super) setting: SettingName,
}

impl Default for Paths {
    fn default() -> Self {
        Self::below("/auth")
    }
}

impl Paths {
    pub(super) fn below(prefix: &str) -> Self {
        let prefix = prefix.trim_end_matches('/');
        let at = |rest: &str| format!("{prefix}/{rest}");
        Self {
            login: at("login"),
            login_post: at("signin/zitadel"),
            step_up: at("step-up"),
            logout: at("logout"),
            back_channel_logout: at("backchannel-logout"),
            user_info: at("userinfo"),
            session: at("session"),
            error: at("error"),
            logged_out: at("logout/success"),
            logout_error: at("logout/error"),
        }
    }

    fn all(&self) -> [ReservedPath<'_>; 10] {
        let reserved = |path, what, name| ReservedPath { path, what, setting: method(name) };
        [
            reserved(&self.login, "login", ".login_path()"),
            reserved(&self.login_post, "the login button", ".login_post_path()"),
            reserved(&self.step_up, "a login for pages that require more of it", ".base_path()"),
            reserved(&self.logout, "logout", ".logout_path()"),
            reserved(&self.back_channel_logout, "back-channel logout", ".base_path()"),
            reserved(&self.user_info, "userinfo", ".base_path()"),
            reserved(&self.session, "the session", ".base_path()"),
            reserved(&self.error, "the error page", ".base_path()"),
            reserved(&self.logged_out, "the logged-out page", ".base_path()"),
            reserved(&self.logout_error, "the logout error page", ".base_path()"),
        ]
    }

    /// Every path can be mounted, and no two are the same: not among themselves, not with `others`.
    pub(super) fn check(&self, problems: &mut Problems, others: &[ReservedPath<'_>]) {
        let mut seen: Vec<ReservedPath<'_>> = Vec::new();
        for reserved in self.all() {
            if is_mountable(reserved.path) {
                seen.push(reserved);
            } else {
                problems.add::<()>(reserved.setting, format!("the path of {} {UNMOUNTABLE}", reserved.what));
            }
        }
        seen.extend(others);
        for (index, later) in seen.iter().enumerate() {
            // The problem is reported for the later one: the callbacks' URIs come last and are what people choose.
            if let Some(earlier) = seen.iter().take(index).find(|earlier| same(earlier.path, later.path)) {
                let message = format!("{} and {} have the same path; move one of them", later.what, earlier.what);
                problems.add::<()>(later.setting, message);
            }
        }
    }

    /// Whether a path is one of the engine's endpoints or pages.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.all().iter().any(|reserved| same(reserved.path, path))
    }
}

pub(super) const UNMOUNTABLE: &str =
    "cannot be mounted; begin it with `/`, then letters, digits, `-`, `.`, `_`, `~` and single slashes";

/// Only characters that mean the same to every router: no `{id}`, `:id`, `*` or `<id>`, no escapes, no dot segments.
pub(super) fn is_mountable(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    path.len() > 1
        && path.len() <= 256
        && path.starts_with('/')
        && path.bytes().all(plain)
        && !path.contains("//")
        && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Routers differ on a slash at the end, so it makes no difference here.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
