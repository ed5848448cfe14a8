//! `Config`: parsed once, valid from then on.
//!
//! Every value in it can be used as it is: code that holds a `Config` need not check anything again. It comes from
//! the builder, from the environment, or from variables that a test gives; all three run the same checks, and a
//! failure lists every problem at once. There is no "development mode": what is only right on a developer's
//! machine follows from addresses (http on loopback), and what is never right needs a method named `danger_…`.

mod builder;
#[cfg(feature = "login")]
mod builder_login;
mod check;
#[cfg(feature = "login")]
mod check_login;
mod client;
mod common;
mod configured_client;
pub mod env;
mod error;
#[cfg(feature = "login")]
mod login;
#[cfg(feature = "login")]
mod login_settings;
mod parts;
#[cfg(feature = "login")]
mod paths;
mod process;
#[cfg(feature = "login")]
mod redirect_uri;
mod scopes;
mod secrets;
mod service_account;
#[cfg(feature = "login")]
mod session_secrets;
mod setting_name;
mod settings;
mod uri;
mod vars;
#[cfg(feature = "login")]
mod vars_login;

#[cfg(feature = "login")]
pub use self::login::{SessionMode, UserInfoSource};
pub use self::{
    builder::ConfigBuilder,
    configured_client::ConfiguredClient,
    error::{ConfigError, ConfigProblem},
    parts::Config,
};
#[cfg(feature = "login")]
pub(crate) use self::{check_login::check_pages, login::LoginConfig};
pub(crate) use self::{
    client::ClientConfig,
    parts::{ApiConfig, ProviderConfig, ServiceAccountConfig, ServiceAccountCredential},
};

#[cfg(test)]
mod tests;
