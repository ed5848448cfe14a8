//! From variables to the settings of a login.

use super::{
    env,
    login::{SessionMode, UserInfoSource},
    login_settings::LoginSettings,
    vars::Vars,
};
use crate::{
    protocol::{Prompt, SigningAlgorithm},
    secret::Secret,
};

impl Vars {
    pub(super) fn login_settings(&mut self) -> LoginSettings {
        LoginSettings {
            redirect_uri: self.callback(),
            post_logout_redirect_uri: self.plain(env::ZITADEL_POST_LOGOUT_URL),
            post_login: self.plain(env::ZITADEL_POST_LOGIN_URL),
            scopes: self.words(env::ZITADEL_SCOPES),
            prompt: self.prompt(),
            signing_algorithm: self.signing_algorithm(),
            user_info: self.user_info().unwrap_or_default(),
            session_secret: self.secret(env::SESSION_SECRET, env::SESSION_SECRET_FILE),
            session_salt: self.plain(env::SESSION_SALT).map(Secret::new),
            persistent_sessions: self.switch(env::SESSION_PERSISTENT),
            session_mode: self.session_mode().unwrap_or_default(),
            login_timeout: self.seconds(env::LOGIN_TIMEOUT),
            session_idle_timeout: self.seconds(env::SESSION_DURATION),
            session_lifetime: self.seconds(env::SESSION_MAX_DURATION),
            previous_session_secrets: self
                .secret(env::SESSION_SECRET_PREVIOUS, env::SESSION_SECRET_PREVIOUS_FILE)
                .into_iter()
                .collect(),
            ..LoginSettings::default()
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
}
