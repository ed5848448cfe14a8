//! The loopback listener: HTTP/1.1 with keep-alive.

use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener as Socket},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{body::Bytes, body::Incoming as Body, body::SizeHint, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    backchannel_logout,
    emulator::{Dropped, Emulator, EmulatorBuilder},
    provider::{Delivery, Provider},
};

/// Maximum size of a request body in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// Binds a loopback address; other addresses are an error.
pub(crate) fn bind(address: SocketAddr) -> io::Result<Socket> {
    if !address.ip().is_loopback() {
        let text = format!(
            "the ZITADEL emulator is for development only and listens on loopback addresses; {} is not a loopback address",
            address.ip()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let socket = Socket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A running listener. Dropping it closes the socket and every connection.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    running: Mutex<Option<Running>>,
}

/// The accept loop and the shutdown signal of the connections.
#[derive(Debug)]
struct Running {
    accept: JoinHandle<()>,
    /// Sends logout tokens.
    send: JoinHandle<()>,
    /// Dropping it closes all connections.
    stop: watch::Sender<()>,
}

impl Listener {
    pub(crate) fn start(provider: Arc<Provider>, socket: Socket) -> io::Result<Arc<Self>> {
        let address = socket.local_addr()?;
        let running = Running::start(provider, socket)?;
        Ok(Arc::new(Self { address, running: Mutex::new(Some(running)) }))
    }

    fn take(&self) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(running) = self.take() {
            running.accept.abort();
            running.send.abort();
        }
    }
}

impl Running {
    fn start(provider: Arc<Provider>, socket: Socket) -> io::Result<Self> {
        let listener = TcpListener::from_std(socket)?;
        let (stop, stopped) = watch::channel(());
        let send = tokio::spawn(backchannel_logout::send::run(Arc::clone(&provider)));
        let accept = tokio::spawn(async move {
            loop {
                // Accept errors are transient: the peer disconnected, or too many files are open.
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::task::yield_now().await;
                    continue;
                };
                tokio::spawn(serve_connection(Arc::clone(&provider), stream, stopped.clone()));
            }
        });
        Ok(Self { accept, send, stop })
    }
}

/// Serves a connection until the client closes it or the listener stops.
async fn serve_connection(provider: Arc<Provider>, stream: tokio::net::TcpStream, mut stopped: watch::Receiver<()>) {
    // Disable Nagle's algorithm: small responses are sent without delay.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| handle_request(Arc::clone(&provider), request));
    let serving = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error means that the connection was closed, by the client or by a fault.
        _ = serving => {}
        _ = stopped.changed() => {}
    }
}

async fn handle_request(provider: Arc<Provider>, request: Request<Body>) -> Result<Response<Sent>, Dropped> {
    let (parts, body) = request.into_parts();
    let response = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => {
            let delivery = provider.handle(Request::from_parts(parts, body.to_bytes().to_vec()));
            deliver(delivery).await?
        }
        Err(_) => {
            let mut response = Response::new(b"request body too large or incomplete\n".to_vec());
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            response
        }
    };
    Ok(response.map(|body| Sent::new(Bytes::from(body))))
}

/// Go buffers this many bytes of a response. A longer one is chunked and has no `Content-Length`.
const BUFFER: usize = 2048;

/// The body of a response, delimited like ZITADEL's.
struct Sent {
    body: Full<Bytes>,
    chunked: bool,
}

impl Sent {
    fn new(body: Bytes) -> Self {
        Self { chunked: body.len() > BUFFER, body: Full::new(body) }
    }
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    /// Without an exact size hyper sends chunks.
    fn size_hint(&self) -> SizeHint {
        if self.chunked { SizeHint::default() } else { self.body.size_hint() }
    }
}

/// Waits as long as the fault requires.
pub(crate) async fn deliver(delivery: Delivery) -> Result<Response<Vec<u8>>, Dropped> {
    match delivery {
        Delivery::Immediate(response) => Ok(response),
        Delivery::Delayed(delay, response) => {
            tokio::time::sleep(delay).await;
            Ok(response)
        }
        Delivery::Hang => match std::future::pending::<Infallible>().await {},
        Delivery::Drop => Err(Dropped),
    }
}

/// Listening on a loopback port.
impl Emulator {
    /// Starts on a free port of `127.0.0.1`, using the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts with a custom configuration.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address or cannot be bound.
    pub async fn start_with(settings: EmulatorBuilder) -> io::Result<Self> {
        settings.start().await
    }

    /// Stops listening and drops this handle.
    pub async fn stop(self) {
        self.stop_listening().await;
    }

    /// Closes the socket and all connections. New connections are refused, as if the provider were down.
    pub async fn stop_listening(&self) {
        let Some(running) = self.listener.as_ref().and_then(|listener| listener.take()) else { return };
        drop(running.stop);
        running.accept.abort();
        running.send.abort();
        // The socket is closed when the task has ended.
        drop(running.accept.await);
    }

    /// Listens again on the same port. All state is kept.
    ///
    /// # Errors
    ///
    /// If another process has bound the port, or if the emulator has no socket.
    #[expect(clippy::unused_async, reason = "needs a running tokio runtime, which `async` makes visible to the caller")]
    pub async fn listen_again(&self) -> io::Result<()> {
        let Some(listener) = &self.listener else {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "this emulator was built without a socket"));
        };
        let mut running = listener.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_none() {
            *running = Some(Running::start(Arc::clone(&self.provider), bind(listener.address)?)?);
        }
        Ok(())
    }
}
