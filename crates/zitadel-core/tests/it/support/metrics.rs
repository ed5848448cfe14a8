//! `Metrics`: what one test counts and measures, as Prometheus would read it.

use std::collections::{BTreeMap, BTreeSet};

use metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use zitadel_core::metrics::DURATION_BUCKETS;

/// The recorder of the current thread while it exists. A test with `#[tokio::test]` and everything it spawns run on one
/// thread.
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    seen: BTreeMap<String, f64>,
    _guard: LocalRecorderGuard<'static>,
}

impl Metrics {
    pub(crate) fn collect() -> Self {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Prefix("zitadel_".to_owned()), DURATION_BUCKETS).unwrap();
        let recorder = Box::leak(Box::new(builder.build_recorder()));
        let handle = recorder.handle();
        Self { handle, seen: BTreeMap::new(), _guard: metrics::set_default_local_recorder(recorder) }
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        self.handle.render()
    }

    /// Series and value. Each is one that `docs/operations.md` describes.
    fn samples(&self) -> BTreeMap<String, f64> {
        let text = self.text();
        let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let samples = samples.map(|line| line.rsplit_once(' ').unwrap());
        samples
            .inspect(|(series, _)| assert_documented(series))
            .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
            .collect()
    }

    /// The series that grew since the last call, and by how much; those of one metric, with its labels only.
    pub(crate) fn changes_of(&mut self, metric: &str) -> Vec<(String, f64)> {
        let changes = self.changes();
        let of = changes.into_iter().filter_map(|(series, by)| {
            let labels = series.strip_prefix(metric)?;
            let labels = labels
                .strip_prefix('{')
                .and_then(|labels| labels.strip_suffix('}'))
                .or(labels.is_empty().then_some(""))?;
            Some((labels.replace('"', ""), by))
        });
        of.collect()
    }

    /// Every series that grew since the last call.
    pub(crate) fn changes(&mut self) -> Vec<(String, f64)> {
        let now = self.samples();
        let before = std::mem::replace(&mut self.seen, now.clone());
        let by = |series: &String, value: f64| value - before.get(series).copied().unwrap_or_default();
        now.into_iter()
            .map(|(series, value)| (by(&series, value), series))
            .filter(|(by, _)| *by != 0.0)
            .map(|(by, series)| (series, by))
            .collect()
    }

    /// The only series of a metric that grew since the last call: its labels, after it grew by one.
    #[track_caller]
    pub(crate) fn counted(&mut self, metric: &str) -> String {
        let new = self.changes_of(metric);
        let [(labels, by)] = new.as_slice() else { panic!("{metric}: {new:?}") };
        assert_eq!(*by, 1.0, "{metric}: {labels}");
        labels.clone()
    }
}

const OPERATIONS: &str = include_str!("../../../../../docs/operations.md");
const TROUBLESHOOTING: &str = include_str!("../../../../../docs/troubleshooting.md");

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The words that the documentation has for a label of a metric.
fn documented_words(metric: &str, label: &str) -> BTreeSet<String> {
    let rows = OPERATIONS.lines().filter(|row| row.starts_with(&format!("| `{label}` |")));
    let cells =
        rows.map(|row| row.split('|').collect::<Vec<_>>()).find(|cells| quoted(cells[2]).any(|name| name == metric));
    let Some(cells) = cells else { return BTreeSet::new() };
    let mut words: BTreeSet<_> = quoted(cells[3]).map(str::to_owned).collect();
    for (link, heading) in [("#error-codes", "## Error codes"), ("#why-the-provider", "## Why the provider")] {
        if cells[3].contains(link) {
            let (_, section) = TROUBLESHOOTING.split_once(heading).unwrap();
            let section = section.split("\n## ").next().unwrap();
            let rows = section.lines().filter(|row| row.starts_with("| `"));
            words.extend(rows.flat_map(|row| quoted(row.split('|').nth(1).unwrap())).map(str::to_owned));
        }
    }
    words
}

/// Metric, labels and words are in the documentation.
#[track_caller]
fn assert_documented(series: &str) {
    let (name, labels) = series.split_once('{').map_or((series, ""), |(name, rest)| (name, rest.trim_end_matches('}')));
    let is_row = |metric: &str| OPERATIONS.lines().any(|row| row.starts_with(&format!("| `{metric}` |")));
    let histogram = ["_bucket", "_sum", "_count"].into_iter().find_map(|end| name.strip_suffix(end));
    let metric = histogram.unwrap_or(name);
    assert!(is_row(metric), "{metric} is not in docs/operations.md");
    for label in labels.split(',').filter(|label| !label.is_empty()) {
        let (label, word) = label.split_once('=').unwrap();
        if label == "le" {
            continue;
        }
        let words = documented_words(metric, label);
        assert!(words.contains(word.trim_matches('"')), "{series}: {word} is not in docs/operations.md: {words:?}");
    }
}
