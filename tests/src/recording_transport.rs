//! `RecordingTransport`: what application and provider send to each other without the browser.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::sync::{Arc, Mutex};

use zitadel_core::environment::{BoxFuture, ReqwestTransport, Transport, TransportError};

/// The default transport, recorded.
#[derive(Clone, Debug, Default)]
pub struct RecordingTransport {
    inner: ReqwestTransport,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

/// A request of the application, and the body of the response (empty without a response).
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The body of the request.
    pub sent: String,
    /// The body of the response.
    pub received: String,
}

impl RecordingTransport {
    /// Everything so far.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

impl Transport for RecordingTransport {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            let sent = String::from_utf8_lossy(request.body()).into_owned();
            let response = self.inner.send(request).await;
            let received = response.as_ref().map(|response| String::from_utf8_lossy(response.body()).into_owned());
            let exchange = Exchange { authorization, sent, received: received.unwrap_or_default() };
            self.exchanges.lock().unwrap().push(exchange);
            response
        })
    }
}
