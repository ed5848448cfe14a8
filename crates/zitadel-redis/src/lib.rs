#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod commands;
mod connect;
mod connection;
mod failure;
mod store;
mod subscription;
mod url;

pub use self::{
    builder::{DEFAULT_KEY_PREFIX, DEFAULT_TIMEOUT, RedisStoreBuilder},
    store::RedisStore,
    url::UrlError,
};
