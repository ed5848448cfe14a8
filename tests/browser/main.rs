//! What only a real browser shows: the back button, two tabs, two ports, pages without JavaScript.
//!
//! `cargo test -p behaviours --test browser -- --ignored`; with `SCREENSHOTS=1` also screenshots of every page.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken expectation ends the test"
)]
#![allow(clippy::duplicate_mod, reason = "each scenario is compiled once per framework")]

mod driver;
mod gallery;
mod one_host;
mod single_page_app;

macro_rules! on {
    ($framework:ident) => {
        #[path = "."]
        mod $framework {
            use behaviours::subject::$framework as subject;

            mod scenarios;
        }
    };
}

on!(axum);
on!(actix);
on!(rocket);
