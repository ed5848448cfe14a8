//! `Wiretap`: what the app and the provider say to each other behind the browser's back.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::sync::{Arc, Mutex};

use zitadel_core::environment::{BoxFuture, ReqwestTransport, Transport, TransportError};

/// The stock transport, overheard.
#[derive(Clone, Debug, Default)]
pub struct Wiretap {
    line: ReqwestTransport,
    heard: Arc<Mutex<Vec<Exchange>>>,
}

/// One request of the app, and the answer's body (empty if none came).
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Path and query.
    pub target: String,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The request's body.
    pub sent: String,
    /// The answer's body.
    pub received: String,
}

impl Wiretap {
    /// Everything so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Exchange> {
        self.heard.lock().unwrap().clone()
    }
}

impl Transport for Wiretap {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
            let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            let sent = String::from_utf8_lossy(request.body()).into_owned();
            let answer = self.line.send(request).await;
            let received = answer.as_ref().map(|answer| String::from_utf8_lossy(answer.body()).into_owned());
            let exchange = Exchange { target, authorization, sent, received: received.unwrap_or_default() };
            self.heard.lock().unwrap().push(exchange);
            answer
        })
    }
}
