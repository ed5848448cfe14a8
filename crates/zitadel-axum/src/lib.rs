#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod endpoints;
mod enforce;
mod protected;
#[cfg(feature = "proxy")]
mod proxy;
mod public;
mod translate;
mod user;

pub use zitadel_core as core;
#[doc(inline)]
pub use zitadel_core::{
    AccessTokenInfo, Authentication, Config, ConfigBuilder, ConfigError, EndSessionForm, Endpoint, ErrorCode,
    ErrorPage, LoginOptions, Organization, Pages, Policy, Principal, Prompt, Reply, RequestHead, Requirement, ReturnTo,
    RoleKey, RoleView, Roles, Secret, SessionInfo, SessionMode, Timestamp, TokenExchange, UserSession, UserTokenError,
    Zitadel, ZitadelBuilder, roles,
};

pub use crate::{
    endpoints::{endpoints, healthz, readyz},
    enforce::{
        AuthLayer, AuthService, RequireLayer, RequireService, ResponseFuture, authenticate, require, require_role,
        require_user,
    },
    protected::Protected,
    public::{AsHandler, AsService, Entry, IntoEntry, Public, PublicExt},
    translate::{Answer, Head, finish},
    user::{AccessToken, Authorized, Bearer, Denied, Role, User},
};
