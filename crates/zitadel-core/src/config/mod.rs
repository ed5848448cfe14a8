//! `Config`: parsed once, valid from then on.
//!
//! Every value in it can be used as it is: code that holds a `Config` need not check anything again. It comes from
//! the builder, from the environment, or from variables that a test gives; all three run the same checks, and a
//! failure lists every problem at once. There is no "development mode": what is only right on a developer's
//! machine follows from addresses (http on loopback), and what is never right needs a method named `danger_…`.

mod builder;
mod check;
mod configured_client;
pub mod env;
mod error;
mod parts;
mod paths;
mod process;
mod scopes;
mod secrets;
mod service_account;
mod setting_name;
mod settings;
mod uri;
mod vars;

pub use self::{
    builder::ConfigBuilder,
    configured_client::ConfiguredClient,
    error::{ConfigError, ConfigProblem},
    parts::{Config, SessionMode, UserInfoSource},
};
pub(crate) use self::{
    check::check_pages,
    parts::{ApiConfig, ClientConfig, LoginConfig, ProviderConfig, ServiceAccountConfig, ServiceAccountCredential},
};

#[cfg(test)]
mod tests;
