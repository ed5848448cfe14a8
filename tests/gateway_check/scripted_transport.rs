//! `ScriptedTransport`: the network or an emulator in this process, and answers that the emulator cannot give.

use std::sync::Arc;

use http::{HeaderValue, Request, Response, Uri, header::LOCATION};
use zitadel_core::environment::{BoxFuture, ReqwestTransport, Transport, TransportError};
use zitadel_emulator::Emulator;

type Change = dyn Fn(&Uri, Response<Vec<u8>>) -> Response<Vec<u8>> + Send + Sync;

#[derive(Clone)]
pub(crate) struct ScriptedTransport {
    target: Target,
    change: Arc<Change>,
}

#[derive(Clone)]
enum Target {
    Network(ReqwestTransport),
    /// Whatever the address, without a socket: for addresses that this machine does not have.
    Emulator(Arc<Emulator>),
    Failure(TransportError),
}

impl ScriptedTransport {
    pub(crate) fn network() -> Self {
        Self { target: Target::Network(ReqwestTransport::new()), change: Arc::new(|_, response| response) }
    }

    pub(crate) fn emulator(emulator: Arc<Emulator>) -> Self {
        Self { target: Target::Emulator(emulator), ..Self::network() }
    }

    pub(crate) fn failing(error: TransportError) -> Self {
        Self { target: Target::Failure(error), ..Self::network() }
    }

    /// Every answer is changed by this.
    pub(crate) fn changed(
        self,
        change: impl Fn(&Uri, Response<Vec<u8>>) -> Response<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self { change: Arc::new(change), ..self }
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: Request<Vec<u8>>) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let uri = request.uri().clone();
            let response = match &self.target {
                Target::Network(network) => network.send(request).await?,
                Target::Emulator(emulator) => emulator.handle(request),
                Target::Failure(error) => return Err(*error),
            };
            Ok((self.change)(&uri, response))
        })
    }
}

pub(crate) fn redirect(location: &'static str) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = http::StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(location));
    response
}

pub(crate) fn oauth_error(error: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(serde_json::json!({ "error": error }).to_string().into_bytes());
    *response.status_mut() = http::StatusCode::BAD_REQUEST;
    response
}
