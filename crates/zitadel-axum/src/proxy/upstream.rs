//! `Upstream`: the API that requests are forwarded to, and the connections to it.
//!
//! # Rules
//!
//! 1. The address is http or https, with a host; without user, query or fragment.
//! 2. What follows the prefix of the route is appended to the path of the address, as it was sent.
//! 3. A path with a segment `.` or `..`, however it is encoded, is not forwarded: it would leave the path of the address.
//! 4. A connection is made within three seconds. An upstream that has the whole request answers within a minute.

use std::{error::Error, fmt, time::Duration};

use axum::{
    body::Body,
    http::{Request, Response, Uri, uri::PathAndQuery},
};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use percent_encoding::percent_decode_str;
use tokio::sync::oneshot;

const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(60);

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Upstream {
    base: Uri,
    client: Client,
}

#[derive(Clone)]
enum Client {
    Http(legacy::Client<HttpConnector, Body>),
    Https(legacy::Client<HttpsConnector<HttpConnector>, Body>),
}

/// Why there is no answer.
pub(super) type Unanswered = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
struct Late;

impl Upstream {
    /// # Errors
    ///
    /// What is wrong with the address (rule 1), or with the certificates of the system.
    pub(super) fn new(address: &str) -> Result<Self, String> {
        let base: Uri = address.parse().map_err(|error| format!("it is not an address: {error}"))?;
        let authority = base.authority().ok_or("it has no host")?;
        if authority.as_str().contains('@') || base.query().is_some() || address.contains('#') {
            return Err("it has a user, a query or a fragment".to_owned());
        }
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new());
        let client = match base.scheme_str() {
            Some("http") => Client::Http(builder.build(connector)),
            Some("https") => {
                connector.enforce_http(false);
                let tls = HttpsConnectorBuilder::new().try_with_platform_verifier();
                let tls = tls.map_err(|error| format!("no certificates are trusted: {error}"))?;
                Client::Https(builder.build(tls.https_only().enable_http1().wrap_connector(connector)))
            }
            _ => return Err("it is neither http nor https".to_owned()),
        };
        Ok(Self { base, client })
    }

    /// Rules 2 and 3. `rest`: the target behind the prefix of the route; `is_prefix`: it was that prefix, without a slash.
    pub(super) fn target(&self, rest: &Uri, is_prefix: bool) -> Option<Uri> {
        if leaves_base(rest.path()) {
            return None;
        }
        let base = self.base.path().trim_end_matches('/');
        let path = match is_prefix {
            true if base.is_empty() => "/".to_owned(),
            true => base.to_owned(),
            false => format!("{base}{}", rest.path()),
        };
        let target = match rest.query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
        Uri::from_parts(parts).ok()
    }

    /// Rule 4.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Unanswered> {
        let (unsent, sent) = oneshot::channel::<()>();
        // The body is dropped when it was sent.
        let request = request.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _ = &unsent;
                frame
            }))
        });
        let limit = async {
            let _ = sent.await;
            tokio::time::sleep(ANSWER).await;
        };
        tokio::select! {
            answer = self.request(request) => Ok(answer?),
            () = limit => Err(Late.into()),
        }
    }

    async fn request(&self, request: Request<Body>) -> Result<Response<Incoming>, legacy::Error> {
        match &self.client {
            Client::Http(client) => client.request(request).await,
            Client::Https(client) => client.request(request).await,
        }
    }
}

/// Rule 3. Servers decode before, or after, they resolve segments; some treat `\` as `/`, or cut off what follows `;`.
fn leaves_base(path: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
        matches!(name, b"." | b"..")
    })
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the upstream did not answer within a minute")
    }
}

impl Error for Late {}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("base", &self.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::http::Method;
    use futures_util::stream;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        time::Instant,
    };

    use super::*;

    fn target(base: &str, rest: &str, is_prefix: bool) -> Option<String> {
        Upstream::new(base).unwrap().target(&rest.parse().unwrap(), is_prefix).map(|uri| uri.to_string())
    }

    #[test]
    fn rule_1_an_address_is_http_or_https_with_a_host() {
        for address in ["http://localhost:8080", "http://127.0.0.1/v1/", "https://orders.example/v1"] {
            assert!(Upstream::new(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "/v1",
            "localhost",
            "ftp://a",
            "ws://a",
            "http://u@a",
            "http://u:p@a",
            "http://a?b",
            "http://a/#b",
            "http://",
        ] {
            assert!(Upstream::new(address).is_err(), "{address}");
        }
    }

    #[test]
    fn rule_2_the_rest_of_the_path_is_appended_as_it_was_sent() {
        let base = "http://a:1/v1";
        for (rest, is_prefix, expected) in [
            ("/orders/%C3%A4?x=%2F&y", false, "http://a:1/v1/orders/%C3%A4?x=%2F&y"),
            ("/", false, "http://a:1/v1/"),
            ("/", true, "http://a:1/v1"),
            ("/?x", true, "http://a:1/v1?x"),
            ("//b", false, "http://a:1/v1//b"),
        ] {
            assert_eq!(target(base, rest, is_prefix).as_deref(), Some(expected), "{rest}");
            assert_eq!(target("http://a:1/v1/", rest, is_prefix).as_deref(), Some(expected), "{rest}");
        }
        assert_eq!(target("http://a", "/", true).as_deref(), Some("http://a/"));
        assert_eq!(target("http://a", "/b", false).as_deref(), Some("http://a/b"));
    }

    #[test]
    fn rule_3_no_path_leaves_the_base() {
        for rest in
            ["/..", "/../x", "/a/../../x", "/%2e%2E/x", "/.%2e", "/..%2fx", "/a%5c..%5cx", "/./x", "/..;/x", "/a/."]
        {
            assert_eq!(target("http://a/v1", rest, false), None, "{rest}");
        }
        for rest in ["/...", "/..a", "/a..b/.well-known", "/a?b=/../c"] {
            assert!(target("http://a/v1", rest, false).is_some(), "{rest}");
        }
    }

    /// What `send` gives where the upstream reads the head of the request and, if it should, answers. Time passes at once.
    async fn send(body: Body, is_answered: bool) -> (Result<u16, Unanswered>, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Upstream::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = upstream.target(&Uri::from_static("/"), true).unwrap();
        let (asked, is_asked) = oneshot::channel();
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            while !read.ends_with(b"\r\n\r\n") {
                read.push(socket.read_u8().await.unwrap());
            }
            tokio::time::pause();
            asked.send(Instant::now()).unwrap();
            while is_answered && !read.ends_with(b"0\r\n\r\n") {
                read.push(socket.read_u8().await.unwrap());
            }
            if is_answered {
                socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            }
            socket
        });
        let answer = upstream.send(request).await.map(|answer| answer.status().as_u16());
        let waited = is_asked.await.unwrap().elapsed();
        drop(server.await);
        (answer, waited)
    }

    #[tokio::test]
    async fn rule_4_an_upstream_that_has_the_whole_request_answers_within_a_minute() {
        let (answer, waited) = send(Body::empty(), false).await;
        assert_eq!(answer.unwrap_err().to_string(), "the upstream did not answer within a minute");
        assert!(waited >= ANSWER && waited < ANSWER + CONNECT, "{waited:?}");
    }

    #[tokio::test]
    async fn rule_4_the_minute_begins_when_the_request_was_sent() {
        let slow = stream::once(async {
            tokio::time::sleep(ANSWER * 3).await;
            Ok::<_, Infallible>("end")
        });
        let (answer, waited) = send(Body::from_stream(slow), true).await;
        assert_eq!(answer.unwrap(), 204);
        assert!(waited >= ANSWER * 3, "{waited:?}");
    }
}
