//! `ListenAddress`: where a sample application listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{env, error::ConfigError, vars::Vars};

/// Reads `HOST` and `PORT`: one rule for all sample applications. The engine itself listens nowhere.
///
/// `HOST` is an IP address or `localhost`; default 127.0.0.1, so that nobody else can connect until somebody says
/// so (`0.0.0.0`, `::`). `PORT` is 0 to 65535, 0 being any free port; default 3000.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a name for two functions; there is no value of it")]
pub enum ListenAddress {}

impl ListenAddress {
    /// From this process's environment.
    ///
    /// # Errors
    ///
    /// `HOST` or `PORT` is set to something else.
    pub fn from_env() -> Result<SocketAddr, ConfigError> {
        of(Vars::of_process())
    }

    /// From variables somebody gives.
    ///
    /// ```
    /// use zitadel_core::config::ListenAddress;
    /// assert_eq!(ListenAddress::from_vars([("PORT", "8080")])?.to_string(), "127.0.0.1:8080");
    /// # Ok::<(), zitadel_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `HOST` or `PORT` is set to something else.
    pub fn from_vars(
        vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<SocketAddr, ConfigError> {
        of(Vars::given(vars))
    }
}

fn of(mut vars: Vars) -> Result<SocketAddr, ConfigError> {
    let host = match vars.plain(env::HOST).as_deref() {
        None | Some("localhost") => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(host) => {
            let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
            bare.parse().ok().or_else(|| vars.problems.add_named(env::HOST, "must be an IP address or `localhost`"))
        }
    };
    let port = match vars.plain(env::PORT) {
        None => Some(3000),
        Some(port) => {
            port.parse().ok().or_else(|| vars.problems.add_named(env::PORT, "must be a number from 0 to 65535"))
        }
    };
    match (host, port) {
        (Some(host), Some(port)) => Ok(SocketAddr::new(host, port)),
        _ => Err(vars.into_error()),
    }
}
