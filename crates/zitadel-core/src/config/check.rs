//! From settings to a [`Config`], collecting problems on the way.
//!
//! Every check gives `None` only after it noted a problem, or where nothing was set and nothing is needed.

use std::time::Duration;

use openidconnect::RedirectUrl;

use super::{
    Config, ConfigError, POST_LOGIN,
    builder::ConfigBuilder,
    env,
    error::{Label, Problems, Spoken},
    paths::{self, Mounted, Paths},
    secrets, uri,
};
use crate::{
    boundary::ReturnTo,
    pages::Pages,
    protocol::{Prompt, scope::DEFAULT_SCOPES},
};

const fn label(variable: &'static str, method: &'static str) -> Label {
    Label { variable, method }
}

const ISSUER: Label = label(env::ZITADEL_DOMAIN, "issuer");
const INTERNAL_URL: Label = label(env::ZITADEL_INTERNAL_URL, ".internal_url()");
const CLIENT_ID: Label = label(env::ZITADEL_CLIENT_ID, "client_id");
pub(super) const CLIENT_SECRET: Label = label(env::ZITADEL_CLIENT_SECRET, ".client_secret()");
const CLIENT_AUTH: Label = label(env::ZITADEL_CLIENT_AUTH, ".client_authentication()");
const REDIRECT_URI: Label = label(env::ZITADEL_CALLBACK_URL, ".redirect_uri()");
const POST_LOGOUT: Label = label(env::ZITADEL_POST_LOGOUT_URL, ".post_logout_redirect_uri()");
const POST_LOGIN_PATH: Label = label(env::ZITADEL_POST_LOGIN_URL, ".post_login()");
const SCOPE: Label = label(env::ZITADEL_SCOPES, ".scopes()");
const PROMPT: Label = label(env::ZITADEL_PROMPT, ".prompt()");
pub(super) const SESSION_SECRET: Label = label(env::SESSION_SECRET, ".session_secret()");
pub(super) const SESSION_SECRET_PREVIOUS: Label = label(env::SESSION_SECRET_PREVIOUS, ".also_open_with()");
pub(super) const SESSION_SALT: Label = label(env::SESSION_SALT, ".session_salt()");
const SESSION_DURATION: Label = label(env::SESSION_DURATION, ".session_duration()");
const SESSION_MAX_DURATION: Label = label(env::SESSION_MAX_DURATION, ".session_max_duration()");
const REVOCATION_LAG: Label = label(".revocation_lag()", ".revocation_lag()");
const PAGES: Label = label(".pages()", ".pages()");

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

pub(super) fn build(mut settings: ConfigBuilder) -> Result<Config, ConfigError> {
    let mut problems = std::mem::replace(&mut settings.problems, Problems::new(Spoken::Methods));
    let told = &mut problems;

    let issuer = required(told, ISSUER, settings.issuer.take(), "ZITADEL's base URL, `https://…`")
        .and_then(|text| uri::issuer(told, ISSUER, text, settings.http_issuer));
    let internal_url = settings.internal_url.take().and_then(|text| uri::internal(told, INTERNAL_URL, &text));
    let client_id = required(told, CLIENT_ID, settings.client_id.take(), "the id the ZITADEL console shows")
        .and_then(|id| client_id(told, id));
    let client_secret = secrets::client(told, settings.client_secret.take());
    if settings.client_authentication.is_some() && client_secret.is_none() && !told.mention(CLIENT_SECRET) {
        let secret = told.name(CLIENT_SECRET);
        told.add::<()>(CLIENT_AUTH, format!("is without effect, since {secret} is not set; set both or neither"));
    }
    let redirect = required(told, REDIRECT_URI, settings.redirect_uri.take(), "the URI registered in ZITADEL")
        .and_then(|text| uri::redirect(told, REDIRECT_URI, text));
    let post_logout =
        required(told, POST_LOGOUT, settings.post_logout_redirect_uri.take(), "the URI registered in ZITADEL")
            .and_then(|text| uri::redirect(told, POST_LOGOUT, text));
    if let (Some(redirect), Some(post_logout)) = (&redirect, &post_logout)
        && redirect.origin != post_logout.origin
    {
        told.add::<()>(POST_LOGOUT, format!("must have the scheme, host and port of {}", told.name(REDIRECT_URI)));
    }
    let callbacks: Vec<Mounted<'_>> = [
        redirect.as_ref().map(|uri| Mounted { path: &uri.path, what: "the callback", label: REDIRECT_URI }),
        post_logout.as_ref().map(|uri| Mounted { path: &uri.path, what: "the logout callback", label: POST_LOGOUT }),
    ]
    .into_iter()
    .flatten()
    .collect();
    settings.paths.check(told, &callbacks);
    pages(told, &settings.pages, &callbacks);
    let post_login = post_login(told, settings.post_login.as_deref(), &settings.paths, &callbacks);
    let scopes = scopes(told, settings.scopes.take(), &settings.more_scopes);
    if settings.prompt == Some(Prompt::None) {
        // OIDC Core §3.1.2.1: with `none` the provider shows nothing and answers `login_required`.
        told.add::<()>(PROMPT, "is `none`, with which nobody could sign in for the first time; leave it out");
    }
    let session_secrets = secrets::session(told, &mut settings);
    let session_salt = secrets::salt(told, settings.session_salt.take());
    let (session_duration, session_max_duration) = lifetimes(told, &settings);
    let revocation_lag = limited(told, REVOCATION_LAG, settings.revocation_lag, 0, 5 * MINUTE);

    if !problems.is_empty() {
        return Err(problems.into_error());
    }
    let (Some(issuer), Some(client_id), Some(redirect), Some(post_logout), Some(post_login), Some(session_secrets)) =
        (issuer, client_id, redirect, post_logout, post_login, session_secrets)
    else {
        return Err(problems.into_error());
    };
    // `uri::redirect` parsed it by the same rules.
    let Ok(redirect_uri) = RedirectUrl::new(redirect.text) else { return Err(problems.into_error()) };
    Ok(Config {
        issuer,
        internal_url,
        client_id,
        client_secret,
        client_authentication: settings.client_authentication,
        redirect_uri,
        callback_path: redirect.path,
        public_origin: redirect.origin,
        cookie_security: redirect.security,
        post_logout_redirect_uri: post_logout.text,
        logout_callback_path: post_logout.path,
        post_login,
        session_secrets,
        session_salt,
        session_duration,
        session_max_duration,
        scopes,
        prompt: settings.prompt,
        signing_alg: settings.signing_alg,
        user_info_at_sign_in: settings.user_info_at_sign_in,
        revocation_lag,
        paths: settings.paths,
        pages: settings.pages,
    })
}

fn required(told: &mut Problems, label: Label, value: Option<String>, what: &str) -> Option<String> {
    match value {
        Some(value) if secrets::is_placeholder(&value) => {
            told.add(label, format!("is still a placeholder; set {what}"))
        }
        Some(value) if !value.is_empty() => Some(value),
        _ if told.mention(label) => None,
        _ => told.add(label, format!("is missing; set {what}")),
    }
}

fn client_id(told: &mut Problems, id: String) -> Option<String> {
    // RFC 6749 Appendix A.1 allows spaces; ZITADEL has none, and one is always a slip of the mouse.
    if id.len() <= 256 && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(id);
    }
    told.add(CLIENT_ID, "has white space or other odd characters in it; copy it again from the ZITADEL console")
}

/// The rules for pages, for a configuration that is made already.
pub(super) fn pages_of(config: &Config, own: &Pages) -> Result<(), ConfigError> {
    let mut problems = Problems::new(Spoken::Methods);
    let callbacks = [
        Mounted { path: &config.callback_path, what: "the callback", label: REDIRECT_URI },
        Mounted { path: &config.logout_callback_path, what: "the logout callback", label: POST_LOGOUT },
    ];
    pages(&mut problems, own, &callbacks);
    if problems.is_empty() { Ok(()) } else { Err(problems.into_error()) }
}

fn pages(told: &mut Problems, pages: &Pages, callbacks: &[Mounted<'_>]) {
    let own = [
        ("sign_in", &pages.sign_in),
        ("signed_out", &pages.signed_out),
        ("logout_error", &pages.logout_error),
        ("error", &pages.error),
    ];
    for (page, path) in own.into_iter().filter_map(|(page, path)| Some((page, path.as_deref()?))) {
        if !paths::is_mountable(path) && path != "/" {
            told.add::<()>(PAGES, format!("the path of `{page}` {}", paths::UNMOUNTABLE));
        } else if let Some(taken) = callbacks.iter().find(|taken| paths::same(taken.path, path)) {
            told.add::<()>(PAGES, format!("`{page}` has the path of {}; give it another", taken.what));
        }
    }
}

fn post_login(told: &mut Problems, path: Option<&str>, paths: &Paths, callbacks: &[Mounted<'_>]) -> Option<ReturnTo> {
    match ReturnTo::parse(path.unwrap_or(POST_LOGIN)) {
        Some(page) if paths.contains(page.path()) || callbacks.iter().any(|own| paths::same(own.path, page.path())) => {
            told.add(POST_LOGIN_PATH, "is part of the sign-in itself; name a page of the application")
        }
        Some(page) => Some(page),
        None => told.add(POST_LOGIN_PATH, "is not a local path; begin it with one `/`, for example `/profile`"),
    }
}

fn scopes(told: &mut Problems, chosen: Option<Vec<String>>, more: &[String]) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in
        chosen.unwrap_or_else(|| DEFAULT_SCOPES.split_whitespace().map(str::to_owned).collect()).iter().chain(more)
    {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E.
    let token = |scope: &String| {
        !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    };
    if !scopes.iter().all(token) {
        told.add::<()>(SCOPE, "has a scope with a character no scope may have; separate scopes by one space");
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        told.add::<()>(SCOPE, "lacks `openid`, without which there is no ID token; add it");
    }
    scopes
}

fn lifetimes(told: &mut Problems, settings: &ConfigBuilder) -> (Duration, Duration) {
    let idle = settings.session_duration.unwrap_or(Duration::from_secs(60 * MINUTE));
    let absolute = settings.session_max_duration.unwrap_or(Duration::from_secs(12 * 60 * MINUTE));
    let idle = limited(told, SESSION_DURATION, idle, MINUTE, 30 * DAY);
    let absolute = limited(told, SESSION_MAX_DURATION, absolute, MINUTE, 90 * DAY);
    if absolute < idle {
        let idle = told.name(SESSION_DURATION);
        told.add::<()>(SESSION_MAX_DURATION, format!("is shorter than {idle}; raise it, or lower the other"));
    }
    (idle, absolute)
}

/// Whole seconds within limits, both included.
fn limited(told: &mut Problems, label: Label, value: Duration, least: u64, most: u64) -> Duration {
    let seconds = value.as_secs();
    if !(least..=most).contains(&seconds) {
        told.add::<()>(label, format!("must be from {least} to {most} seconds"));
    }
    Duration::from_secs(seconds)
}
