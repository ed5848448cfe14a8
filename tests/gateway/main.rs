//! The gateway over sockets, with an emulator as provider: what browsers, single-page applications and programs see.

mod description;
mod harness;
mod login;
mod machine_token;
mod one_time_code;
mod recorder;
mod replicas;
mod requests;
mod switched_store;
mod token_check;
mod zitauth;
