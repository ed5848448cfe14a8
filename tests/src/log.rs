//! `Log`: everything that is written with `tracing`, down to the last detail.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once},
};

use tracing::Level;

thread_local! {
    static EAR: RefCell<Ear> = RefCell::default();
}

/// Where the words of one test go: those of its own thread, and of the threads its app works on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear(
    /// What was written; `None` as long as nobody listens.
    Arc<Mutex<Option<Vec<u8>>>>,
);

impl Ear {
    /// That of the current thread.
    pub(crate) fn here() -> Self {
        EAR.with_borrow(Clone::clone)
    }

    /// Hears the current thread from now on: for frameworks that answer on threads of their own.
    pub(crate) fn join(&self) {
        EAR.set(self.clone());
    }
}

/// Collects what one test writes as long as it lives. Provider and browser run on the thread of the test, and the app does
/// or has joined it, so nothing of the conversation is missed and nothing of other tests gets in.
#[derive(Debug)]
pub struct Log(Ear);

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
                .with_writer(Ear::here)
                .init();
        });
        let ear = Ear::here();
        ear.0.lock().unwrap().get_or_insert_default();
        Self(ear)
    }

    /// What was written so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.0.0.lock().unwrap().as_deref().unwrap_or_default()).into_owned()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap() = None;
    }
}

impl io::Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(written) = self.0.lock().unwrap().as_mut() {
            written.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
