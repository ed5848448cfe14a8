//! `ConfigError`: every problem of a configuration at once.

use std::{borrow::Cow, fmt};

#[cfg(feature = "reqwest")]
use super::env::ZITADEL_SERVICE_ACCOUNT_KEY_FILE;
use super::{
    env::SESSION_STORE,
    setting_name::{NamingStyle, SettingName},
};

/// Why a [`Config`](crate::Config) could not be made. Lists *all* problems, so that one start shows what to fix.
///
/// `Display` is one problem per line: the variable (or builder method), what is wrong, and the fix. No value is
/// ever repeated, least of all a secret.
///
/// ```
/// let error = zitadel_core::Config::from_vars([("ZITADEL_DOMAIN", "http://zitadel.example")]).unwrap_err();
/// assert!(error.problems().any(|problem| problem.name() == "SESSION_SECRET"));
/// println!("{error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    name: Cow<'static, str>,
    message: String,
}

impl ConfigError {
    pub(crate) fn missing_transport() -> Self {
        let message = "is missing; this build has no feature `reqwest`, which brings one".to_owned();
        Self { problems: vec![ConfigProblem { name: ".transport()".into(), message }] }
    }

    pub(crate) fn missing_store() -> Self {
        let message = "names a store that the application does not bring; give it one with `.store()`, as the crates \
                       `zitadel-redis` and `zitadel-redb` make it from `Config::store_url()`, or use `cookie`"
            .to_owned();
        Self { problems: vec![ConfigProblem { name: SESSION_STORE.into(), message }] }
    }

    #[cfg(feature = "reqwest")]
    pub(crate) fn missing_service_account() -> Self {
        let message = "is missing; set it to the key file of a service account, or set ZITADEL_SERVICE_ACCOUNT_ID and \
                       ZITADEL_SERVICE_ACCOUNT_SECRET, or ZITADEL_SERVICE_ACCOUNT_TOKEN"
            .to_owned();
        Self { problems: vec![ConfigProblem { name: ZITADEL_SERVICE_ACCOUNT_KEY_FILE.into(), message }] }
    }

    /// The problems, in the order of `.env.example`; at least one.
    pub fn problems(&self) -> impl Iterator<Item = &ConfigProblem> {
        self.problems.iter()
    }
}

impl ConfigProblem {
    /// The variable (`SESSION_SECRET`), the builder method (`.session_secret()`) or the key of a settings file to look at.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong, and what to do about it; lower case, no value in it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// As `Display`: `main` prints the error it returns with `Debug`, so this is the text people see there.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable\n{self}")
    }
}

impl std::error::Error for ConfigError {}

/// Collects problems while the rest is still being checked.
#[derive(Clone, Debug)]
pub(super) struct Problems {
    style: NamingStyle,
    list: Vec<ConfigProblem>,
}

impl Problems {
    pub(super) const fn new(style: NamingStyle) -> Self {
        Self { style, list: Vec::new() }
    }

    pub(super) const fn name(&self, setting: SettingName) -> &'static str {
        match self.style {
            NamingStyle::Variables => setting.variable,
            NamingStyle::Methods => setting.method,
        }
    }

    /// Notes a problem; returns `None`, so that a check can end with it.
    pub(super) fn add<T>(&mut self, setting: SettingName, message: impl Into<String>) -> Option<T> {
        self.add_named(self.name(setting), message)
    }

    pub(super) fn add_named<T>(&mut self, name: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Option<T> {
        self.list.push(ConfigProblem { name: name.into(), message: message.into() });
        None
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether there is a problem with this setting already, or with the file it was to come from.
    pub(super) fn has_problem_for(&self, setting: SettingName) -> bool {
        let name = self.name(setting);
        self.list.iter().any(|problem| problem.name.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "_FILE")))
    }

    /// The error. `order` is that of the variables in `.env.example`; problems with other names keep the order of the
    /// checks and come last.
    pub(super) fn into_error<'a>(mut self, order: &(impl Iterator<Item = &'a str> + Clone)) -> ConfigError {
        self.list.sort_by_key(|problem| order.clone().position(|known| known == problem.name).unwrap_or(usize::MAX));
        ConfigError { problems: self.list }
    }
}
