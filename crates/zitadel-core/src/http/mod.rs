//! What crosses between a web framework and the engine.
//!
//! Two small owned structs, [`RequestHead`] in and [`Reply`] out, instead of the `http` crate's types: actix-web 4
//! uses `http` 0.2, axum `http` 1, Rocket neither. The list of what authentication may depend on is short, is written
//! down in one place, and a test builds it in one line.

mod authorization;
#[cfg(feature = "login")]
pub(crate) mod cookie;
mod cookie_lines;
mod loopback;
mod reply;
mod request_head;
mod response_headers;
#[cfg(feature = "login")]
pub(crate) mod return_to;
#[cfg(feature = "login")]
pub(crate) mod same_origin;

pub(crate) use self::authorization::{BearerToken, bearer_token, only_bearer_token};
#[cfg(feature = "login")]
pub use self::return_to::ReturnTo;
pub use self::{loopback::is_loopback, reply::Reply, request_head::RequestHead, response_headers::ResponseHeaders};
