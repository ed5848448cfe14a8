//! What only a real proxy shows: nginx with the defaults of its Debian package, which are 8 KiB for a line of a request and
//! one page of memory, 4 KiB, for all headers of a response.
//!
//! `cargo test --workspace --test nginx -- --ignored`
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![allow(clippy::duplicate_mod, reason = "each scenario is compiled once per framework")]

mod server;

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
