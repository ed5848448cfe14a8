//! The engine behind `zitadel-axum`, `zitadel-actix` and `zitadel-rocket`.
#![forbid(unsafe_code)]

pub mod boundary;
mod error;
mod pages;
mod problem;
mod protocol;
mod roles;
mod secret;
mod session;
mod time;
mod user;
mod zitadel;

pub use crate::{
    boundary::{Admission, Authentication, Reply, RequestHead, Required, ReturnTo},
    error::Refusal,
    pages::Pages,
    problem::Problem,
    protocol::{LoginOptions, Prompt, SigningAlgorithm},
    roles::{OrganisationRoles, RoleKey, Roles},
    secret::Secret,
    time::Timestamp,
    user::{AccessTokenKind, Organisation, SessionInfo, User},
    zitadel::{Endpoint, Zitadel},
};
