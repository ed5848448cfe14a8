#![cfg_attr(feature = "server", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "server"),
    doc = "A development OpenID Connect provider that emulates ZITADEL. For tests and demos only."
)]

mod access_token;
mod assertion;
mod backchannel_logout;
mod claims;
mod client_auth;
mod clock;
mod emulator;
mod endpoint;
mod entropy;
mod fault;
mod grant;
mod json;
mod key_ring;
mod login_version;
mod origin;
mod page;
mod provider;
mod redirect_uri;
mod registry;
mod request;
mod request_log;
mod response;
mod scope;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod settings;
mod signing;
mod token_builder;
mod tokens;

#[cfg(feature = "server")]
pub use crate::settings::{configured_variables, is_wanted, settings, settings_at};
pub use crate::{
    backchannel_logout::{BackchannelLogout, DeliveryOutcome, LogoutDelivery, LogoutToken},
    emulator::{ClientHandle, Dropped, Emulator, EmulatorBuilder, ServiceAccountHandle},
    fault::{EndpointName, Fault},
    grant::Lifetimes,
    login_version::LoginVersion,
    registry::{
        AccessTokenType, AssertionKey, AuthFactor, AuthMethod, Client, ClientKind, ClientSecret, GrantType,
        Organization, Person, PersonalAccessToken, Project, ServiceAccount, UserGrant,
    },
    request_log::LoggedRequest,
    signing::SigningAlgorithm,
    token_builder::TokenBuilder,
};
