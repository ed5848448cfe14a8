//! The documentation and the dashboard name the metrics, labels and words that there are.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::labels::{
        Document, Flow, Outcome, ProviderEndpoint, ProviderReason, RefreshReason, SessionRejection, StoreOperation,
    },
    *,
};
use crate::answer::ErrorCode;

const OPERATIONS: &str = include_str!("../../../../../docs/operations.md");
const TROUBLESHOOTING: &str = include_str!("../../../../../docs/troubleshooting.md");
const DASHBOARD: &str = include_str!("../../../../../docs/grafana-dashboard.json");

/// What stands in backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table with this header.
fn table<'a>(document: &'a str, header: &str) -> Vec<Vec<&'a str>> {
    let (_, rows) = document.split_once(header).unwrap();
    let rows = rows.trim_start().lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The words that a label can have; by its type, where that names a list.
fn words(metric: &Metric, label: &str, kind: &str) -> BTreeSet<&'static str> {
    let codes = || ErrorCode::all().map(ErrorCode::as_str);
    let listed: &[_] = match (kind, metric.name) {
        ("Document", _) => Document::WORDS,
        ("Flow", _) => Flow::WORDS,
        ("Outcome", _) => Outcome::WORDS,
        ("ProviderEndpoint", _) => ProviderEndpoint::WORDS,
        ("StoreOperation", _) => StoreOperation::WORDS,
        ("Option<ProviderReason>", _) => return ProviderReason::WORDS.iter().copied().chain(["none"]).collect(),
        ("impl LabelValue", "zitadel_access_tokens_total") => &["jwt", "opaque"],
        ("impl LabelValue", "zitadel_logins_total") => return codes().chain(["none"]).collect(),
        ("impl LabelValue", "zitadel_provider_logout_failures_total") => return codes().collect(),
        ("impl LabelValue", "zitadel_refreshes_total") => {
            return RefreshReason::WORDS.iter().copied().chain(["none"]).collect();
        }
        ("impl LabelValue", "zitadel_rejected_sessions_total") => {
            let unavailable = [ErrorCode::ProviderUnavailable, ErrorCode::StoreUnavailable, ErrorCode::Misconfigured];
            return SessionRejection::WORDS.iter().copied().chain(unavailable.map(ErrorCode::as_str)).collect();
        }
        _ => panic!("which words can {label} of {} have?", metric.name),
    };
    listed.iter().copied().collect()
}

/// The words in a cell of the table of labels.
fn documented_words(cell: &str) -> BTreeSet<String> {
    let mut words: BTreeSet<_> = quoted(cell).into_iter().map(str::to_owned).collect();
    if cell.contains("troubleshooting.md#error-codes") {
        words.extend(ErrorCode::all().map(|code| code.as_str().to_owned()));
    }
    if cell.contains("troubleshooting.md#why-the-provider-cannot-be-reached") {
        words.extend(ProviderReason::WORDS.iter().map(|&word| word.to_owned()));
    }
    words
}

/// Metric and label → words, as documented.
fn documented_labels() -> BTreeMap<(String, String), BTreeSet<String>> {
    let rows = table(OPERATIONS, "| label | of | values |");
    let cells = rows.iter().flat_map(|row| {
        let label = quoted(row[0])[0];
        quoted(row[1]).into_iter().map(move |metric| ((metric.to_owned(), label.to_owned()), documented_words(row[2])))
    });
    cells.collect()
}

#[test]
fn every_metric_is_in_the_table_of_the_documentation_with_its_type_and_labels() {
    let documented: BTreeSet<_> = table(OPERATIONS, "| metric | type | labels | what it counts or measures |")
        .iter()
        .map(|row| (quoted(row[0])[0], row[1].to_owned(), quoted(row[2])))
        .collect();
    let defined: BTreeSet<_> = ALL
        .iter()
        .map(|metric| {
            let labels = metric.labels.iter().map(|(label, _)| *label).collect();
            (metric.name, format!("{:?}", metric.kind).to_lowercase(), labels)
        })
        .collect();
    assert_eq!(documented, defined);
}

#[test]
fn every_word_of_every_label_is_in_the_documentation() {
    let mut documented = documented_labels();
    let mut outcomes = BTreeSet::new();
    for metric in ALL {
        for (label, kind) in metric.labels {
            let found = documented.remove(&(metric.name.to_owned(), (*label).to_owned()));
            let found = found.unwrap_or_else(|| panic!("{label} of {} is missing", metric.name));
            let words: BTreeSet<_> = words(metric, label, kind).into_iter().map(str::to_owned).collect();
            if *kind == "Outcome" {
                // Not every metric has all of them; tests/it/metrics.rs sees which.
                assert!(found.is_subset(&words), "{}: {found:?}", metric.name);
                outcomes.extend(found);
            } else {
                assert_eq!(found, words, "{label} of {}", metric.name);
            }
        }
    }
    assert_eq!(documented, BTreeMap::new(), "there are no such labels");
    assert_eq!(outcomes, Outcome::WORDS.iter().map(|&word| word.to_owned()).collect());
}

#[test]
fn every_reason_of_the_provider_is_in_the_documentation() {
    let rows = table(TROUBLESHOOTING, "| reason | cause, and what to do |");
    let documented: BTreeSet<_> = rows.iter().flat_map(|row| quoted(row[0])).collect();
    let reasons = ProviderReason::WORDS.iter().copied().chain(["store_unavailable"]);
    assert_eq!(documented, reasons.collect());
}

#[test]
fn names_follow_the_conventions_of_prometheus() {
    for metric in ALL {
        let end = match metric.kind {
            Kind::Counter => "_total",
            Kind::Histogram => "_seconds",
        };
        let name = metric.name.strip_prefix("zitadel_").unwrap();
        assert!(name.ends_with(end) && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()), "{name}");
        assert!(metric.help.ends_with('.') && metric.help.len() > 20, "{name}: {}", metric.help);
    }
}

/// Every query of a JSON document.
fn queries(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            // Of a panel, and of a variable.
            let texts = ["expr", "query"].into_iter().filter_map(|name| members.get(name)?.as_str());
            found.extend(texts.filter(|text| text.contains('_')).map(str::to_owned));
            members.values().for_each(|member| queries(member, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

/// The queries of the alerts.
fn alerts() -> Vec<String> {
    let lines = OPERATIONS.lines().filter_map(|line| line.trim_start().strip_prefix("expr: "));
    lines.map(str::to_owned).collect()
}

/// The metric that a series belongs to: a histogram has three kinds of them.
fn metric_of(series: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| match metric.kind {
        Kind::Counter => metric.name == series,
        Kind::Histogram => {
            series.strip_prefix(metric.name).is_some_and(|end| ["_bucket", "_sum", "_count"].contains(&end))
        }
    })
}

/// Problems of a query: series, labels and words that there are not. The metrics in it are added to `used`.
fn check(query: &str, used: &mut BTreeSet<&'static str>) -> Vec<String> {
    let mut problems = Vec::new();
    let is_name = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
    let documented = documented_labels();
    // Labels that Prometheus adds, or that are the dashboard's choice.
    let mut labels = BTreeSet::from(["le", "job"]);
    for (at, _) in query.match_indices("zitadel_") {
        let rest = &query[at..];
        let series = &rest[..rest.find(|byte| !is_name(byte)).unwrap_or(rest.len())];
        let Some(metric) = metric_of(series) else {
            problems.push(format!("there is no {series}"));
            continue;
        };
        used.insert(metric.name);
        let names = metric.labels.iter().map(|(label, _)| *label);
        labels.extend(names.clone());
        let matchers = rest[series.len()..].strip_prefix('{').map_or("", |rest| rest.split_once('}').unwrap().0);
        for matcher in matchers.split(',').map(str::trim).filter(|matcher| !matcher.is_empty()) {
            let (label, value) = matcher.split_once(['=', '!']).unwrap();
            if label == "job" {
                continue;
            }
            let words = documented.get(&(metric.name.to_owned(), label.to_owned())).cloned().unwrap_or_default();
            let value = value.trim_start_matches(['=', '~', '!']).trim_matches('"');
            let unknown = value.split('|').filter(|word| !words.contains(*word));
            problems.extend(unknown.map(|word| format!("{label} of {series} is never {word:?}")));
        }
    }
    for group in query.split("by (").skip(1) {
        let group = group.split_once(')').unwrap().0.split(',').map(str::trim);
        problems
            .extend(group.filter(|label| !labels.contains(label)).map(|label| format!("there is no label {label}")));
    }
    problems
}

#[test]
fn queries_of_the_dashboard_and_the_alerts_name_what_there_is_and_the_dashboard_shows_all() {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let (mut found, mut used) = (Vec::new(), BTreeSet::new());
    queries(&dashboard, &mut found);
    for query in &found {
        assert_eq!(check(query, &mut used), [""; 0], "{query}");
    }
    assert_eq!(used, ALL.iter().map(|metric| metric.name).collect(), "the dashboard shows every metric");
    let alerts = alerts();
    assert!(alerts.len() >= 5, "{alerts:?}");
    for query in alerts {
        assert_eq!(check(&query, &mut used), [""; 0], "{query}");
    }
}

#[test]
fn legends_of_the_dashboard_show_labels_that_their_query_keeps() {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut shown = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let (query, legend) = (target["expr"].as_str().unwrap(), target["legendFormat"].as_str().unwrap());
            let kept = query.split_once("by (").map_or("", |(_, rest)| rest.split_once(')').unwrap().0);
            let kept: BTreeSet<_> =
                kept.split(',').map(str::trim).filter(|label| !["", "le"].contains(label)).collect();
            let legend: BTreeSet<_> = legend.split("{{").skip(1).map(|rest| rest.split_once("}}").unwrap().0).collect();
            assert_eq!(legend, kept, "{query}");
            shown += 1;
        }
    }
    assert!(shown >= 15, "{shown}");
}

#[test]
fn a_query_with_a_wrong_name_label_or_word_is_found() {
    for (query, problem) in [
        ("zitadel_login_total", "there is no zitadel_login_total"),
        ("zitadel_flow_duration_seconds", "there is no zitadel_flow_duration_seconds"),
        ("zitadel_logins_total_bucket", "there is no zitadel_logins_total_bucket"),
        (r#"zitadel_logins_total{outcome="failure"}"#, r#"outcome of zitadel_logins_total is never "failure""#),
        (r#"zitadel_logouts_total{reason="none"}"#, r#"reason of zitadel_logouts_total is never "none""#),
        (r#"zitadel_logins_total{reason=~"misconfigured|x"}"#, r#"reason of zitadel_logins_total is never "x""#),
        ("sum by (flow) (zitadel_logins_total)", "there is no label flow"),
    ] {
        assert_eq!(check(query, &mut BTreeSet::new()), [problem]);
    }
}
