//! Whole flows, as an application and a browser see them.
//!
//! `#[cfg(test)]` on every module tells clippy that the helpers in it are tests too.

#[cfg(test)]
mod authorize;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod client_authentication;
#[cfg(test)]
mod code;
#[cfg(test)]
mod control;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod end_session;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod introspect;
#[cfg(feature = "server")]
#[cfg(test)]
mod listener;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod revoke;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod user_info;
