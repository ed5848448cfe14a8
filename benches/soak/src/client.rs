//! `Client`: HTTP over loopback, and the cookies of one browser.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::{client::legacy, rt::TokioExecutor};

/// Longer than an application lets a request wait.
const TIMEOUT: Duration = Duration::from_secs(25);

/// Sends requests, each on a connection of its own: a client that keeps connections must repeat requests on those that a server
/// has closed (actix-web answers 408 first), as browsers do.
#[derive(Clone)]
pub(crate) struct Client(legacy::Client<legacy::connect::HttpConnector, Full<Bytes>>);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self(legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http())
    }

    /// An error has no answer: there was no connection, it broke, or it took too long.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let started = Instant::now();
        let exchange = async {
            let (parts, body) = self.0.request(request).await.map_err(|error| text(&error))?.into_parts();
            let body = body.collect().await.map_err(|error| text(&error))?.to_bytes();
            Ok((parts, String::from_utf8_lossy(&body).into_owned()))
        };
        let answer = tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| "no answer in time".to_owned())?;
        answer.map(|(parts, body)| Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            took: started.elapsed(),
        })
    }
}

/// An error with its causes.
fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

impl Answer {
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }
}

/// The cookies of a browser at the application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cookies(BTreeMap<String, String>);

impl Cookies {
    /// Does what the `Set-Cookie` lines of an answer say.
    pub(crate) fn apply(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let removes = parts.any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0"));
            match removes {
                true => drop(self.0.remove(name)),
                false => drop(self.0.insert(name.to_owned(), value.to_owned())),
            }
        }
    }

    /// The `Cookie` header.
    pub(crate) fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// The session, and nothing else.
    pub(crate) fn session(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| name.contains("zitadel.session")).map(owned).collect())
    }
}

fn owned((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_set_and_removed() {
        let answer = |line: &str| {
            let headers = [(header::SET_COOKIE, line.parse().unwrap())].into_iter().collect();
            Answer { status: 200, headers, body: String::new(), took: Duration::ZERO }
        };
        let mut cookies = Cookies::default();
        cookies.apply(&answer("zitadel.session.x=a=b; Path=/; HttpOnly"));
        cookies.apply(&answer("zitadel.login.1=c; Max-Age=600"));
        assert_eq!(cookies.header(), "zitadel.login.1=c; zitadel.session.x=a=b");
        assert_eq!(cookies.session().header(), "zitadel.session.x=a=b");
        cookies.apply(&answer("zitadel.session.x=; Path=/; Max-Age=0"));
        assert_eq!(cookies.session(), Cookies::default());
    }
}
