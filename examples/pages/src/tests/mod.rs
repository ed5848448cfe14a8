//! What people see, checked on whole pages.

mod gallery;
pub(crate) mod sample;
