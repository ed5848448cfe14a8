//! `Log`: everything that is written with `tracing`, down to the last detail.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once},
};

use tracing::Level;

thread_local! {
    /// Where the current thread's words go, if anybody listens.
    static LISTENER: RefCell<Option<Arc<Mutex<Vec<u8>>>>> = const { RefCell::new(None) };
}

/// Collects what the current thread writes as long as it lives. A `#[tokio::test]` runs app, provider and browser on
/// one thread, so nothing of the conversation is missed and nothing of other tests gets in.
#[derive(Debug)]
pub struct Log {
    written: Arc<Mutex<Vec<u8>>>,
}

impl Log {
    /// Listens from now on, to every level.
    #[must_use]
    pub fn listen() -> Self {
        // One subscriber for the whole process. One per thread (`set_default`) goes deaf: `tracing` remembers for all
        // threads that nobody was interested when a thread without a subscriber came by first.
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(Level::TRACE)
                .with_ansi(false)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
                .with_writer(|| Sink(LISTENER.with_borrow(Clone::clone)))
                .init();
        });
        let written = Arc::<Mutex<Vec<u8>>>::default();
        LISTENER.set(Some(Arc::clone(&written)));
        Self { written }
    }

    /// What was written so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LISTENER.set(None);
    }
}

struct Sink(Option<Arc<Mutex<Vec<u8>>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(written) = &self.0 {
            written.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
