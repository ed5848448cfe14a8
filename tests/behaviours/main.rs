//! What browsers and programs see, compiled once per framework: headers, cookies, bodies, methods, paths and sockets, which
//! a framework could change. What the engine answers is tested in `crates/zitadel-core/tests`.
//!
//! Every `#[test]` in a file of this folder runs for every framework; `build.rs` finds the files.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![allow(clippy::duplicate_mod, reason = "each behaviour is compiled once per framework")]

/// The same code for every framework, and parity compares the pages: on axum only.
#[path = "content/profile.rs"]
mod profile;

macro_rules! on {
    ($framework:ident) => {
        mod $framework {
            use behaviours::subject::$framework as subject;

            include!(concat!(env!("OUT_DIR"), "/behaviours.rs"));
        }
    };
}

on!(axum);
on!(actix);
on!(rocket);
// axum again, with sessions in the store.
on!(stored);
