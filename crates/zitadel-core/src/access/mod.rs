//! Who sent a request, and whether a route may serve them: one decision, in one place.

mod authenticated;
mod authentication;
mod decide;
mod denied;
#[cfg(feature = "login")]
mod late_cookies;
mod principal;
mod requirement;
#[cfg(feature = "login")]
mod to_login;

pub(crate) use self::principal::PrincipalAndCookies;
pub use self::{
    authentication::Authentication,
    denied::Denied,
    principal::Principal,
    requirement::{Policy, Requirement},
};
