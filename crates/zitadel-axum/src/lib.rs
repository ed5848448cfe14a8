#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod endpoints;
mod enforce;
mod protected;
mod public;
mod translate;
mod user;

pub use axum::BoxError;
pub use zitadel_core::{ConfigError, Pages, Problem, RoleKey, Roles, Zitadel, config::ListenAddress};

pub use crate::{
    endpoints::{endpoints, healthz, readyz},
    enforce::{Authenticate, Authenticated, Require, Requiring, authenticate, require_role, require_user},
    protected::Protected,
    public::{AsHandler, AsService, Fileable, Filed, Public, PublicExt},
    user::{Denied, Role, User},
};
