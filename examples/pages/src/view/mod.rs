//! What the pages show, as plain values: created from a [`User`](zitadel_core::User), or directly in a test.

mod fact;
mod grant;
mod moment;
mod person;
mod session;
mod user_session;

#[cfg(test)]
pub(crate) use self::person::{Organization, initials, picture};
pub(crate) use self::{
    fact::{Fact, Value},
    grant::Grant,
    moment::Moment,
    person::Person,
    session::Session,
    user_session::UserSession,
};
