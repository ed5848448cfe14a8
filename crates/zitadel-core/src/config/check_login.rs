//! From the settings of a login to a [`LoginConfig`]; see `check.rs`.

use std::time::Duration;

use openidconnect::RedirectUrl;

use super::{
    client::ClientConfig,
    common::{MINUTE, into_error, required, within},
    env,
    error::{ConfigError, Problems},
    login::{LoginConfig, SessionConfig},
    login_settings::LoginSettings,
    paths::{self, Paths, ReservedPath},
    redirect_uri::{self, Redirect},
    scopes::scope_list,
    session_secrets,
    setting_name::{
        LOGIN_TIMEOUT, NamingStyle, PAGES, POST_LOGIN, POST_LOGOUT_REDIRECT_URI, PROMPT, REDIRECT_URI, REVOCATION_LAG,
        SCOPES, SESSION_IDLE_TIMEOUT, SESSION_LIFETIME,
    },
};
use crate::{
    answer::Pages,
    http::ReturnTo,
    protocol::{
        Prompt,
        scope::{DEFAULT_SCOPES, OPENID},
    },
    session::Limits,
};

/// `ZITADEL_POST_LOGIN_URL`, in bytes: it must fit into the cookie of a login beside everything else.
const MAX_POST_LOGIN: usize = 1_024;
const DAY: u64 = 24 * 60 * MINUTE;

pub(super) fn login(
    problems: &mut Problems,
    mut settings: LoginSettings,
    client: Option<ClientConfig>,
) -> Option<LoginConfig> {
    let redirect = required(problems, REDIRECT_URI, settings.redirect_uri.take(), "the URI registered in ZITADEL")
        .and_then(|text| redirect_uri::redirect(problems, REDIRECT_URI, text));
    let post_logout = settings.post_logout_redirect_uri.take();
    let post_logout = required(problems, POST_LOGOUT_REDIRECT_URI, post_logout, "the URI registered in ZITADEL")
        .and_then(|text| redirect_uri::redirect(problems, POST_LOGOUT_REDIRECT_URI, text));
    if let (Some(redirect), Some(post_logout)) = (&redirect, &post_logout)
        && redirect.origin != post_logout.origin
    {
        let redirect = problems.name(REDIRECT_URI);
        problems.add::<()>(POST_LOGOUT_REDIRECT_URI, format!("must have the scheme, host and port of {redirect}"));
    }
    let callbacks = callbacks(redirect.as_ref(), post_logout.as_ref());
    settings.paths.check(problems, &callbacks);
    let post_login = post_login(problems, settings.post_login.as_deref(), &settings.paths, &callbacks);
    let scopes = login_scopes(problems, settings.scopes.take(), &settings.added_scopes);
    if settings.prompt == Some(Prompt::None) {
        // OIDC Core §3.1.2.1: with `none` the provider shows nothing and responds `login_required`.
        problems.add::<()>(PROMPT, "is `none`, with which nobody could log in for the first time; leave it out");
    }
    let login_timeout = settings.login_timeout.unwrap_or(Duration::from_secs(10 * MINUTE));
    let login_timeout = within(problems, LOGIN_TIMEOUT, login_timeout, MINUTE, 30 * MINUTE);
    let session = session(problems, &mut settings);
    let (redirect, post_logout) = (redirect?, post_logout?);
    Some(LoginConfig {
        client: client?,
        signing_algorithm: settings.signing_algorithm,
        // `redirect_uri::redirect` parsed it by the same rules.
        redirect_uri: RedirectUrl::new(redirect.text).ok()?,
        callback_path: redirect.path,
        public_origin: redirect.origin,
        cookie_security: redirect.security,
        post_logout_redirect_uri: post_logout.text,
        logout_callback_path: post_logout.path,
        post_login: post_login?,
        login_timeout,
        scopes,
        prompt: settings.prompt,
        user_info: settings.user_info,
        paths: settings.paths,
        pages: Pages::new(),
        session: session?,
    })
}

fn session(problems: &mut Problems, settings: &mut LoginSettings) -> Option<SessionConfig> {
    let secrets = session_secrets::session(problems, settings);
    let salt = session_secrets::salt(problems, settings.session_salt.take());
    let limits = limits(problems, settings);
    let revocation_lag = settings.revocation_lag.unwrap_or(Duration::from_secs(5));
    let revocation_lag = within(problems, REVOCATION_LAG, revocation_lag, 0, 5 * MINUTE);
    Some(SessionConfig {
        secrets: secrets?,
        salt,
        is_persistent: settings.persistent_sessions,
        mode: settings.session_mode,
        lists_user_agents: settings.list_user_agents,
        limits,
        revocation_lag,
    })
}

fn callbacks<'a>(redirect: Option<&'a Redirect>, post_logout: Option<&'a Redirect>) -> Vec<ReservedPath<'a>> {
    let callback = |uri: &'a Redirect, what, setting| ReservedPath { path: &uri.path, what, setting };
    let redirect = redirect.map(|uri| callback(uri, "the callback", REDIRECT_URI));
    let post_logout = post_logout.map(|uri| callback(uri, "the logout callback", POST_LOGOUT_REDIRECT_URI));
    redirect.into_iter().chain(post_logout).collect()
}

/// Checks the application's own pages, which come after the configuration was built.
///
/// # Errors
///
/// A path that cannot be a page, or is that of a callback.
pub(crate) fn check_pages(login: &LoginConfig, pages: &Pages) -> Result<(), ConfigError> {
    let mut problems = Problems::new(NamingStyle::Methods);
    let callbacks = [("the callback", &login.callback_path), ("the logout callback", &login.logout_callback_path)];
    for (page, path) in pages.paths() {
        if !paths::is_mountable(path) && path != "/" {
            problems.add::<()>(PAGES, format!("`{page}` {}", paths::UNMOUNTABLE));
        } else if let Some((taken, _)) = callbacks.iter().find(|(_, taken)| paths::same(taken, path)) {
            problems.add::<()>(PAGES, format!("`{page}` is the path of {taken}; choose another one"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(into_error(problems)) }
}

fn post_login(
    problems: &mut Problems,
    path: Option<&str>,
    paths: &Paths,
    callbacks: &[ReservedPath<'_>],
) -> Option<ReturnTo> {
    let is_callback = |path: &str| callbacks.iter().any(|callback| paths::same(callback.path, path));
    match ReturnTo::parse(path.unwrap_or(env::DEFAULT_POST_LOGIN)) {
        Some(page) if paths.contains(page.path()) || is_callback(page.path()) => {
            problems.add(POST_LOGIN, "is an endpoint of the login itself; name a page of the application")
        }
        Some(page) if page.as_str().len() > MAX_POST_LOGIN => {
            problems.add(POST_LOGIN, format!("is too long; at most {MAX_POST_LOGIN} bytes"))
        }
        Some(page) => Some(page),
        None => problems.add(POST_LOGIN, "is not a local path; begin it with one `/`, for example `/profile`"),
    }
}

fn limits(problems: &mut Problems, settings: &LoginSettings) -> Limits {
    let idle = settings.session_idle_timeout.unwrap_or(Duration::from_secs(60 * MINUTE));
    let lifetime = settings.session_lifetime.unwrap_or(Duration::from_secs(12 * 60 * MINUTE));
    let idle_timeout = within(problems, SESSION_IDLE_TIMEOUT, idle, MINUTE, 30 * DAY);
    let lifetime = within(problems, SESSION_LIFETIME, lifetime, MINUTE, 90 * DAY);
    if lifetime < idle_timeout {
        let idle = problems.name(SESSION_IDLE_TIMEOUT);
        problems.add::<()>(SESSION_LIFETIME, format!("is shorter than {idle}; raise it, or lower the other"));
    }
    Limits { idle_timeout, lifetime }
}

/// The scopes of a login.
fn login_scopes(problems: &mut Problems, chosen: Option<Vec<String>>, added: &[String]) -> Vec<String> {
    let scopes = scope_list(problems, SCOPES, chosen, DEFAULT_SCOPES, added);
    if !scopes.iter().any(|scope| scope == OPENID) {
        problems.add::<()>(SCOPES, "lacks `openid`, without which there is no ID token; add it");
    }
    scopes
}
