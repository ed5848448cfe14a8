//! From variables to settings.

use std::{collections::BTreeMap, io::ErrorKind, time::Duration};

use zeroize::Zeroize as _;

use super::{
    env,
    error::Problems,
    process,
    setting_name::NamingStyle,
    settings::{ServiceAccountSettings, Settings},
};
use crate::{protocol::ClientAuthentication, secret::Secret};

/// What the value of `SESSION_STORE` begins with, unless it is `cookie`.
const STORE_SCHEMES: [&str; 7] =
    ["redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster", "redb"];

/// Variables by name, from any source. Values are taken out as they are used.
pub(super) struct Vars {
    found: BTreeMap<String, String>,
    pub(super) problems: Problems,
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
    pub(super) fn plain(&mut self, name: &str) -> Option<String> {
        let value = self.found.remove(name)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// Words with white space between them.
    pub(super) fn words(&mut self, name: &str) -> Option<Vec<String>> {
        Some(self.plain(name)?.split_whitespace().map(str::to_owned).collect())
    }

    /// A secret, from its variable or from the file named by the other one. Never trimmed: a secret is bytes.
    pub(super) fn secret(&mut self, name: &'static str, file: &'static str) -> Option<Secret<String>> {
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

    pub(super) fn seconds(&mut self, name: &'static str) -> Option<Duration> {
        match self.plain(name)?.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => self.problems.add_named(name, "is not a number; give whole seconds, digits only"),
        }
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

    /// An application that was meant to have a login must not start without one.
    #[cfg(not(feature = "login"))]
    fn refuse_login(&mut self) {
        let only_for_login = [
            env::ZITADEL_CALLBACK_URL,
            env::ZITADEL_REDIRECT_URL,
            env::ZITADEL_POST_LOGOUT_URL,
            env::SESSION_SECRET,
            env::SESSION_SECRET_FILE,
        ];
        for name in only_for_login {
            if self.plain(name).is_some() {
                let message = "is for login, and this program was built without the feature `login`; remove it, or add the feature";
                self.problems.add_named::<()>(name, message);
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
        #[cfg(feature = "login")]
        {
            settings.login = self.login_settings();
        }
        #[cfg(not(feature = "login"))]
        self.refuse_login();
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
