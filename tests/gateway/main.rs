//! The gateway over sockets, with an emulator as provider: what browsers, single-page applications and programs see.

mod harness;
mod login;
mod machine_token;
mod one_time_code;
mod replicas;
mod requests;
mod token_check;
mod zitauth;
