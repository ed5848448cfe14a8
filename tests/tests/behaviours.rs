//! One list of behaviours, compiled once per framework: a new `#[test]` in any file runs for every one of them.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![allow(clippy::duplicate_mod, reason = "each behaviour is compiled once per framework, on purpose")]

macro_rules! on {
    ($framework:ident) => {
        #[path = "."]
        mod $framework {
            use behaviours::subject::$framework as subject;

            #[path = "behaviours/callback.rs"]
            mod callback;
            #[path = "behaviours/cookies.rs"]
            mod cookies;
            #[path = "behaviours/cross_site.rs"]
            mod cross_site;
            #[path = "behaviours/errors.rs"]
            mod errors;
            #[path = "behaviours/health.rs"]
            mod health;
            #[path = "behaviours/login.rs"]
            mod login;
            #[path = "behaviours/logout.rs"]
            mod logout;
            #[path = "behaviours/pages.rs"]
            mod pages;
            #[path = "behaviours/provider_trouble.rs"]
            mod provider_trouble;
            #[path = "behaviours/public_routes.rs"]
            mod public_routes;
            #[path = "behaviours/refresh.rs"]
            mod refresh;
            #[path = "behaviours/roles.rs"]
            mod roles;
            #[path = "behaviours/secrets.rs"]
            mod secrets;
            #[path = "behaviours/session.rs"]
            mod session;
            #[path = "behaviours/unknown_paths.rs"]
            mod unknown_paths;
        }
    };
}

on!(axum);
