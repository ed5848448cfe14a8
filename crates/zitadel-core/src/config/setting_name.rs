//! `SettingName`: what a setting is called as a variable and in the builder.

use super::env;

/// The two names of one setting; an error uses the one its reader knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct SettingName {
    pub(super) variable: &'static str,
    pub(super) method: &'static str,
}

/// Which of the two names an error uses.
#[derive(Clone, Copy, Debug)]
pub(super) enum NamingStyle {
    Variables,
    Methods,
}

const fn name(variable: &'static str, method: &'static str) -> SettingName {
    SettingName { variable, method }
}

/// A setting that has no variable.
#[cfg(feature = "login")]
pub(super) const fn method(method: &'static str) -> SettingName {
    name(method, method)
}

pub(super) const ISSUER: SettingName = name(env::ZITADEL_DOMAIN, "issuer");
pub(super) const INTERNAL_URL: SettingName = name(env::ZITADEL_INTERNAL_URL, ".internal_url()");
pub(super) const CA_CERTIFICATES: SettingName = name(env::ZITADEL_CA_FILE, ".ca_certificates()");
pub(super) const CLIENT_ID: SettingName = name(env::ZITADEL_CLIENT_ID, "client_id");
pub(super) const CLIENT_SECRET: SettingName = name(env::ZITADEL_CLIENT_SECRET, ".client_secret()");
pub(super) const APPLICATION_KEY: SettingName = name(env::ZITADEL_APP_KEY, ".application_key()");
pub(super) const CLIENT_AUTHENTICATION: SettingName = name(env::ZITADEL_CLIENT_AUTH, ".client_authentication()");
#[cfg(feature = "login")]
pub(super) const REDIRECT_URI: SettingName = name(env::ZITADEL_CALLBACK_URL, ".redirect_uri()");
#[cfg(feature = "login")]
pub(super) const POST_LOGOUT_REDIRECT_URI: SettingName =
    name(env::ZITADEL_POST_LOGOUT_URL, ".post_logout_redirect_uri()");
#[cfg(feature = "login")]
pub(super) const POST_LOGIN: SettingName = name(env::ZITADEL_POST_LOGIN_URL, ".post_login()");
#[cfg(feature = "login")]
pub(super) const SCOPES: SettingName = name(env::ZITADEL_SCOPES, ".scopes()");
#[cfg(feature = "login")]
pub(super) const PROMPT: SettingName = name(env::ZITADEL_PROMPT, ".prompt()");
#[cfg(feature = "login")]
pub(super) const LOGIN_TIMEOUT: SettingName = name(env::LOGIN_TIMEOUT, ".login_timeout()");
#[cfg(feature = "login")]
pub(super) const SESSION_SECRET: SettingName = name(env::SESSION_SECRET, ".session_secret()");
#[cfg(feature = "login")]
pub(super) const PREVIOUS_SESSION_SECRET: SettingName =
    name(env::SESSION_SECRET_PREVIOUS, ".previous_session_secret()");
#[cfg(feature = "login")]
pub(super) const SESSION_SALT: SettingName = name(env::SESSION_SALT, ".session_salt()");
#[cfg(feature = "login")]
pub(super) const SESSION_IDLE_TIMEOUT: SettingName = name(env::SESSION_DURATION, ".session_idle_timeout()");
#[cfg(feature = "login")]
pub(super) const SESSION_LIFETIME: SettingName = name(env::SESSION_MAX_DURATION, ".session_lifetime()");
#[cfg(feature = "login")]
pub(super) const REVOCATION_LAG: SettingName = method(".revocation_lag()");
pub(super) const AUDIENCE: SettingName = name(env::ZITADEL_API_AUDIENCE, ".audience()");
pub(super) const INTROSPECTION_CACHE: SettingName = name(env::ZITADEL_INTROSPECTION_CACHE, ".introspection_cache()");
pub(super) const SERVICE_ACCOUNT_KEY: SettingName = name(env::ZITADEL_SERVICE_ACCOUNT_KEY, ".service_account_key()");
pub(super) const SERVICE_ACCOUNT_ID: SettingName = name(env::ZITADEL_SERVICE_ACCOUNT_ID, ".service_account_secret()");
pub(super) const SERVICE_ACCOUNT_SECRET: SettingName =
    name(env::ZITADEL_SERVICE_ACCOUNT_SECRET, ".service_account_secret()");
pub(super) const SERVICE_ACCOUNT_TOKEN: SettingName =
    name(env::ZITADEL_SERVICE_ACCOUNT_TOKEN, ".service_account_token()");
pub(super) const SERVICE_ACCOUNT_SCOPES: SettingName =
    name(env::ZITADEL_SERVICE_ACCOUNT_SCOPES, ".service_account_scope()");
#[cfg(feature = "login")]
pub(super) const PAGES: SettingName = method(".pages()");
