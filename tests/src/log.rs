//! `Log`: everything that is written with `tracing`, down to the last detail.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing::{Level, subscriber::DefaultGuard};

/// Collects what the current thread writes as long as it lives. A `#[tokio::test]` runs app, provider and browser on
/// one thread, so nothing of the conversation is missed and nothing of other tests gets in.
#[derive(Debug)]
pub struct Log {
    written: Arc<Mutex<Vec<u8>>>,
    _guard: DefaultGuard,
}

impl Log {
    /// Listens from now on, to every level.
    #[must_use]
    pub fn listen() -> Self {
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let sink = Sink(Arc::clone(&written));
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_ansi(false)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_writer(move || sink.clone())
            .finish();
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// What was written so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }
}

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
