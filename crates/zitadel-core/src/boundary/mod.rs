//! What crosses between a web framework and the engine.
//!
//! Two small owned structs, [`RequestHead`] in and [`Reply`] out, and not the `http` crate's types:
//! actix-web 4 speaks `http` 0.2, axum `http` 1, Rocket neither. A list of what authentication may look at
//! is shorter than any of them, shows in one place what it depends on, and is built by a test in one line.

pub(crate) mod authentication;
pub(crate) mod cookie;
pub(crate) mod reply;
pub(crate) mod request_head;
pub(crate) mod return_to;
pub(crate) mod same_origin;

pub use self::{
    authentication::{Admission, Authentication, Put, Required},
    reply::Reply,
    request_head::RequestHead,
    return_to::ReturnTo,
};
