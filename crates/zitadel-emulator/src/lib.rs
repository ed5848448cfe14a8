#![cfg_attr(feature = "server", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "server"),
    doc = "A development identity provider that behaves like ZITADEL. For tests only."
)]

mod access;
mod answer;
mod claims;
mod client_auth;
mod clock;
mod emulator;
mod endpoint;
mod entropy;
mod fault;
mod grant;
mod incoming;
mod journal;
mod json;
mod key_ring;
mod mint;
mod page;
mod provider;
mod redirect_uri;
mod registry;
mod scope;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod settings;
mod signing;

#[cfg(feature = "server")]
pub use crate::settings::{is_wanted, settings, settings_at};
pub use crate::{
    emulator::{ClientHandle, Dropped, Emulator, EmulatorBuilder},
    fault::{EndpointName, Fault},
    grant::Lifetimes,
    journal::LoggedRequest,
    registry::{
        AccessTokenType, AuthMethod, Client, ClientKind, ClientSecret, GrantType, Organisation, Person, Project,
        UserGrant,
    },
    signing::SigningAlgorithm,
};
