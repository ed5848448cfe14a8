//! What people see, checked on whole pages.

mod escaping;
mod gallery;
pub(crate) mod sample;
mod words;
