//! `Paths`: where the engine's own endpoints are mounted.

use super::error::{Label, Problems};

/// Paths of the engine's endpoints and built-in pages. The two callbacks are not here: their URIs say where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    pub(crate) login: String,
    pub(crate) sign_in: String,
    pub(crate) logout: String,
    pub(crate) user_info: String,
    pub(crate) session: String,
    pub(crate) back_channel_logout: String,
    pub(crate) error: String,
    pub(crate) logged_out: String,
    pub(crate) logout_error: String,
}

/// A path with what it is for, and where that was set.
#[derive(Clone, Copy)]
pub(super) struct Mounted<'a> {
    pub(super) path: &'a str,
    pub(super) what: &'static str,
    pub(super) label: Label,
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
            sign_in: at("signin/zitadel"),
            logout: at("logout"),
            user_info: at("userinfo"),
            session: at("session"),
            back_channel_logout: at("backchannel-logout"),
            error: at("error"),
            logged_out: at("logout/success"),
            logout_error: at("logout/error"),
        }
    }

    fn all(&self) -> [Mounted<'_>; 9] {
        let mounted = |path, what, method| Mounted { path, what, label: Label { variable: method, method } };
        [
            mounted(&self.login, "sign-in", ".login_path()"),
            mounted(&self.sign_in, "the sign-in button", ".sign_in_path()"),
            mounted(&self.logout, "sign-out", ".logout_path()"),
            mounted(&self.user_info, "userinfo", ".auth_path()"),
            mounted(&self.session, "the session", ".auth_path()"),
            mounted(&self.back_channel_logout, "back-channel logout", ".auth_path()"),
            mounted(&self.error, "the error page", ".auth_path()"),
            mounted(&self.logged_out, "the signed-out page", ".auth_path()"),
            mounted(&self.logout_error, "the sign-out error page", ".auth_path()"),
        ]
    }

    /// Every path can be mounted, and no two are the same: not among themselves, not with `others`.
    pub(super) fn check(&self, problems: &mut Problems, others: &[Mounted<'_>]) {
        let mut seen: Vec<Mounted<'_>> = Vec::new();
        for mounted in self.all() {
            if is_mountable(mounted.path) {
                seen.push(mounted);
            } else {
                problems.add::<()>(mounted.label, format!("the path of {} {UNMOUNTABLE}", mounted.what));
            }
        }
        seen.extend(others);
        for (index, later) in seen.iter().enumerate() {
            // The later one is to blame: the callbacks' URIs come last and are what people choose.
            if let Some(earlier) = seen.iter().take(index).find(|earlier| same(earlier.path, later.path)) {
                let told = format!("{} and {} have the same path; give one of them another", later.what, earlier.what);
                problems.add::<()>(later.label, told);
            }
        }
    }

    /// Whether a path is one of the engine's own.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.all().iter().any(|own| same(own.path, path))
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
