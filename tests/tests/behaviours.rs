//! One list of behaviours, compiled once per framework: a new `#[test]` in any file of `behaviours/`, and a new file
//! there, runs for every one of them. `build.rs` finds the files.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![allow(clippy::duplicate_mod, reason = "each behaviour is compiled once per framework, on purpose")]

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
