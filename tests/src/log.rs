//! `Log`: everything that one test logs with `tracing` and with the `log` crate, at every level.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex, Once},
};

use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

thread_local! {
    static BUFFER: std::cell::RefCell<Buffer> = std::cell::RefCell::default();
}

/// What the thread of one test has logged, and the threads on which its application works.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer(
    /// `None` unless the test collects it.
    Arc<Mutex<Option<Vec<u8>>>>,
);

impl Buffer {
    /// The buffer of the current thread.
    pub(crate) fn of_this_thread() -> Self {
        BUFFER.with_borrow(Clone::clone)
    }

    /// Makes this the buffer of the current thread: for frameworks with threads of their own.
    pub(crate) fn use_on_this_thread(&self) {
        BUFFER.set(self.clone());
    }
}

/// The records of the `log` crate.
struct LogCrate;

impl log::Log for LogCrate {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        // At `debug`, which is not its default level, Rocket logs whole requests, as its documentation says.
        !metadata.target().starts_with("rocket") || metadata.level() <= log::Level::Info
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let _ = writeln!(Buffer::of_this_thread(), "{} {}: {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {}
}

/// Receives the records of the `log` crate, for every test of this process: the first Rocket would install a logger of its
/// own otherwise, which prints.
pub(crate) fn receive_log_records() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&LogCrate).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// Collects what one test logs while it exists. Provider and browser run on the thread of the test, and the application
/// does so or shares its buffer: nothing is missed, and nothing of other tests is included.
#[derive(Debug)]
pub struct Log(Buffer);

impl Log {
    /// Collects from now on.
    #[must_use]
    pub fn collect() -> Self {
        // One subscriber for the process: `tracing` caches whether any subscriber wants an event, for all threads.
        static SUBSCRIBED: Once = Once::new();
        receive_log_records();
        SUBSCRIBED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(Level::TRACE)
                .with_ansi(false)
                .with_span_events(FmtSpan::FULL)
                .with_writer(Buffer::of_this_thread)
                .init();
        });
        let buffer = Buffer::of_this_thread();
        buffer.0.lock().unwrap().get_or_insert_default();
        Self(buffer)
    }

    /// Everything so far.
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

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(text) = self.0.lock().unwrap().as_mut() {
            text.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
