//! What a configuration accepts, what it refuses, and how it reports that.

mod addresses;
mod files;
mod key_files;
mod limits;
mod paths_and_pages;
mod reading;
mod secrets;
mod service_accounts;
mod settings;

use std::time::Duration;

use super::{client::ClientCredential, paths::Paths, *};
use crate::{
    answer::Pages,
    http::cookie::CookieSecurity,
    protocol::{ClientAuthentication, Prompt, SigningAlgorithm},
    secret::Secret,
};

const SECRET: &str = "0eUO2mB9xkWc1VqTn5yFs7RzLd3HaJgP";
const OLD: &str = "pL4wQz8RtYbN6xKcMv2JdSf0HgUe7AiO";

const VALID: [(&str, &str); 5] = [
    ("ZITADEL_DOMAIN", "https://acme.zitadel.cloud"),
    ("ZITADEL_CLIENT_ID", "170086824411201793@app"),
    ("ZITADEL_CALLBACK_URL", "https://app.example.com/auth/callback"),
    ("ZITADEL_POST_LOGOUT_URL", "https://app.example.com/auth/logout/callback"),
    ("SESSION_SECRET", SECRET),
];

/// Valid variables with some replaced or added.
fn with(changes: &[(&'static str, &'static str)]) -> Result<Config, ConfigError> {
    Config::from_vars(VALID.into_iter().chain(changes.iter().copied()))
}

/// The login part of a configuration that is accepted.
fn accepted(changes: &[(&'static str, &'static str)]) -> LoginConfig {
    login(with(changes).unwrap_or_else(|error| panic!("{changes:?}: {error}")))
}

fn login(config: Config) -> LoginConfig {
    config.login.unwrap()
}

/// The client secret, and how it is sent.
fn client_secret(login: &LoginConfig) -> Option<(&str, Option<ClientAuthentication>)> {
    match &login.client.credential {
        ClientCredential::Secret(secret, method) => Some((secret.expose(), *method)),
        _ => None,
    }
}

fn provider(changes: &[(&'static str, &'static str)]) -> ProviderConfig {
    with(changes).unwrap().provider
}

/// The names in the error.
fn problem_names(changes: &[(&'static str, &'static str)]) -> Vec<String> {
    match with(changes) {
        Ok(_) => panic!("{changes:?} were accepted"),
        Err(error) => names(&error),
    }
}

fn names(error: &ConfigError) -> Vec<String> {
    error.problems().map(|problem| problem.name().to_owned()).collect()
}

fn builder() -> ConfigBuilder {
    Config::builder("https://acme.zitadel.cloud", "170086824411201793@app")
        .redirect_uri("https://app.example.com/auth/callback")
        .post_logout_redirect_uri("https://app.example.com/auth/logout/callback")
        .session_secret(SECRET)
}

fn problem(result: Result<Config, ConfigError>) -> String {
    result.unwrap_err().to_string()
}
