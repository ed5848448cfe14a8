//! `Settings`: everything that the gateway was told, checked at once.

mod machine_tokens;

use std::{fmt, net::SocketAddr};

use url::Url;
use zitadel_axum::{Config, core::is_loopback};

use crate::{args::ServeArgs, config, forward_auth::ForwardAuthSettings, machine_token::MachineTokenSettings};

/// The port where the gateway listens unless `PORT` says another one.
const DEFAULT_PORT: u16 = 8000;

/// The settings of a gateway, valid from then on. Made by [`Settings::new`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Login, sessions, access tokens and the service account, with the gateway's paths.
    pub config: Config,
    /// Where to listen. Default 127.0.0.1:8000, so that no other machine can connect.
    pub listen: SocketAddr,
    /// The single-page application, if there is one.
    pub spa_origin: Option<SpaOrigin>,
    /// The path of the single-page application to which a login returns; default `/`.
    pub spa_path: String,
    /// Whether it gets the access token in the fragment instead of a one-time code. Default not: see [`ServeArgs`].
    pub danger_token_in_fragment: bool,
    /// Who may ask for machine tokens. Default nobody.
    pub machine_tokens: MachineTokenSettings,
    /// Which reverse proxies are believed. Default: those on this machine.
    pub forward_auth: ForwardAuthSettings,
}

impl Settings {
    /// From options, and the variables of login by name.
    ///
    /// # Errors
    ///
    /// Every option and variable that is missing or wrong.
    #[expect(clippy::needless_pass_by_value, reason = "options are read once, at the start")]
    pub fn new(args: ServeArgs, variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        let host = note(&mut problems, zitadel_process::host(args.host.as_deref()));
        let port = note(&mut problems, zitadel_process::port("PORT", args.port.as_deref(), DEFAULT_PORT));
        let spa_origin = match non_empty(args.spa_origin.as_deref()) {
            Some(origin) => note(&mut problems, SpaOrigin::parse(origin)),
            None => None,
        };
        let fragment = switch("DANGER_TOKEN_IN_FRAGMENT", args.danger_token_in_fragment.as_deref());
        let danger_token_in_fragment = note(&mut problems, fragment).unwrap_or_default();
        if danger_token_in_fragment && non_empty(args.spa_origin.as_deref()).is_none() {
            problems.push("DANGER_TOKEN_IN_FRAGMENT: needs SPA_ORIGIN, to which the token is sent".to_owned());
        }
        let open = switch("DANGER_OPEN_MACHINE_TOKEN", args.danger_open_machine_token.as_deref());
        let is_open = note(&mut problems, open).unwrap_or_default();
        let callers_file = non_empty(args.machine_token_callers_file.as_deref());
        let machine_tokens = machine_tokens::read(&mut problems, callers_file, is_open, &variable);
        let forward_auth = note(&mut problems, ForwardAuthSettings::new(&args.forward_auth)).unwrap_or_default();
        let login = config::read(&variable, spa_origin.is_some());
        match (host, port, login) {
            (Some(host), Some(port), Ok((config, spa_path))) if problems.is_empty() => Ok(Self {
                config,
                listen: SocketAddr::new(host, port),
                spa_origin,
                spa_path,
                danger_token_in_fragment,
                machine_tokens,
                forward_auth,
            }),
            (_, _, login) => Err(SettingsError(login.err().unwrap_or_default().into_iter().chain(problems).collect())),
        }
    }
}

/// Why the gateway does not start: one line for each setting that is missing or wrong, with the fix, and without the value of a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(Vec<String>);

impl SettingsError {
    /// The lines, each of which begins with the name of a variable.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for SettingsError {}

/// The origin of a single-page application, as browsers serialize it (RFC 6454 §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaOrigin(String);

impl SpaOrigin {
    fn parse(text: &str) -> Result<Self, String> {
        let fix = "SPA_ORIGIN: must be an origin, `https://app.example` (http on loopback only), without path or query";
        let url = Url::parse(text).map_err(|_| fix)?;
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let is_protected = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if is_bare && is_protected { Ok(Self(url.origin().ascii_serialization())) } else { Err(fix.to_owned()) }
    }

    /// `scheme://host[:port]`, in lower case and without a default port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn note<T>(problems: &mut Vec<String>, result: Result<T, String>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn non_empty(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

/// `true` or `false`; false if it is not set.
fn switch(name: &str, value: Option<&str>) -> Result<bool, String> {
    match non_empty(value) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(format!("{name}: must be true or false")),
    }
}

#[cfg(test)]
mod tests;
