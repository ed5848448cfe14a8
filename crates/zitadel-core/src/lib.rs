#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod boundary;
pub mod config;
pub mod edge;

mod access;
mod error;
mod flow;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod pages;
mod problem;
mod protocol;
mod roles;
mod secret;
mod session;
mod table;
mod time;
mod user;
mod visitor;
mod zitadel;

#[doc(inline)]
pub use crate::{
    boundary::{Admission, Authentication, Put, Reply, RequestHead, Required, ReturnTo},
    config::{Config, ConfigBuilder, ConfigError},
    error::{Error, Refusal},
    pages::Pages,
    problem::Problem,
    protocol::{ClientAuthentication, LoginOptions, Prompt, SigningAlgorithm},
    roles::{OrganisationRoles, RoleKey, Roles},
    secret::Secret,
    time::Timestamp,
    user::{AccessTokenKind, Organisation, SessionInfo, User},
    visitor::Visitor,
    zitadel::{Endpoint, MAX_FORM, Zitadel},
};
