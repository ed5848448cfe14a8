//! Support for the tests in `behaviours/`, `parity/` and `browser/`.
//!
//! [`subject`] starts an application and its provider on free ports. [`Browser`] sends requests to it over sockets, keeps
//! cookies, follows one redirect at a time and submits forms; [`Response`] has the assertions. [`RecordingTransport`] and
//! [`Log`] record what must stay secret.
//!
//! A framework is added with one file in `subject/` and one line in each `main.rs`; a behaviour with one file in
//! `behaviours/`.

mod browser;
mod clock;
mod cookie_jar;
mod html;
mod log;
mod port;
mod recording_transport;
mod request;
mod response;
mod set_cookie;
pub mod subject;

pub use crate::{
    browser::Browser,
    clock::MovedClock,
    html::{Form, text_of},
    log::Log,
    port::Port,
    recording_transport::{Exchange, RecordingTransport},
    request::Request,
    response::Response,
    set_cookie::SetCookie,
    subject::{Setup, Subject},
};

/// The code in the README and in the guides compiles.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/apis.md")]
    struct Apis;
    #[doc = include_str!("../../docs/calling-apis.md")]
    struct CallingApis;
    #[doc = include_str!("../../docs/machine-tokens.md")]
    struct MachineTokens;
    #[doc = include_str!("../../docs/policies.md")]
    struct Policies;
    #[doc = include_str!("../../docs/migrating.md")]
    struct Migrating;
    #[doc = include_str!("../../docs/other-providers.md")]
    struct OtherProviders;
    #[doc = include_str!("../../docs/operations.md")]
    struct Operations;
    #[doc = include_str!("../../docs/testing.md")]
    struct Testing;
}
