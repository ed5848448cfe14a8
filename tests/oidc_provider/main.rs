//! What only another provider shows: npm `oidc-provider`, which revokes all tokens of a code that comes twice. The emulator
//! counts requests; here a code that was sent twice ends the session.
//!
//! `cargo xtask test` installs it; then `cargo test --workspace --test oidc-provider -- --ignored`
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![allow(clippy::duplicate_mod, reason = "each scenario is compiled once per framework")]

mod provider;
mod revocation;

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
