//! What the library counts and measures, for Prometheus.

use std::{sync::OnceLock, thread, time::Duration};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use zitadel_core::metrics::{DURATION_BUCKETS, describe};

/// How often measurements are added up if nobody reads them; they would fill the memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// The metrics of this process, as the text that Prometheus reads.
#[derive(Debug)]
pub struct Metrics(
    /// `None` if the process has another recorder.
    Option<PrometheusHandle>,
);

impl Metrics {
    /// The `Content-Type` of the text.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// All metrics as they are now.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }
}

/// The metrics of this process. The first call starts recording.
pub fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(|| Metrics(record().ok()))
}

fn record() -> Result<PrometheusHandle, BuildError> {
    let ours = Matcher::Prefix("zitadel_".to_owned());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(ours, DURATION_BUCKETS)?.install_recorder()?;
    describe();
    let upkeep = handle.clone();
    thread::spawn(move || {
        loop {
            thread::sleep(UPKEEP);
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}
