//! A real browser: what no other test can see, such as the back button, two tabs, and pages without JavaScript.
//!
//! `cargo test -p behaviours --test browser -- --ignored`; with `SCREENSHOTS=1` pictures of every page come with it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken expectation ends the test"
)]
#![allow(clippy::duplicate_mod, reason = "each visit is compiled once per framework, on purpose")]

#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/gallery.rs"]
mod gallery;

macro_rules! on {
    ($framework:ident) => {
        #[path = "browser"]
        mod $framework {
            use behaviours::subject::$framework as subject;

            mod visits;
        }
    };
}

on!(axum);
on!(actix);
