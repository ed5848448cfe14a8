//! Whole flows, as an application and a browser see them.

mod authorize;
#[cfg(test)] // so that clippy knows these helpers are tests too
mod browser;
mod claims;
mod client_authentication;
mod code;
mod control;
mod discovery;
mod end_session;
mod faults;
mod introspect;
#[cfg(feature = "server")]
mod listener;
mod pages;
mod refresh;
mod revoke;
mod settings;
mod signatures;
mod user_info;
