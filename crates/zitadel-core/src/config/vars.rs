//! From variables to the builder.

use std::{collections::BTreeMap, time::Duration};

use zeroize::Zeroize as _;

use super::{
    ConfigBuilder, ConfigError, env,
    error::{Problems, Spoken},
};
use crate::{
    protocol::{ClientAuthentication, Prompt, SigningAlgorithm},
    secret::Secret,
};

/// Variables by name, wherever they come from. Values are taken out as they are used.
pub(super) struct Vars {
    found: BTreeMap<String, String>,
    pub(super) problems: Problems,
}

impl Vars {
    pub(super) fn of_process() -> Self {
        let mut problems = Problems::new(Spoken::Variables);
        Self { found: env::process(&mut problems), problems }
    }

    /// Of a name that comes twice, the last value counts, as in a shell.
    pub(super) fn given(vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let known = |name: &str| env::ALL.iter().any(|variable| variable.name == name);
        let named = vars.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self {
            found: named.filter(|(name, _): &(String, String)| known(name)).collect(),
            problems: Problems::new(Spoken::Variables),
        }
    }

    /// What a settings file says, where the variables here say nothing.
    pub(super) fn or(mut self, settings: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let said = |name: &str| self.found.get(name).is_some_and(|value| !value.trim().is_empty());
        let said: Vec<_> = env::ALL.iter().map(|known| known.name).filter(|name| said(name)).collect();
        for (key, value) in settings {
            let (key, mut value) = (key.into(), value.into());
            match env::of_key(&key) {
                // A secret and the file it is in are one setting; so are the two names of the callback.
                Some(name) if said.iter().any(|said| env::same_setting(said, name)) => value.zeroize(),
                Some(name) => drop(self.found.insert(name.to_owned(), value)),
                None => {
                    value.zeroize();
                    let name: String = key.chars().filter(|letter| !letter.is_control()).take(64).collect();
                    self.problems.add_named::<()>(name, "is no setting; see .env.example for the names of all");
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

    /// A secret, from its variable or from the file named by the other one. Never trimmed: a secret is bytes.
    fn secret(&mut self, name: &'static str, file: &'static str) -> Option<Secret<String>> {
        let value = self.found.remove(name).filter(|value| !value.is_empty()).map(Secret::new);
        let Some(path) = self.plain(file) else { return value };
        if value.is_some() {
            return self.problems.add_named(file, format!("is set and so is {name}; keep one of the two"));
        }
        match env::secret_file(&path) {
            Ok(text) if text.is_empty() => {
                self.problems.add_named(file, "names a file that is empty; write the secret into it")
            }
            Ok(text) => Some(Secret::new(text)),
            Err(kind) => self.problems.add_named(
                file,
                format!("names a file that cannot be read ({kind}); check the path and who may read it"),
            ),
        }
    }

    fn seconds(&mut self, name: &'static str) -> Option<Duration> {
        match self.plain(name)?.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => self.problems.add_named(name, "is not a number; give whole seconds, digits only"),
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

    fn signing_alg(&mut self) -> Option<SigningAlgorithm> {
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

    /// `cookie` is all there is today; everything else is a problem, not a surprise later.
    fn store(&mut self) -> Option<()> {
        let choice = self.plain(env::SESSION_STORE)?;
        // The value may hold a password: only its scheme is looked at, nothing is repeated.
        match choice.split_once("://").map_or(choice.as_str(), |(scheme, _)| scheme) {
            "cookie" if choice == "cookie" => Some(()),
            "redis" | "rediss" | "redis+sessions" | "rediss+sessions" => self
                .problems
                .add_named(env::SESSION_STORE, "names Redis, and this build has no Redis store; use `cookie`"),
            _ => self.problems.add_named(env::SESSION_STORE, "must be `cookie`"),
        }
    }

    pub(super) fn into_error(mut self) -> ConfigError {
        std::mem::replace(&mut self.problems, Problems::new(Spoken::Variables)).into_error()
    }

    pub(super) fn into_builder(mut self) -> ConfigBuilder {
        let mut builder = ConfigBuilder::blank(Spoken::Variables);
        builder.issuer = self.plain(env::ZITADEL_DOMAIN);
        builder.internal_url = self.plain(env::ZITADEL_INTERNAL_URL);
        builder.client_id = self.plain(env::ZITADEL_CLIENT_ID);
        builder.client_secret = self.secret(env::ZITADEL_CLIENT_SECRET, env::ZITADEL_CLIENT_SECRET_FILE);
        builder.client_authentication = self.client_authentication();
        builder.redirect_uri = self.callback();
        builder.post_logout_redirect_uri = self.plain(env::ZITADEL_POST_LOGOUT_URL);
        builder.post_login = self.plain(env::ZITADEL_POST_LOGIN_URL);
        builder.scopes = self.plain(env::ZITADEL_SCOPES).map(|all| all.split_whitespace().map(str::to_owned).collect());
        builder.prompt = self.prompt();
        builder.signing_alg = self.signing_alg();
        builder.session_secret = self.secret(env::SESSION_SECRET, env::SESSION_SECRET_FILE);
        builder.previous_secrets =
            self.secret(env::SESSION_SECRET_PREVIOUS, env::SESSION_SECRET_PREVIOUS_FILE).into_iter().collect();
        builder.session_salt = self.plain(env::SESSION_SALT).map(Secret::new);
        builder.session_duration = self.seconds(env::SESSION_DURATION);
        builder.session_max_duration = self.seconds(env::SESSION_MAX_DURATION);
        self.store();
        builder.problems = std::mem::replace(&mut self.problems, Problems::new(Spoken::Variables));
        builder
    }
}

impl Drop for Vars {
    fn drop(&mut self) {
        // Secrets may be among what nobody asked for.
        for value in self.found.values_mut() {
            value.zeroize();
        }
    }
}
