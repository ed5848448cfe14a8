//! `LoginOptions`: parameters of a single login.

use std::time::Duration;

use openidconnect::core::CoreAuthPrompt;

use super::step_up::StepUp;
use crate::secret::Secret;

/// Extra parameters of one authorization request (OIDC Core §3.1.2.1).
///
/// ```
/// use std::time::Duration;
/// use zitadel_core::{LoginOptions, Prompt};
///
/// let options = LoginOptions::new()
///     .prompt(Prompt::SelectAccount)
///     .login_hint("alice@acme.example")
///     .ui_locales(["de-CH", "de"])
///     .max_age(Duration::from_secs(300))
///     .organization("170086824411201793");
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginOptions {
    pub(crate) prompt: Option<Prompt>,
    pub(crate) login_hint: Option<Secret<String>>,
    pub(crate) ui_locales: Vec<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) organization: Option<String>,
    pub(crate) persistent: Option<bool>,
    /// What the ID token is compared with.
    pub(crate) step_up: Option<StepUp>,
}

/// Which page the provider should show, even if the user is signed in there (OIDC Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// None: log in silently or return an error. ZITADEL's version-2 login shows a page nevertheless.
    None,
    /// The login form.
    Login,
    /// The consent page. ZITADEL has none.
    Consent,
    /// The list of accounts.
    SelectAccount,
    /// The registration form (Initiating User Registration via OpenID Connect 1.0).
    Create,
}

impl Prompt {
    /// The prompt of this name as `prompt` spells it; `None` for anything else.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "login" => Self::Login,
            "consent" => Self::Consent,
            "select_account" => Self::SelectAccount,
            "create" => Self::Create,
            _ => return None,
        })
    }

    pub(crate) fn to_parameter(self) -> CoreAuthPrompt {
        match self {
            Self::None => CoreAuthPrompt::None,
            Self::Login => CoreAuthPrompt::Login,
            Self::Consent => CoreAuthPrompt::Consent,
            Self::SelectAccount => CoreAuthPrompt::SelectAccount,
            Self::Create => CoreAuthPrompt::Extension("create".to_owned()),
        }
    }
}

impl LoginOptions {
    /// No extra parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which page the provider should show (`prompt`); overrides the one in the configuration.
    #[must_use]
    pub const fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// The same, with these where none is set.
    pub(crate) fn or_defaults(&self, prompt: Option<Prompt>, persistent: bool) -> Self {
        Self { prompt: self.prompt.or(prompt), persistent: self.persistent.or(Some(persistent)), ..self.clone() }
    }

    /// Whether the browser keeps the session when it is closed ("stay signed in"), up to the session's absolute limit;
    /// overrides the configuration (`SESSION_PERSISTENT`). The session's limits are the same.
    #[must_use]
    pub const fn persistent(mut self, is_persistent: bool) -> Self {
        self.persistent = Some(is_persistent);
        self
    }

    /// The login name to fill in (`login_hint`). Only a hint: the user may log in with another account.
    #[must_use]
    pub fn login_hint(mut self, login_name: &str) -> Self {
        self.login_hint = Some(Secret::from(login_name));
        self
    }

    /// The languages of the login pages, preferred first, as BCP 47 tags (`ui_locales`).
    #[must_use]
    pub fn ui_locales<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.ui_locales = tags.into_iter().map(Into::into).collect();
        self
    }

    /// How long ago the user may have authenticated, in whole seconds (`max_age`); zero requires it now. The ID token
    /// is checked against it, because ZITADEL's version-2 login ignores the parameter: combine it with
    /// [`Prompt::Login`] there.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The classes of authentication that the provider should use, preferred first (`acr_values`). Only a wish: whether it was
    /// fulfilled is in [`User::acr`](crate::User::acr), and a route requires it with [`Requirement::acr`](crate::Requirement::acr). ZITADEL
    /// ignores it.
    #[must_use]
    pub fn acr_values<T: Into<String>>(mut self, classes: impl IntoIterator<Item = T>) -> Self {
        self.acr_values = classes.into_iter().map(Into::into).collect();
        self
    }

    /// A login that must show this about the authentication, or fail.
    pub(crate) fn for_step_up(step_up: StepUp) -> Self {
        Self {
            prompt: Some(Prompt::Login),
            max_age: step_up.max_age(),
            acr_values: step_up.acr().to_vec(),
            step_up: Some(step_up),
            ..Self::default()
        }
    }

    /// The id of the organization the user must belong to. Adds the scope `urn:zitadel:iam:org:id:{id}`, and the
    /// login fails if the user belongs to another one.
    #[must_use]
    pub fn organization(mut self, id: &str) -> Self {
        self.organization = Some(id.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_is_sent_under_the_name_it_is_parsed_from() {
        for name in ["none", "login", "consent", "select_account", "create"] {
            assert_eq!(Prompt::parse(name).unwrap().to_parameter().as_ref(), name);
        }
        assert_eq!(Prompt::parse("none login"), None);
    }

    #[test]
    fn debug_does_not_show_the_login_name() {
        assert!(!format!("{:?}", LoginOptions::new().login_hint("alice")).contains("alice"));
    }
}
