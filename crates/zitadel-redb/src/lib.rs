#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod announcements;
mod builder;
mod database;
mod entries;
mod failure;
mod lifetime;
mod open_error;
mod reader;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use self::{
    builder::{DEFAULT_CAPACITY, DEFAULT_TIMEOUT, RedbStoreBuilder},
    open_error::OpenError,
    store::RedbStore,
};
