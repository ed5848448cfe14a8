//! What the behaviour suite and the browser test stand on.
//!
//! [`subject`] starts a sample app and its provider on free ports; [`Browser`] visits it over real sockets, keeps
//! cookies, follows one redirect at a time and reads [`Answer`]s as a person does. [`Wiretap`] and [`Log`] listen
//! in on what must stay secret.
//!
//! A framework joins with one file in `subject/` and one line in `tests/behaviours.rs`, `tests/browser.rs` and
//! `tests/parity.rs`; a behaviour with one file in `tests/behaviours/`, and nothing else.

mod answer;
mod browser;
mod html;
mod jar;
mod log;
pub mod subject;
mod wiretap;

pub use crate::{
    answer::{Answer, SetCookie},
    browser::{Browser, Outgoing},
    html::{Form, text_of},
    log::Log,
    subject::{Setup, Subject},
    wiretap::{Exchange, Wiretap},
};

/// The code in the project's front page and in its guides compiles.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct FrontPage;
    #[doc = include_str!("../../docs/migrating.md")]
    struct Migrating;
}
