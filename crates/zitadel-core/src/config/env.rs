//! The names of all environment variables that the engine reads.
//!
//! `.env.example` at the root of the repository describes each with its limits; a test keeps the two equal.
//! A value that is empty counts as not set. Secrets may come from a file instead: the variable with `_FILE`
//! appended to its name contains the path, and the line break at the end of the file is cut.

/// The issuer: ZITADEL's base URL, for example `https://acme.zitadel.cloud`. Required.
pub const ZITADEL_DOMAIN: &str = "ZITADEL_DOMAIN";
/// Where this process reaches ZITADEL when that is not the issuer's address, for example `http://zitadel:8080`.
pub const ZITADEL_INTERNAL_URL: &str = "ZITADEL_INTERNAL_URL";
/// A file with root certificates (PEM) that are trusted at ZITADEL in addition to those of the system.
pub const ZITADEL_CA_FILE: &str = "ZITADEL_CA_FILE";
/// The application's client id, from the ZITADEL console. Required.
pub const ZITADEL_CLIENT_ID: &str = "ZITADEL_CLIENT_ID";
/// The client secret; not set for a public client (PKCE), which is what ZITADEL recommends.
pub const ZITADEL_CLIENT_SECRET: &str = "ZITADEL_CLIENT_SECRET";
/// A file with the client secret, instead of [`ZITADEL_CLIENT_SECRET`].
pub const ZITADEL_CLIENT_SECRET_FILE: &str = "ZITADEL_CLIENT_SECRET_FILE";
/// The key file of an application, JSON as downloaded from ZITADEL: authenticates with `private_key_jwt` instead of a secret.
pub const ZITADEL_APP_KEY: &str = "ZITADEL_APP_KEY";
/// The path of the key file, instead of [`ZITADEL_APP_KEY`].
pub const ZITADEL_APP_KEY_FILE: &str = "ZITADEL_APP_KEY_FILE";
/// How the client secret is sent, `basic` or `post`, as registered; default what discovery offers.
pub const ZITADEL_CLIENT_AUTH: &str = "ZITADEL_CLIENT_AUTH";
/// The redirect URI, exactly as registered in ZITADEL; its path is where the callback is mounted. Required.
pub const ZITADEL_CALLBACK_URL: &str = "ZITADEL_CALLBACK_URL";
/// Another name of [`ZITADEL_CALLBACK_URL`]; setting both to different values is an error.
pub const ZITADEL_REDIRECT_URL: &str = "ZITADEL_REDIRECT_URL";
/// Where the browser goes after login if no page was requested: a local path.
pub const ZITADEL_POST_LOGIN_URL: &str = "ZITADEL_POST_LOGIN_URL";
/// The post-logout redirect URI, exactly as registered; its path is where the logout callback is mounted. Required.
pub const ZITADEL_POST_LOGOUT_URL: &str = "ZITADEL_POST_LOGOUT_URL";
/// The scopes to request, separated by spaces; must contain `openid`.
pub const ZITADEL_SCOPES: &str = "ZITADEL_SCOPES";
/// Which page the provider shows at every login: `login`, `consent`, `select_account` or `create`.
pub const ZITADEL_PROMPT: &str = "ZITADEL_PROMPT";
/// Pins the algorithm that ID and logout tokens are signed with; by default any of ZITADEL's seven is accepted.
pub const ZITADEL_SIGNING_ALG: &str = "ZITADEL_SIGNING_ALG";
/// Whether the claims of a user are fetched from the userinfo endpoint: `fetch`, or `skip` for those of the ID token alone.
pub const ZITADEL_USER_INFO: &str = "ZITADEL_USER_INFO";
/// The audiences of which an access token must name one, separated by spaces: client ids or project ids. With it protected routes
/// accept access tokens.
pub const ZITADEL_API_AUDIENCE: &str = "ZITADEL_API_AUDIENCE";
/// Seconds for which the result of introspection is used, at most 60.
pub const ZITADEL_INTROSPECTION_CACHE: &str = "ZITADEL_INTROSPECTION_CACHE";
/// The key file of a service account, JSON as downloaded from ZITADEL: this program has access tokens of its own.
pub const ZITADEL_SERVICE_ACCOUNT_KEY: &str = "ZITADEL_SERVICE_ACCOUNT_KEY";
/// The path of the key file, instead of [`ZITADEL_SERVICE_ACCOUNT_KEY`].
pub const ZITADEL_SERVICE_ACCOUNT_KEY_FILE: &str = "ZITADEL_SERVICE_ACCOUNT_KEY_FILE";
/// The client id of a service account with a secret: its login name.
pub const ZITADEL_SERVICE_ACCOUNT_ID: &str = "ZITADEL_SERVICE_ACCOUNT_ID";
/// The secret of a service account, for client credentials.
pub const ZITADEL_SERVICE_ACCOUNT_SECRET: &str = "ZITADEL_SERVICE_ACCOUNT_SECRET";
/// A file with the secret, instead of [`ZITADEL_SERVICE_ACCOUNT_SECRET`].
pub const ZITADEL_SERVICE_ACCOUNT_SECRET_FILE: &str = "ZITADEL_SERVICE_ACCOUNT_SECRET_FILE";
/// A personal access token of a service account.
pub const ZITADEL_SERVICE_ACCOUNT_TOKEN: &str = "ZITADEL_SERVICE_ACCOUNT_TOKEN";
/// A file with the personal access token, instead of [`ZITADEL_SERVICE_ACCOUNT_TOKEN`].
pub const ZITADEL_SERVICE_ACCOUNT_TOKEN_FILE: &str = "ZITADEL_SERVICE_ACCOUNT_TOKEN_FILE";
/// The scopes of the service account's tokens, separated by spaces.
pub const ZITADEL_SERVICE_ACCOUNT_SCOPES: &str = "ZITADEL_SERVICE_ACCOUNT_SCOPES";
/// Seconds that a login may take.
pub const LOGIN_TIMEOUT: &str = "LOGIN_TIMEOUT";
/// The secret that session cookies are sealed with, at least 32 bytes. Required.
pub const SESSION_SECRET: &str = "SESSION_SECRET";
/// A file with the session secret, instead of [`SESSION_SECRET`].
pub const SESSION_SECRET_FILE: &str = "SESSION_SECRET_FILE";
/// The secret before a rotation: still opens sessions, never seals one.
pub const SESSION_SECRET_PREVIOUS: &str = "SESSION_SECRET_PREVIOUS";
/// A file with the previous session secret, instead of [`SESSION_SECRET_PREVIOUS`].
pub const SESSION_SECRET_PREVIOUS_FILE: &str = "SESSION_SECRET_PREVIOUS_FILE";
/// Salt for deriving keys from the session secrets; changing it ends all sessions.
pub const SESSION_SALT: &str = "SESSION_SALT";
/// Seconds without a request after which a session ends.
pub const SESSION_DURATION: &str = "SESSION_DURATION";
/// Seconds after login at which a session ends, however active it is.
pub const SESSION_MAX_DURATION: &str = "SESSION_MAX_DURATION";
/// Whether browsers keep the session when they are closed.
pub const SESSION_PERSISTENT: &str = "SESSION_PERSISTENT";
/// Where sessions are kept: `cookie`, or `stored` in the store, with a small cookie that refers to it.
pub const SESSION_MODE: &str = "SESSION_MODE";
/// Where what cookies cannot hold is stored: `cookie`, in this process only; the URL of a Redis; or `redb:PATH`.
pub const SESSION_STORE: &str = "SESSION_STORE";
/// A file with the value of [`SESSION_STORE`], which may hold a password.
pub const SESSION_STORE_FILE: &str = "SESSION_STORE_FILE";
/// Default of [`ZITADEL_POST_LOGIN_URL`].
pub(super) const DEFAULT_POST_LOGIN: &str = "/profile";

/// A variable that the engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value that is used when it is not set, if there is one.
    pub default: Option<&'static str>,
}

/// Every variable, in the order of `.env.example`.
pub const ALL: &[Variable] = &[
    unset(ZITADEL_DOMAIN),
    unset(ZITADEL_INTERNAL_URL),
    unset(ZITADEL_CA_FILE),
    unset(ZITADEL_CLIENT_ID),
    unset(ZITADEL_CLIENT_SECRET),
    unset(ZITADEL_CLIENT_SECRET_FILE),
    unset(ZITADEL_APP_KEY),
    unset(ZITADEL_APP_KEY_FILE),
    unset(ZITADEL_CLIENT_AUTH),
    unset(ZITADEL_CALLBACK_URL),
    unset(ZITADEL_REDIRECT_URL),
    unset(ZITADEL_POST_LOGOUT_URL),
    defaults(ZITADEL_POST_LOGIN_URL, DEFAULT_POST_LOGIN),
    defaults(ZITADEL_SCOPES, crate::protocol::scope::DEFAULT_SCOPES),
    unset(ZITADEL_PROMPT),
    unset(ZITADEL_SIGNING_ALG),
    defaults(ZITADEL_USER_INFO, "fetch"),
    unset(ZITADEL_API_AUDIENCE),
    defaults(ZITADEL_INTROSPECTION_CACHE, "30"),
    unset(ZITADEL_SERVICE_ACCOUNT_KEY),
    unset(ZITADEL_SERVICE_ACCOUNT_KEY_FILE),
    unset(ZITADEL_SERVICE_ACCOUNT_ID),
    unset(ZITADEL_SERVICE_ACCOUNT_SECRET),
    unset(ZITADEL_SERVICE_ACCOUNT_SECRET_FILE),
    unset(ZITADEL_SERVICE_ACCOUNT_TOKEN),
    unset(ZITADEL_SERVICE_ACCOUNT_TOKEN_FILE),
    defaults(ZITADEL_SERVICE_ACCOUNT_SCOPES, crate::protocol::service_account::DEFAULT_SCOPES),
    defaults(LOGIN_TIMEOUT, "600"),
    unset(SESSION_SECRET),
    unset(SESSION_SECRET_FILE),
    unset(SESSION_SECRET_PREVIOUS),
    unset(SESSION_SECRET_PREVIOUS_FILE),
    unset(SESSION_SALT),
    defaults(SESSION_DURATION, "3600"),
    defaults(SESSION_MAX_DURATION, "43200"),
    defaults(SESSION_PERSISTENT, "false"),
    defaults(SESSION_MODE, "cookie"),
    defaults(SESSION_STORE, "cookie"),
    unset(SESSION_STORE_FILE),
];

const fn unset(name: &'static str) -> Variable {
    Variable { name, default: None }
}

const fn defaults(name: &'static str, value: &'static str) -> Variable {
    Variable { name, default: Some(value) }
}

/// The variable that a key of a settings file stands for: `domain` is [`ZITADEL_DOMAIN`], `session_secret` is
/// [`SESSION_SECRET`].
pub(super) fn from_key(key: &str) -> Option<&'static str> {
    let with_prefix = |name: &str| name.strip_prefix("ZITADEL_").is_some_and(|rest| rest.to_ascii_lowercase() == key);
    let mut names = ALL.iter().map(|variable| variable.name);
    names.find(|name| with_prefix(name) || name.to_ascii_lowercase() == key)
}

/// Whether two variables name one setting.
pub(super) fn same_setting(one: &str, other: &str) -> bool {
    let plain = |name: &str| match name {
        ZITADEL_REDIRECT_URL => ZITADEL_CALLBACK_URL.to_owned(),
        name => name.strip_suffix("_FILE").unwrap_or(name).to_owned(),
    };
    plain(one) == plain(other)
}
