#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod endpoints;
mod enforce;
mod protected;
mod public;
mod settings;
mod translate;
mod user;

pub use zitadel_core::{ConfigError, Pages, Problem, RoleKey, Roles, Zitadel, config::ListenAddress};

pub use crate::{
    endpoints::{healthz, readyz},
    protected::Protected,
    public::{Fileable, Filed, ForRole, Public, PublicExt},
    settings::{SettingsError, from_figment},
    user::{Denied, Role, User},
};

/// Any error, for a `main` that starts several things.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
