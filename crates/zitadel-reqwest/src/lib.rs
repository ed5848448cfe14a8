#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bearer_auth;
mod origins;

pub use crate::{
    bearer_auth::{BearerAuth, NoToken, TokensOf},
    origins::OriginError,
};
