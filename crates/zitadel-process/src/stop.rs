//! The graceful stop.

use std::{pin::Pin, time::Duration};

use tokio::{signal, sync::oneshot, time::sleep};

/// Ends at the stop signal: what a server takes to know when to accept no more connections.
pub type Stopping = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves until SIGINT or SIGTERM, and then until open requests are answered, for `grace_period` at most.
///
/// # Errors
///
/// The server's own.
pub async fn until_stopped<E, F: Future<Output = Result<(), E>>>(
    grace_period: Duration,
    serve: impl FnOnce(Stopping) -> F,
) -> Result<(), E> {
    let (stopping_tx, stopping_rx) = oneshot::channel();
    let server = serve(Box::pin(async {
        stop_signal().await;
        let _ = stopping_tx.send(());
    }));
    let grace_period_ended = async {
        let _ = stopping_rx.await;
        sleep(grace_period).await;
    };
    tokio::select! {
        outcome = server => outcome,
        () = grace_period_ended => Ok(()),
    }
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM.
pub async fn stop_signal() {
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
}
