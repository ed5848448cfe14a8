#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access_log;
mod app;
mod args;
pub mod check;
mod config;
mod error;
pub mod forward_auth;
mod request_id;
mod serve;
mod settings;

pub use crate::{
    app::app,
    args::ServeArgs,
    error::{ApiError, json_errors},
    request_id::RequestId,
    serve::serve,
    settings::{Settings, SettingsError, SpaOrigin},
};
