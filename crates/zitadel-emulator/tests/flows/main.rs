//! End-to-end flows of a client and a browser.
//!
//! With `#[cfg(test)]` on the modules, clippy's `allow-*-in-tests` settings also apply to helper functions.

#[cfg(test)]
mod authorize;
#[cfg(test)]
mod backchannel_delivery;
#[cfg(test)]
mod backchannel_logout;
#[cfg(feature = "server")]
#[cfg(test)]
mod backchannel_requests;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod client_authentication;
#[cfg(test)]
mod code;
#[cfg(test)]
mod control;
#[cfg(test)]
mod device;
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
mod login_v1;
#[cfg(test)]
mod logout_tokens;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod personal_access_tokens;
#[cfg(test)]
mod private_key_jwt;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod revoke;
#[cfg(test)]
mod service_accounts;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token_exchange;
#[cfg(test)]
mod user_info;
