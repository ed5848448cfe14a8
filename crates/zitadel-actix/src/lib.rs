#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod endpoints;
mod enforce;
pub mod guard;
mod protected;
mod public;
mod translate;
mod user;

pub use zitadel_core::{ConfigError, Pages, Problem, RoleKey, Roles, Zitadel, config::ListenAddress};

pub use crate::{
    endpoints::{endpoints, healthz, readyz},
    enforce::{Authenticate, Authenticated, Require, Requiring, authenticate, require_role, require_user},
    protected::Protected,
    public::{AsConfiguration, AsService, Fileable, Filed, Public, PublicExt},
    user::{Denied, Role, User},
};

/// Any error: what `main` returns when something of the framework or of ours goes wrong.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
