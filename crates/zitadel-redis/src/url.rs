//! `Address`: where the servers are and how they are reached, from a URL.
//!
//! 1. `redis://[[user]:password@]host[:port][/db]`: one server.
//! 2. `redis+sentinel://[[user]:password@]host[:port],…/master[/db]`: the sentinels, and the name of the master.
//! 3. `redis+cluster://[[user]:password@]host[:port],…`: some nodes of a cluster; the others are found through them.
//! 4. `rediss…` is the same over TLS, to sentinels and cluster nodes too.
//! 5. User and password are percent-decoded. They are those of the servers; those of sentinels are in the query.
//! 6. What is not known is an error: a parameter with a typing error must not be without effect.
//!
//! `url::Url` reads one host only, so that rules 2 and 3 are read here.

mod authority;
mod error;
mod query;
#[cfg(test)]
mod tests;

use std::fmt;

use zitadel_core::Secret;

pub use self::error::UrlError;
use self::{authority::Authority, query::Query};

/// Host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// Who this client is.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret<String>>,
}

/// How the servers work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Topology {
    Single,
    Sentinel { master: String, credentials: Credentials },
    Cluster,
}

/// A parsed URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) topology: Topology,
    pub(crate) tls: bool,
    /// At least one; exactly one for [`Topology::Single`].
    pub(crate) hosts: Vec<Host>,
    pub(crate) credentials: Credentials,
    pub(crate) database: i64,
}

/// Settings of the store that a URL may hold, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) key_prefix: Option<String>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) ca_file: Option<String>,
}

/// Rules 1 to 6.
pub(crate) fn parse(url: &str) -> Result<(Address, Parameters), UrlError> {
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::Scheme)?;
    let (name, tls) = match scheme.strip_prefix("rediss") {
        Some(name) => (name, true),
        None => (scheme.strip_prefix("redis").ok_or(UrlError::Scheme)?, false),
    };
    if !matches!(name, "" | "+sentinel" | "+cluster") {
        return Err(UrlError::Scheme);
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let default_port = if name == "+sentinel" { 26_379 } else { 6_379 };
    let Authority { credentials, hosts } = authority::parse(authority, default_port)?;
    let Query { sentinel, parameters } = query::parse(query)?;
    let (topology, database) = match name {
        "+sentinel" => {
            let (master, database) = path.split_once('/').unwrap_or((path, ""));
            if master.is_empty() {
                return Err(UrlError::Master);
            }
            let master = authority::decode(master).ok_or(UrlError::Master)?;
            (Topology::Sentinel { master, credentials: sentinel }, parse_database(database)?)
        }
        _ if sentinel != Credentials::default() => return Err(UrlError::Parameter),
        "+cluster" if path.is_empty() => (Topology::Cluster, 0),
        "+cluster" => return Err(UrlError::ClusterDatabase),
        _ if hosts.len() > 1 => return Err(UrlError::Hosts),
        _ => (Topology::Single, parse_database(path)?),
    };
    if parameters.ca_file.is_some() && !tls {
        return Err(UrlError::CaWithoutTls);
    }
    Ok((Address { topology, tls, hosts, credentials, database }, parameters))
}

fn parse_database(text: &str) -> Result<i64, UrlError> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse::<u16>().map(i64::from).map_err(|_| UrlError::Database)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The name of the user may be the password, if the `:` before it was forgotten.
        f.debug_struct("Credentials")
            .field("user", &self.user.is_some())
            .field("password", &self.password.is_some())
            .finish()
    }
}
