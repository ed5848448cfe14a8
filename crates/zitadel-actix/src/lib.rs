#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod endpoints;
mod enforce;
pub mod guard;
mod protected;
mod public;
mod translate;
mod user;

pub use zitadel_core as core;
#[doc(inline)]
pub use zitadel_core::{
    AccessTokenInfo, Authentication, Config, ConfigBuilder, ConfigError, Endpoint, ErrorCode, ErrorPage, Organization,
    Policy, Principal, Reply, RequestHead, Requirement, RoleKey, RoleView, Roles, Secret, Timestamp, TokenExchange,
    UserTokenError, Zitadel, ZitadelBuilder, roles,
};
#[cfg(feature = "login")]
#[doc(inline)]
pub use zitadel_core::{EndSessionForm, LoginOptions, Pages, Prompt, ReturnTo, SessionInfo, SessionMode, UserSession};

pub use crate::{
    endpoints::{endpoints, healthz, readyz},
    enforce::{
        AuthMiddleware, AuthService, RequireMiddleware, RequireService, authenticate, require, require_role,
        require_user,
    },
    protected::Protected,
    public::{AsConfiguration, AsService, Entry, IntoEntry, Public, PublicExt},
    translate::{Answer, Head},
    user::{AccessToken, Authorized, Bearer, Denied, Role, User},
};
