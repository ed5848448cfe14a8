//! The flows: one file per verb. Each reads like its specification and alternates pure steps with effects.

pub(crate) mod access_token;
pub(crate) mod authenticate;
pub(crate) mod back_channel_logout;
mod bearer;
pub(crate) mod callback;
mod end_session;
pub(crate) mod form;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod logout_callback;
pub(crate) mod readiness;
pub(crate) mod redeem;
mod refresh;
pub(crate) mod service_account;
pub(crate) mod session_endpoint;
pub(crate) mod step_up;
pub(crate) mod token_exchange;
mod tokens;
pub(crate) mod user_info;
pub(crate) mod user_sessions;
