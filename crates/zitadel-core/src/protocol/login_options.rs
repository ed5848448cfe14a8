//! `LoginOptions`: what one sign-in asks for beyond the ordinary.

use std::time::Duration;

use openidconnect::core::CoreAuthPrompt;

use crate::secret::Secret;

/// Extra parameters of one sign-in (OIDC Core §3.1.2.1).
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
///     .organisation("170086824411201793");
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginOptions {
    pub(crate) prompt: Option<Prompt>,
    pub(crate) login_hint: Option<Secret<String>>,
    pub(crate) ui_locales: Vec<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) organisation: Option<String>,
}

/// What the provider should show, whatever session the user has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// Nothing: sign in silently or come back with an error. ZITADEL's new login shows a page all the same.
    None,
    /// The sign-in form, even if the user is signed in there.
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
    /// An ordinary sign-in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which page the provider should show (`prompt`); instead of the one in the configuration, if there is one.
    #[must_use]
    pub const fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// The same with this prompt where none is asked for.
    pub(crate) fn or_prompt(&self, default: Option<Prompt>) -> Self {
        Self { prompt: self.prompt.or(default), ..self.clone() }
    }

    /// The login name to fill in (`login_hint`). A hint: the user may sign in with another account.
    #[must_use]
    pub fn login_hint(mut self, login_name: &str) -> Self {
        self.login_hint = Some(Secret::from(login_name));
        self
    }

    /// The languages to show the sign-in pages in, best first, as BCP 47 tags (`ui_locales`).
    #[must_use]
    pub fn ui_locales<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.ui_locales = tags.into_iter().map(Into::into).collect();
        self
    }

    /// How long ago the user may have authenticated, in whole seconds (`max_age`); zero asks for the password
    /// now. The ID token is checked against it, because ZITADEL's new login ignores the parameter: combine it
    /// with [`Prompt::Login`] there.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The id of the organisation the user must belong to. Adds the scope `urn:zitadel:iam:org:id:{id}`, and the
    /// sign-in fails if the user turns out to be of another one.
    #[must_use]
    pub fn organisation(mut self, id: &str) -> Self {
        self.organisation = Some(id.to_owned());
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
    fn debug_does_not_show_who_signs_in() {
        assert!(!format!("{:?}", LoginOptions::new().login_hint("alice")).contains("alice"));
    }
}
