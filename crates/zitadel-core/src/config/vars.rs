//! From variables to settings.

use std::{collections::BTreeMap, io::ErrorKind, time::Duration};

use zeroize::Zeroize as _;

use super::{
    env,
    error::Problems,
    parts::{SessionMode, UserInfoSource},
    process,
    setting_name::NamingStyle,
    settings::{ServiceAccountSettings, Settings},
};
use crate::{
    protocol::{ClientAuthentication, Prompt, SigningAlgorithm},
    secret::Secret,
};

/// What the value of `SESSION_STORE` begins with, unless it is `cookie`.
const STORE_SCHEMES: [&str; 7] =
    ["redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster", "redb"];

/// Variables by name, from any source. Values are taken out as they are used.
pub(super) struct Vars {
    found: BTreeMap<String, String>,
    problems: Problems,
}

impl Vars {
    pub(super) fn from_process() -> Self {
        let mut problems = Problems::new(NamingStyle::Variables);
        Self { found: process::variables(&mut problems), problems }
    }

    /// If a name appears twice, the last value is used, as in a shell.
    pub(super) fn new(vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let known = |name: &str| env::ALL.iter().any(|variable| variable.name == name);
        let named = vars.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self {
            found: named.filter(|(name, _): &(String, String)| known(name)).collect(),
            problems: Problems::new(NamingStyle::Variables),
        }
    }

    /// Adds the keys of a settings file that no variable here overrides.
    pub(super) fn or(mut self, settings: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let is_set = |name: &str| self.found.get(name).is_some_and(|value| !value.trim().is_empty());
        let set: Vec<_> = env::ALL.iter().map(|known| known.name).filter(|name| is_set(name)).collect();
        for (key, value) in settings {
            let (key, mut value) = (key.into(), value.into());
            match env::from_key(&key) {
                // A secret and the file it is in are one setting; so are the two names of the callback.
                Some(name) if set.iter().any(|set| env::same_setting(set, name)) => value.zeroize(),
                Some(name) => drop(self.found.insert(name.to_owned(), value)),
                None => {
                    value.zeroize();
                    let name: String = key.chars().filter(|letter| !letter.is_control()).take(64).collect();
                    self.problems.add_named::<()>(name, "is not a setting; .env.example lists the names");
                }
            }
        }
        self
    }

    /// A value without the white space around it; blank counts as unset.
    fn plain(&mut self, name: &str) -> Option<String> {
        let value = self.found.remove(name)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// Words with white space between them.
    fn words(&mut self, name: &str) -> Option<Vec<String>> {
        Some(self.plain(name)?.split_whitespace().map(str::to_owned).collect())
    }

    /// A secret, from its variable or from the file named by the other one. Never trimmed: a secret is bytes.
    fn secret(&mut self, name: &'static str, file: &'static str) -> Option<Secret<String>> {
        let value = self.found.remove(name).filter(|value| !value.is_empty()).map(Secret::new);
        let Some(path) = self.plain(file) else { return value };
        if value.is_some() {
            return self.problems.add_named(file, format!("is set and so is {name}; keep one of the two"));
        }
        match process::secret_file(&path) {
            Ok(text) if text.is_empty() => {
                self.problems.add_named(file, "names a file that is empty; write the secret into it")
            }
            Ok(text) => Some(Secret::new(text)),
            Err(kind) => self.unreadable(file, kind),
        }
    }

    fn ca_certificates(&mut self) -> Option<Vec<u8>> {
        let path = self.plain(env::ZITADEL_CA_FILE)?;
        process::read_file(&path).map_or_else(|kind| self.unreadable(env::ZITADEL_CA_FILE, kind), Some)
    }

    fn unreadable<T>(&mut self, file: &'static str, kind: ErrorKind) -> Option<T> {
        let message = format!("names a file that cannot be read ({kind}); check the path and who may read it");
        self.problems.add_named(file, message)
    }

    fn seconds(&mut self, name: &'static str) -> Option<Duration> {
        match self.plain(name)?.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => self.problems.add_named(name, "is not a number; give whole seconds, digits only"),
        }
    }

    /// `true` or `false`; false if it is not set.
    fn switch(&mut self, name: &'static str) -> bool {
        match self.plain(name).as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => self.problems.add_named::<()>(name, "must be true or false").is_some(),
        }
    }

    fn callback(&mut self) -> Option<String> {
        match (self.plain(env::ZITADEL_CALLBACK_URL), self.plain(env::ZITADEL_REDIRECT_URL)) {
            (Some(callback), Some(redirect)) if callback != redirect => {
                self.problems.add_named::<()>(
                    env::ZITADEL_REDIRECT_URL,
                    "differs from ZITADEL_CALLBACK_URL, of which it is another name; remove it",
                );
                Some(callback)
            }
            (callback, redirect) => callback.or(redirect),
        }
    }

    fn signing_algorithm(&mut self) -> Option<SigningAlgorithm> {
        let name = self.plain(env::ZITADEL_SIGNING_ALG)?;
        let known = SigningAlgorithm::ALL.map(SigningAlgorithm::name).join(", ");
        SigningAlgorithm::parse(&name).or_else(|| {
            self.problems.add_named(env::ZITADEL_SIGNING_ALG, format!("must be one of {known}; or leave it out"))
        })
    }

    fn client_authentication(&mut self) -> Option<ClientAuthentication> {
        match self.plain(env::ZITADEL_CLIENT_AUTH)?.as_str() {
            "basic" => Some(ClientAuthentication::Basic),
            "post" => Some(ClientAuthentication::Post),
            _ => self.problems.add_named(
                env::ZITADEL_CLIENT_AUTH,
                "must be basic or post; leave it out to use what the provider offers",
            ),
        }
    }

    fn prompt(&mut self) -> Option<Prompt> {
        let name = self.plain(env::ZITADEL_PROMPT)?;
        Prompt::parse(&name).or_else(|| {
            let known = "must be one of login, consent, select_account, create; or leave it out";
            self.problems.add_named(env::ZITADEL_PROMPT, known)
        })
    }

    fn user_info(&mut self) -> Option<UserInfoSource> {
        match self.plain(env::ZITADEL_USER_INFO)?.as_str() {
            "fetch" => Some(UserInfoSource::Endpoint),
            "skip" => Some(UserInfoSource::IdTokenOnly),
            _ => self.problems.add_named(env::ZITADEL_USER_INFO, "must be fetch or skip; or leave it out"),
        }
    }

    fn session_mode(&mut self) -> Option<SessionMode> {
        match self.plain(env::SESSION_MODE)?.as_str() {
            "cookie" => Some(SessionMode::Cookie),
            "stored" => Some(SessionMode::Stored),
            _ => self.problems.add_named(env::SESSION_MODE, "must be cookie or stored; or leave it out"),
        }
    }

    /// The application makes the store: what else is in the value is its store's business.
    fn store_url(&mut self) -> Option<Secret<String>> {
        let choice = self.secret(env::SESSION_STORE, env::SESSION_STORE_FILE)?;
        let choice = Secret::new(choice.expose().trim().to_owned());
        // The value may contain a password: only its scheme is read, and nothing is repeated.
        let scheme = choice.expose().split_once(':').map_or("", |(scheme, _)| scheme);
        match choice.expose().as_str() {
            "" | "cookie" => None,
            _ if STORE_SCHEMES.contains(&scheme) => Some(choice),
            _ => {
                let known = STORE_SCHEMES.join(", ");
                self.problems
                    .add_named(env::SESSION_STORE, format!("must be `cookie`, or begin with one of {known}, and `:`"))
            }
        }
    }

    pub(super) fn into_settings(mut self) -> Settings {
        let mut settings = Settings::new(NamingStyle::Variables);
        settings.issuer = self.plain(env::ZITADEL_DOMAIN);
        settings.internal_url = self.plain(env::ZITADEL_INTERNAL_URL);
        settings.ca_certificates = self.ca_certificates();
        settings.client_id = self.plain(env::ZITADEL_CLIENT_ID);
        settings.client_secret = self.secret(env::ZITADEL_CLIENT_SECRET, env::ZITADEL_CLIENT_SECRET_FILE);
        settings.application_key = self.secret(env::ZITADEL_APP_KEY, env::ZITADEL_APP_KEY_FILE);
        settings.client_authentication = self.client_authentication();
        settings.redirect_uri = self.callback();
        settings.post_logout_redirect_uri = self.plain(env::ZITADEL_POST_LOGOUT_URL);
        settings.post_login = self.plain(env::ZITADEL_POST_LOGIN_URL);
        settings.scopes = self.words(env::ZITADEL_SCOPES);
        settings.prompt = self.prompt();
        settings.signing_algorithm = self.signing_algorithm();
        settings.user_info = self.user_info().unwrap_or_default();
        settings.audiences = self.plain(env::ZITADEL_API_AUDIENCE).map_or_else(Vec::new, |all| {
            all.split([' ', ',', '\t']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
        });
        settings.introspection_cache = self.seconds(env::ZITADEL_INTROSPECTION_CACHE);
        settings.service_account = ServiceAccountSettings {
            key: self.secret(env::ZITADEL_SERVICE_ACCOUNT_KEY, env::ZITADEL_SERVICE_ACCOUNT_KEY_FILE),
            id: self.plain(env::ZITADEL_SERVICE_ACCOUNT_ID),
            secret: self.secret(env::ZITADEL_SERVICE_ACCOUNT_SECRET, env::ZITADEL_SERVICE_ACCOUNT_SECRET_FILE),
            token: self.secret(env::ZITADEL_SERVICE_ACCOUNT_TOKEN, env::ZITADEL_SERVICE_ACCOUNT_TOKEN_FILE),
            scopes: self.words(env::ZITADEL_SERVICE_ACCOUNT_SCOPES),
            added_scopes: Vec::new(),
        };
        settings.session_secret = self.secret(env::SESSION_SECRET, env::SESSION_SECRET_FILE);
        settings.previous_session_secrets =
            self.secret(env::SESSION_SECRET_PREVIOUS, env::SESSION_SECRET_PREVIOUS_FILE).into_iter().collect();
        settings.session_salt = self.plain(env::SESSION_SALT).map(Secret::new);
        settings.persistent_sessions = self.switch(env::SESSION_PERSISTENT);
        settings.session_mode = self.session_mode().unwrap_or_default();
        settings.login_timeout = self.seconds(env::LOGIN_TIMEOUT);
        settings.session_idle_timeout = self.seconds(env::SESSION_DURATION);
        settings.session_lifetime = self.seconds(env::SESSION_MAX_DURATION);
        settings.store_url = self.store_url();
        settings.problems = std::mem::replace(&mut self.problems, Problems::new(NamingStyle::Variables));
        settings
    }
}

impl Drop for Vars {
    fn drop(&mut self) {
        // Secrets may be among the values that were not used.
        for value in self.found.values_mut() {
            value.zeroize();
        }
    }
}
