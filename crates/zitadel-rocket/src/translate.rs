//! Turns Rocket's types into the engine's and back.

use std::{borrow::Cow, convert::Infallible, io::Cursor, sync::atomic::Ordering::Relaxed};

use rocket::{
    Request, Response,
    http::{Header, Status},
    outcome::Outcome,
    request::{self, FromRequest},
    response::{self, Responder},
};
use zitadel_core::{Authentication, Reply, RequestHead, ResponseHeaders};

use crate::enforce::{RequestState, state};

/// The part of a request that the engine depends on, as a request guard: to call a method of
/// [`Zitadel`](crate::Zitadel) that takes a [`RequestHead`].
///
/// ```
/// use rocket::{State, get};
/// use zitadel_rocket::{Answer, Head, LoginOptions, Prompt, Zitadel};
///
/// /// "Sign in with another account".
/// #[get("/switch")]
/// async fn switch_account(zitadel: &State<Zitadel>, head: Head) -> Answer {
///     let options = LoginOptions::new().prompt(Prompt::SelectAccount);
///     Answer(zitadel.login(&head.0, &options, None).await)
/// }
/// ```
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper to take apart")]
pub struct Head(pub RequestHead);

/// A [`Reply`] of the engine, as a handler's response.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper to make")]
pub struct Answer(pub Reply);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Head {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        Outcome::Success(Self(head(request, state(request))))
    }
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Ok(response(self.0, state(request)))
    }
}

pub(crate) fn head(request: &Request<'_>, state: &RequestState) -> RequestHead {
    let uri = request.uri();
    let target = match (state.target.get(), uri.query()) {
        (Some(target), _) => Cow::Borrowed(target.as_str()),
        (None, Some(query)) => Cow::Owned([uri.path().as_str(), query.as_str()].join("?")),
        (None, None) => Cow::Borrowed(uri.path().as_str()),
    };
    let mut head = RequestHead::new(request.method().as_str(), &target);
    for header in request.headers().iter() {
        head.header(header.name().as_str(), header.value().as_bytes());
    }
    head
}

/// Headers of the engine that Rocket's Shield sets too, by default or when configured, and the temporary name of each.
///
/// Shield warns twice per request about each of its headers that is already set. So these have a temporary name until
/// Shield has run, and then replace its value: `DENY` instead of `SAMEORIGIN`, and never a referrer policy that makes
/// browsers post the engine's forms with `Origin: null`. Without a Shield they are set in the same way. They are kept in
/// the response itself, so that they are discarded with it.
const SHIELDED: [(&str, &str); 3] = [
    ("x-content-type-options", "zitadel-content-type-options"),
    ("x-frame-options", "zitadel-frame-options"),
    ("referrer-policy", "zitadel-referrer-policy"),
];

/// The response; some headers have a temporary name until [`finish_shielded`].
pub(crate) fn response(reply: Reply, state: &RequestState) -> Response<'static> {
    state.replied.store(true, Relaxed);
    let mut response = Response::new();
    response.set_status(Status::new(reply.status));
    let mut headers = Headers(&mut response);
    for (name, value) in reply.headers {
        let temporary = SHIELDED.iter().find(|(shielded, _)| *shielded == name).map(|(_, temporary)| *temporary);
        headers.append(temporary.unwrap_or(name), Cow::Owned(value));
    }
    response.set_sized_body(reply.body.len(), Cursor::new(reply.body));
    response
}

/// Replaces the temporary names that [`response`] gave to some headers.
pub(crate) fn finish_shielded(response: &mut Response<'_>) {
    for (name, temporary) in SHIELDED {
        if let Some(value) = response.headers().get_one(temporary).map(str::to_owned) {
            response.remove_header(temporary);
            response.set_raw_header(name, value);
        }
    }
}

/// Sets what a response to this request must carry.
pub(crate) fn finish(authentication: &Authentication, response: &mut Response<'_>) {
    authentication.apply_to(&mut Headers(response));
}

struct Headers<'h, 'r>(&'h mut Response<'r>);

impl ResponseHeaders for Headers<'_, '_> {
    fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.0.headers().get(name).map(str::as_bytes)
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        // A value that cannot be sent would make the whole response fail. Those that are borrowed are ours.
        if matches!(value, Cow::Borrowed(_)) || Header::is_valid_value(&value, true) {
            self.0.adjoin_raw_header(name, value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        self.0.remove_header(name);
    }

    // For nearly every response. Rocket hashes a name byte by byte; comparing it with the few names of a response is cheaper.

    fn append_unique(&mut self, name: &'static str, value: &'static str) {
        if !self.0.headers().iter().any(|known| known.name() == name && known.value() == value) {
            self.append(name, Cow::Borrowed(value));
        }
    }

    fn set_default(&mut self, name: &'static str, value: &'static str) {
        if !self.0.headers().iter().any(|known| known.name() == name) {
            self.append(name, Cow::Borrowed(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn the_target_is_what_the_client_sent() {
        let client = Client::untracked(rocket::custom(rocket::Config::figment().merge(("log_level", "off")))).unwrap();
        for target in ["/a/%73?b=%2F&c=%zz&&d", "/a/%73", "/a?", "/?b"] {
            let head = head(client.patch(target).inner(), &RequestState::default());
            assert_eq!((head.method(), head.target()), ("PATCH", target));
        }
    }

    #[test]
    fn every_header_of_a_reply_is_appended_and_an_impossible_one_is_left_out() {
        let reply = Reply {
            status: 302,
            headers: vec![
                ("set-cookie", "a=1".to_owned()),
                ("set-cookie", "b=2".to_owned()),
                ("x-frame-options", "DENY".to_owned()),
                ("location", "/a\r\nset-cookie: c=3".to_owned()),
            ],
            body: String::new(),
        };
        let mut response = response(reply, &RequestState::default());
        assert_eq!(response.status().code, 302);
        assert_eq!(response.headers().get("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(!response.headers().contains("location"));
        assert!(!response.headers().contains("x-frame-options"));
        response.set_raw_header("X-Frame-Options", "SAMEORIGIN");
        finish_shielded(&mut response);
        assert_eq!(response.headers().get("x-frame-options").collect::<Vec<_>>(), ["DENY"]);
        assert!(!response.headers().iter().any(|header| header.name().starts_with("zitadel")));
    }
}
