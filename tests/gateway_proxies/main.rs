//! The gateway behind nginx and Caddy, each with its sample configuration: two gateways that share a store, and an application that
//! answers with what it received.
//!
//! `cargo test -p behaviours --test gateway-proxies -- --ignored`. The programs are those of the variables `NGINX`, `CADDY`,
//! `CHROMIUM` and `CHROMEDRIVER`, or found in `PATH`.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken expectation ends the test"
)]
#![allow(clippy::duplicate_mod, reason = "each scenario is compiled once per proxy")]

#[path = "../browser/driver.rs"]
#[expect(dead_code, reason = "the scenario in a browser needs a part of it")]
mod driver;
mod gateway;
mod other_proxies;
mod server;
mod site;
mod upstream;

macro_rules! behind {
    ($proxy:ident, $kind:ident) => {
        #[path = "."]
        mod $proxy {
            const PROXY: crate::server::Kind = crate::server::Kind::$kind;

            mod ambiguous_paths;
            mod browser;
            mod identity;
            mod open_redirects;
            mod outages;
            mod policies;
            mod sessions;
            mod smuggling;
        }
    };
}

behind!(nginx, Nginx);
behind!(caddy, Caddy);
