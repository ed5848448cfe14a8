//! The flows: one file per verb. Each reads like its specification and alternates pure steps with effects.

pub(crate) mod access_token;
pub(crate) mod authenticate;
#[cfg(feature = "login")]
pub(crate) mod back_channel_logout;
pub(crate) mod bearer;
#[cfg(feature = "login")]
pub(crate) mod callback;
#[cfg(feature = "login")]
mod end_session;
#[cfg(feature = "login")]
pub(crate) mod form;
mod keys;
#[cfg(feature = "login")]
pub(crate) mod login;
#[cfg(feature = "login")]
pub(crate) mod logout;
#[cfg(feature = "login")]
pub(crate) mod logout_callback;
pub(crate) mod readiness;
#[cfg(feature = "login")]
pub(crate) mod redeem;
#[cfg(feature = "login")]
mod refresh;
pub(crate) mod service_account;
#[cfg(feature = "login")]
pub(crate) mod session_endpoint;
#[cfg(feature = "login")]
pub(crate) mod step_up;
pub(crate) mod token_exchange;
#[cfg(feature = "login")]
mod tokens;
#[cfg(feature = "login")]
pub(crate) mod user_info;
#[cfg(feature = "login")]
pub(crate) mod user_sessions;
