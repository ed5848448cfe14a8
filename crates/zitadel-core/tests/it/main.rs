//! Conversations of an application with its provider, and what is left in cookies and store.
//!
//! The emulator is the transport and the clock is moved: no test waits, and only `connections`, `proxies` and `reqwest_transport` open sockets. One
//! binary, because linking one per file takes longer than the tests.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]

mod access_token;
mod authentication;
mod back_channel_logout;
mod bearer;
mod callback;
mod callback_repeats;
mod client_authentication;
mod concurrent_starts;
#[cfg(feature = "reqwest")]
mod connections;
mod cookies;
mod cross_site;
mod degraded;
mod ended_sessions;
mod endpoints;
#[expect(clippy::disallowed_methods, reason = "reads the source tree")]
mod env_example;
mod finished_logins;
mod id_token;
mod internal_address;
mod keys;
mod login;
mod login_options;
mod logout;
mod logout_races;
#[cfg(feature = "metrics")]
mod metrics;
mod one_host;
mod open_redirects;
mod other_host;
mod outages;
mod persistent_sessions;
mod provider_responses;
#[cfg(feature = "reqwest")]
#[expect(clippy::disallowed_methods, reason = "runs itself again with other variables")]
mod proxies;
#[cfg(feature = "internals")]
#[expect(clippy::disallowed_methods, reason = "reads the recordings")]
mod recordings;
mod refresh;
mod refresh_failures;
mod refresh_races;
mod refused_logins;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod return_to;
mod rolling_deployment;
mod sealed_formats;
mod service_account;
mod session;
mod session_size;
mod spans;
mod stale_claims;
mod step_up;
mod store_contents;
mod store_outages;
mod stored_sessions;
mod stored_sessions_ends;
mod stored_sessions_list;
mod stored_sessions_modes;
mod stored_sessions_outages;
mod support;
mod token_endpoint_load;
mod token_exchange;
mod user_info;
