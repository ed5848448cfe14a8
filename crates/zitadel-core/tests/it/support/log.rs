//! `Log`: the events of one test.

use std::{
    io,
    sync::{Arc, Mutex, Once},
};

use tracing_subscriber::filter::LevelFilter;

/// What one thread has logged; `None` unless a test collects it.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Option<Vec<u8>>>>);

thread_local! {
    static BUFFER: Buffer = Buffer::default();
}

/// Collects the events of the current thread while it exists. A test with `#[tokio::test]` and everything it spawns run on
/// one thread.
pub(crate) struct Log(Buffer);

impl Log {
    pub(crate) fn collect() -> Self {
        // One subscriber for the process: `tracing` caches whether any subscriber wants an event, for all threads.
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            let format = tracing_subscriber::fmt().with_ansi(false).with_max_level(LevelFilter::DEBUG);
            format.with_writer(|| BUFFER.with(Buffer::clone)).init();
        });
        let buffer = BUFFER.with(Buffer::clone);
        buffer.0.lock().unwrap().get_or_insert_default();
        Self(buffer)
    }

    /// The line of the only event with this name.
    #[track_caller]
    pub(crate) fn event(&self, name: &str) -> String {
        let text = self.text();
        let mut lines = text.lines().filter(|line| line.contains(name));
        let line = lines.next().unwrap_or_else(|| panic!("no event {name}: {text}"));
        assert_eq!(lines.next(), None, "{name} was logged twice");
        line.to_owned()
    }

    pub(crate) fn text(&self) -> String {
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
