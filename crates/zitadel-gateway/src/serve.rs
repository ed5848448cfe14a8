//! The socket and the graceful stop.

use std::{future::IntoFuture as _, net::SocketAddr, time::Duration};

use tokio::net::TcpListener;
use zitadel_axum::Zitadel;
use zitadel_process::until_stopped;

use crate::{app::app, settings::Settings};

/// How long open requests may take after a stop signal: longer than a callback takes whose provider is slow (12 s are the most that
/// the core waits for it), shorter than the 30 s after which Kubernetes kills.
const GRACE_PERIOD: Duration = Duration::from_secs(15);

/// Serves until SIGINT or SIGTERM; open requests are finished, for 15 seconds at most.
///
/// # Errors
///
/// A message for the user who started the program.
pub async fn serve(
    listener: std::net::TcpListener,
    address: SocketAddr,
    zitadel: Zitadel,
    settings: Settings,
) -> Result<(), String> {
    let listener = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
    let listener = listener.map_err(|error| format!("cannot serve at {address}: {error}"))?;
    #[expect(clippy::print_stdout, reason = "the address, for the user of the program")]
    {
        println!("The gateway listens at http://{address}");
    }
    // Peer addresses are known to handlers: only some of them are trusted proxies.
    let service = app(&zitadel, &settings).into_make_service_with_connect_info::<SocketAddr>();
    let serve = |stopping| axum::serve(listener, service).with_graceful_shutdown(stopping).into_future();
    until_stopped(GRACE_PERIOD, serve).await.map_err(|error| format!("the server stopped: {error}"))
}
