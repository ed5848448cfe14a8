//! Tests of whole rendered pages.

mod escaping;
mod gallery;
pub(crate) mod sample;
mod words;
