//! Every event is documented, with its level, and nothing else is.

use std::collections::BTreeSet;

const SOURCES: [&str; 3] = [include_str!("../telemetry.rs"), include_str!("login.rs"), include_str!("outgoing.rs")];
const DOCUMENT: &str = include_str!("../../../../docs/troubleshooting.md");

/// The names and levels in the source. `failed!` logs at three levels.
fn events() -> BTreeSet<(String, String)> {
    let code = SOURCES.iter().flat_map(|source| source.lines()).filter(|line| !line.trim_start().starts_with("//"));
    code.filter_map(|line| {
        let line = line.trim();
        let (level, arguments) = match line.strip_prefix("event!(") {
            Some(call) => call.split_once(", ")?,
            None => ("info, warn or error", line.split_once("failed!(")?.1),
        };
        Some((arguments.strip_prefix('"')?.split_once('"')?.0.to_owned(), level.to_owned()))
    })
    .collect()
}

#[test]
fn every_event_is_in_the_table_of_the_documentation() {
    let (_, events_section) = DOCUMENT.split_once("## Events").unwrap();
    let (table, _) = events_section.split_once("\n## ").unwrap();
    let documented: BTreeSet<_> = table
        .lines()
        .filter_map(|row| {
            let mut cells = row.strip_prefix("| `")?.split(" | ");
            Some((cells.next()?.strip_suffix('`')?.to_owned(), cells.next()?.to_owned()))
        })
        .collect();
    assert!(documented.len() > 30, "{documented:?}");
    assert_eq!(documented, events());
}
