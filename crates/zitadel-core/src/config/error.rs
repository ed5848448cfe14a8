//! `ConfigError`: everything that is wrong with a configuration, at once.

use std::{borrow::Cow, fmt};

/// Why a [`Config`](crate::Config) could not be made. Lists *all* problems, so that one start shows what to fix.
///
/// `Display` is one problem per line: the variable (or builder method), what is wrong, and the fix. No value is
/// ever repeated, a secret's least of all.
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

/// As `Display`: `main` prints an error it returns with `Debug`, and this is the one people see there.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable\n{self}")
    }
}

impl std::error::Error for ConfigError {}

/// What a setting is called: as a variable, and in the builder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) variable: &'static str,
    pub(super) method: &'static str,
}

/// Which of the two names the person who reads the error knows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spoken {
    Variables,
    Methods,
}

/// Collects problems while everything else is still being checked.
#[derive(Clone, Debug)]
pub(super) struct Problems {
    spoken: Spoken,
    list: Vec<ConfigProblem>,
}

impl Problems {
    pub(super) const fn new(spoken: Spoken) -> Self {
        Self { spoken, list: Vec::new() }
    }

    pub(super) const fn name(&self, label: Label) -> &'static str {
        match self.spoken {
            Spoken::Variables => label.variable,
            Spoken::Methods => label.method,
        }
    }

    /// Notes a problem; gives `None`, so that a check can end with it.
    pub(super) fn add<T>(&mut self, label: Label, message: impl Into<String>) -> Option<T> {
        self.add_named(self.name(label), message)
    }

    pub(super) fn add_named<T>(&mut self, name: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Option<T> {
        self.list.push(ConfigProblem { name: name.into(), message: message.into() });
        None
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether this setting, or the file it was to come from, is already complained about.
    pub(super) fn mention(&self, label: Label) -> bool {
        let name = self.name(label);
        self.list.iter().any(|problem| problem.name.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "_FILE")))
    }

    pub(super) fn into_error(mut self) -> ConfigError {
        // In the order a person reads `.env.example`; builder methods keep the order of the checks.
        let place = |problem: &ConfigProblem| super::env::ALL.iter().position(|known| known.name == problem.name);
        self.list.sort_by_key(|problem| place(problem).unwrap_or(usize::MAX));
        ConfigError { problems: self.list }
    }
}
