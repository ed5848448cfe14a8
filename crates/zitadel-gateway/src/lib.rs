#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access_log;
mod app;
mod args;
pub mod check;
mod config;
mod description;
mod error;
pub mod forward_auth;
mod gateway;
mod login;
mod machine_token;
mod request_id;
mod serve;
mod settings;
mod token_check;

pub use crate::{
    app::app,
    args::ServeArgs,
    error::{ApiError, json_errors},
    machine_token::MachineTokenSettings,
    request_id::RequestId,
    serve::serve,
    settings::{Settings, SettingsError, SpaOrigin},
};
