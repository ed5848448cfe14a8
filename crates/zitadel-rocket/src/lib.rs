#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod endpoints;
mod enforce;
mod protected;
mod public;
mod settings;
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
    endpoints::{healthz, readyz},
    protected::Protected,
    public::{AccessExt, Entry, IntoEntry, Public, PublicExt, Required},
    settings::{SettingsError, from_figment},
    translate::{Answer, Head},
    user::{AccessToken, Authorized, Bearer, Denied, Role, User},
};
