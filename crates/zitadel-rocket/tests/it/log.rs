//! The log records of a test.

use std::cell::RefCell;

use rocket::log::private::{LevelFilter, Log, Metadata, Record, set_boxed_logger, set_max_level};

/// Keeps the records of a test's own thread, where a blocking client does its work.
struct Capture;

thread_local! {
    static RECORDS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Log for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        RECORDS.with_borrow_mut(|records| records.push(record.args().to_string()));
    }

    fn flush(&self) {}
}

/// For every Rocket, before it is built: otherwise the first one installs its own logger for the whole process.
pub(crate) fn install() {
    if set_boxed_logger(Box::new(Capture)).is_ok() {
        set_max_level(LevelFilter::Info);
    }
}

/// What is logged meanwhile, one record per line.
pub(crate) fn capture(run: impl FnOnce()) -> String {
    install();
    RECORDS.take();
    run();
    RECORDS.take().join("\n")
}
