//! `UrlError`: what is wrong with a URL.

/// Why a URL names no store. No part of the URL is repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with another scheme.
    #[error(
        "the scheme must be redis, redis+sentinel or redis+cluster, or with TLS rediss, rediss+sentinel or rediss+cluster"
    )]
    Scheme,
    /// User or password is not percent-encoded UTF-8.
    #[error("user or password is not percent-encoded UTF-8")]
    Credentials,
    /// A host is missing, or its port is not a number from 1 to 65535.
    #[error(
        "a host is missing, or its port is not a number from 1 to 65535; in user and password, write `/`, `?` and `%` as \
         %2F, %3F and %25"
    )]
    Host,
    /// Several hosts, without a scheme that says what they are.
    #[error("several hosts need the scheme redis+sentinel or redis+cluster")]
    Hosts,
    /// The database is not a number.
    #[error("the database must be a number from 0 to 65535")]
    Database,
    /// A cluster has one database.
    #[error("a cluster has no numbered databases: end the URL after the hosts")]
    ClusterDatabase,
    /// The master's name is missing.
    #[error("the name of the master is missing: redis+sentinel://host1,host2/NAME")]
    Master,
    /// An unknown parameter, one that is given twice, or one of Sentinel without it.
    #[error(
        "the parameters are prefix, timeout_ms and ca_file, and with Sentinel sentinel_username and sentinel_password; \
         one of those given is not known here, or is there twice"
    )]
    Parameter,
    /// A parameter has a value that it cannot have.
    #[error("timeout_ms must be 100 to 5000, and no parameter may be empty")]
    ParameterValue,
    /// A certificate authority without TLS.
    #[error("ca_file is without effect: the scheme is one without TLS")]
    CaWithoutTls,
    /// The file of `ca_file` cannot be read.
    #[error("ca_file names a file that cannot be read")]
    CaUnreadable,
    /// The root certificates are not PEM.
    #[error("the root certificates are not PEM, or one of them is not valid X.509")]
    CaInvalid,
}
