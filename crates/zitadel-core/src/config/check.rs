//! From [`Settings`] to a [`Config`], collecting problems on the way.
//!
//! Every check returns `None` only after it noted a problem, or where nothing was set and nothing is required.

use std::{sync::Arc, time::Duration};

use openidconnect::RedirectUrl;
use url::Url;

use super::{
    env,
    error::{ConfigError, Problems},
    parts::{ApiConfig, ClientConfig, ClientCredential, Config, LoginConfig, ProviderConfig, SessionConfig},
    paths::{self, Paths, ReservedPath},
    scopes::login_scopes,
    secrets,
    service_account::service_account,
    setting_name::{
        APPLICATION_KEY, AUDIENCE, CA_CERTIFICATES, CLIENT_AUTHENTICATION, CLIENT_ID, CLIENT_SECRET, INTERNAL_URL,
        INTROSPECTION_CACHE, ISSUER, LOGIN_TIMEOUT, NamingStyle, PAGES, POST_LOGIN, POST_LOGOUT_REDIRECT_URI, PROMPT,
        REDIRECT_URI, REVOCATION_LAG, SESSION_IDLE_TIMEOUT, SESSION_LIFETIME, SettingName,
    },
    settings::Settings,
    uri::{self, Redirect},
};
#[cfg(feature = "reqwest")]
use crate::environment::RootCertificates;
use crate::{
    answer::Pages,
    http::{ReturnTo, is_loopback},
    protocol::{
        Prompt,
        key_file::{KeyFile, KeyFileKind},
    },
    session::Limits,
};

/// `ZITADEL_POST_LOGIN_URL`, in bytes: it must fit into the cookie of a login beside everything else.
const MAX_POST_LOGIN: usize = 1_024;
const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

pub(super) fn build(mut settings: Settings) -> Result<Config, ConfigError> {
    let mut problems = std::mem::replace(&mut settings.problems, Problems::new(NamingStyle::Methods));
    let provider = provider(&mut problems, &mut settings);
    let wants_login = settings.wants_login();
    let Clients { client, introspection } = clients(&mut problems, &mut settings, wants_login);
    let is_separate = |api: &&ClientConfig| client.as_ref().is_none_or(|client| client.id != api.id);
    let has_key = |api: &&ClientConfig| matches!(api.credential, ClientCredential::Key(_));
    let default_audience = introspection.as_ref().filter(has_key).filter(|api| !wants_login || is_separate(api));
    let default_audience = default_audience.map(|api| api.id.clone());
    let login = wants_login.then(|| login(&mut problems, &mut settings, client));
    let api = api(&mut problems, &mut settings, introspection, default_audience);
    let service_account = service_account(&mut problems, std::mem::take(&mut settings.service_account));
    let store_url = settings.store_url.take();
    match (provider, login, api) {
        // Without a problem every part is there.
        (Some(provider), None, api) if problems.is_empty() => {
            Ok(Config { provider, login: None, api, service_account, store_url })
        }
        (Some(provider), Some(Some(login)), api) if problems.is_empty() => {
            Ok(Config { provider, login: Some(login), api, service_account, store_url })
        }
        _ => Err(into_error(problems)),
    }
}

fn into_error(problems: Problems) -> ConfigError {
    problems.into_error(&env::ALL.iter().map(|variable| variable.name))
}

fn provider(problems: &mut Problems, settings: &mut Settings) -> Option<ProviderConfig> {
    let issuer = required(problems, ISSUER, settings.issuer.take(), "ZITADEL's base URL, `https://…`")
        .and_then(|text| uri::issuer(problems, ISSUER, text, settings.http_issuer));
    let internal_url = settings.internal_url.take().and_then(|text| uri::internal(problems, INTERNAL_URL, &text));
    #[cfg(feature = "reqwest")]
    let root_certificates = settings.ca_certificates.take().and_then(|pem| root_certificates(problems, &pem));
    #[cfg(not(feature = "reqwest"))]
    if settings.ca_certificates.is_some() {
        problems.add::<()>(
            CA_CERTIFICATES,
            "is without effect in this build, which has no feature `reqwest`; give the certificates to your transport",
        );
    }
    let issuer = issuer?;
    // Beyond loopback, http was accepted on purpose: `uri::issuer` refuses it otherwise.
    let allow_http = Url::parse(&issuer).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url));
    Some(ProviderConfig {
        issuer,
        internal_url,
        #[cfg(feature = "reqwest")]
        root_certificates,
        allow_http,
    })
}

#[cfg(feature = "reqwest")]
fn root_certificates(problems: &mut Problems, pem: &[u8]) -> Option<RootCertificates> {
    RootCertificates::from_pem(pem).map_or_else(
        |error| {
            problems.add(CA_CERTIFICATES, format!("has no usable certificates ({error}); give one or several as PEM"))
        },
        Some,
    )
}

/// This application, and what it introspects as.
struct Clients {
    client: Option<ClientConfig>,
    introspection: Option<ClientConfig>,
}

/// A key file is that of this application, or of an API application beside it, as ZITADEL's console makes them: its kind of
/// application decides how it authenticates, and one with a login page has no key by default.
fn clients(problems: &mut Problems, settings: &mut Settings, wants_login: bool) -> Clients {
    let key = settings.application_key.take();
    let has_key = key.is_some();
    let key = key.and_then(|json| secrets::key_file(problems, APPLICATION_KEY, &json, KeyFileKind::Application));
    let is_own = |id: &String, key: &KeyFile| id == key.subject();
    let own = key.as_ref().filter(|key| settings.client_id.as_ref().is_none_or(|id| is_own(id, key)));
    if let Some(own) = own {
        if settings.client_secret.as_ref().is_some_and(|secret| !secret.expose().is_empty()) {
            let secret = problems.name(CLIENT_SECRET);
            problems.add::<()>(APPLICATION_KEY, format!("is set and so is {secret}; keep one of the two"));
        }
        settings.client_id = Some(own.subject().to_owned());
    }
    let own = own.cloned();
    // Without a readable key it is not known whether the client id is missing.
    let is_unknown = has_key && key.is_none() && settings.client_id.is_none();
    let is_named = settings.client_id.is_some() || settings.client_secret.is_some();
    let client = ((wants_login && !is_unknown) || is_named).then(|| client(problems, settings, own.clone())).flatten();
    let introspection = match key {
        Some(key) if own.is_none() => Some(ClientConfig {
            id: key.subject().to_owned(),
            credential: ClientCredential::Key(key),
            signing_algorithm: None,
        }),
        _ => client.clone().filter(ClientConfig::has_credentials),
    };
    Clients { client, introspection }
}

fn client(problems: &mut Problems, settings: &mut Settings, key: Option<Arc<KeyFile>>) -> Option<ClientConfig> {
    let id = required(problems, CLIENT_ID, settings.client_id.take(), "the id the ZITADEL console shows")
        .and_then(|id| client_id(problems, id));
    let secret = secrets::client(problems, settings.client_secret.take());
    let authentication = settings.client_authentication;
    if authentication.is_some() && secret.is_none() && !problems.has_problem_for(CLIENT_SECRET) {
        let secret = problems.name(CLIENT_SECRET);
        problems.add::<()>(
            CLIENT_AUTHENTICATION,
            format!("is without effect, since {secret} is not set; set both or neither"),
        );
    }
    let credential = match (key, secret) {
        (Some(key), _) => ClientCredential::Key(key),
        (None, Some(secret)) => ClientCredential::Secret(secret, authentication),
        (None, None) => ClientCredential::Public,
    };
    Some(ClientConfig { id: id?, credential, signing_algorithm: settings.signing_algorithm })
}

fn login(problems: &mut Problems, settings: &mut Settings, client: Option<ClientConfig>) -> Option<LoginConfig> {
    let redirect = required(problems, REDIRECT_URI, settings.redirect_uri.take(), "the URI registered in ZITADEL")
        .and_then(|text| uri::redirect(problems, REDIRECT_URI, text));
    let post_logout = settings.post_logout_redirect_uri.take();
    let post_logout = required(problems, POST_LOGOUT_REDIRECT_URI, post_logout, "the URI registered in ZITADEL")
        .and_then(|text| uri::redirect(problems, POST_LOGOUT_REDIRECT_URI, text));
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
    let session = session(problems, settings);
    let (redirect, post_logout) = (redirect?, post_logout?);
    Some(LoginConfig {
        client: client?,
        // `uri::redirect` parsed it by the same rules.
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
        paths: std::mem::take(&mut settings.paths),
        pages: Pages::new(),
        session: session?,
    })
}

fn session(problems: &mut Problems, settings: &mut Settings) -> Option<SessionConfig> {
    let secrets = secrets::session(problems, settings);
    let salt = secrets::salt(problems, settings.session_salt.take());
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

/// A key file says which API it is for; a secret does not.
fn api(
    problems: &mut Problems,
    settings: &mut Settings,
    client: Option<ClientConfig>,
    default_audience: Option<String>,
) -> Option<ApiConfig> {
    let mut audiences = std::mem::take(&mut settings.audiences);
    let audience_is_default = audiences.is_empty();
    if audience_is_default {
        audiences.extend(default_audience);
    }
    if audiences.iter().any(|audience| audience.is_empty() || !audience.bytes().all(|byte| byte.is_ascii_graphic())) {
        return problems.add(AUDIENCE, "is empty or has white space in it; use a client id or a project id");
    }
    let introspection_cache = settings.introspection_cache.unwrap_or(Duration::from_secs(MINUTE / 2));
    let introspection_cache = within(problems, INTROSPECTION_CACHE, introspection_cache, 0, MINUTE);
    (!audiences.is_empty()).then_some(ApiConfig { audiences, audience_is_default, client, introspection_cache })
}

fn required(problems: &mut Problems, setting: SettingName, value: Option<String>, what: &str) -> Option<String> {
    match value {
        Some(value) if secrets::is_placeholder(&value) => {
            problems.add(setting, format!("is still a placeholder; set {what}"))
        }
        Some(value) if !value.is_empty() => Some(value),
        _ if problems.has_problem_for(setting) => None,
        _ => problems.add(setting, format!("is missing; set {what}")),
    }
}

fn client_id(problems: &mut Problems, id: String) -> Option<String> {
    // RFC 6749 Appendix A.1: visible characters and spaces.
    if id.len() <= 256 && id.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Some(id);
    }
    problems.add(CLIENT_ID, "has line breaks or other odd characters in it; copy it again from the ZITADEL console")
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

fn limits(problems: &mut Problems, settings: &Settings) -> Limits {
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

/// Whole seconds within limits, both included.
fn within(problems: &mut Problems, setting: SettingName, value: Duration, min: u64, max: u64) -> Duration {
    let seconds = value.as_secs();
    if !(min..=max).contains(&seconds) {
        problems.add::<()>(setting, format!("must be from {min} to {max} seconds"));
    }
    Duration::from_secs(seconds)
}
