//! `head`, `response` and `finish`: all that turns Rocket's types into the engine's and back.

use std::io::Cursor;

use rocket::{
    Request, Response,
    http::{Header, Status},
    response::{self, Responder},
};
use zitadel_core::{Authentication, Put, Reply, RequestHead};

/// What the engine may know about a request.
pub(crate) fn head(request: &Request<'_>) -> RequestHead {
    let mut head = RequestHead::new(request.method().as_str(), &request.uri().to_string());
    for header in request.headers().iter() {
        head.header(header.name().as_str(), header.value().as_bytes());
    }
    head
}

/// Headers of ours that Rocket's Shield sets too, by default or when asked to, and under which name they wait.
///
/// Shield warns, twice per request, about each it finds. So these wait until it is through, and then the engine's word
/// counts: `DENY` instead of Shield's `SAMEORIGIN`, and never a referrer policy that makes browsers post our forms
/// with `Origin: null`. Without a Shield they are there all the same. They wait on the answer itself: one that somebody
/// throws away takes them along.
const SHIELDED: [(&str, &str); 3] = [
    ("x-content-type-options", "zitadel-content-type-options"),
    ("x-frame-options", "zitadel-frame-options"),
    ("referrer-policy", "zitadel-referrer-policy"),
];

/// The engine's answer; some headers wait under another name for [`finish_shielded`].
pub(crate) fn response(reply: Reply) -> Response<'static> {
    let mut response = Response::build();
    response.status(Status::new(reply.status));
    // A value that could not be sent would cost the whole answer; the engine never words such a line.
    for (name, value) in reply.headers.into_iter().filter(|(_, value)| Header::is_valid_value(value, true)) {
        let waiting = SHIELDED.iter().find(|(shielded, _)| *shielded == name).map(|(_, waiting)| *waiting);
        response.raw_header_adjoin(waiting.unwrap_or(name), value);
    }
    response.sized_body(reply.body.len(), Cursor::new(reply.body)).finalize()
}

/// Gives headers that [`response`] let wait the names they are meant for.
pub(crate) fn finish_shielded(response: &mut Response<'_>) {
    for (name, waiting) in SHIELDED {
        if let Some(value) = response.headers().get_one(waiting).map(str::to_owned) {
            response.remove_header(waiting);
            response.set_raw_header(name, value);
        }
    }
}

/// Puts onto an answer what the session needs, each header in the way the engine says.
pub(crate) fn finish<'r>(authentication: &'r Authentication, response: &mut Response<'r>) {
    for (put, name, value) in authentication.headers() {
        if put == Put::Replace {
            response.remove_header(name);
        }
        if put.adds(value, response.headers().get(name).map(str::as_bytes)) {
            response.adjoin_raw_header(name, value);
        }
    }
}

/// An answer of the engine's, as what a route of ours returns.
pub(crate) struct Answer(pub(crate) Reply);

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Ok(response(self.0))
    }
}

#[cfg(test)]
mod tests {
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn the_engine_sees_the_request_line_as_sent() {
        let client = Client::untracked(rocket::custom(rocket::Config::figment().merge(("log_level", "off")))).unwrap();
        let head = head(client.patch("/a/%73?b=%2F&c=%zz&&d").inner());
        assert_eq!((head.method(), head.target()), ("PATCH", "/a/%73?b=%2F&c=%zz&&d"));
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
        let mut response = response(reply);
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
