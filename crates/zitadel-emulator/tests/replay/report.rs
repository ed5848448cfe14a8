//! What was compared, and whether that is what the list of differences says.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    differences::{Difference, Kind},
    recording::Recordings,
};

#[derive(Default)]
pub(crate) struct Report {
    /// By name: what differs; nothing if the answers are alike.
    compared: BTreeMap<String, Vec<String>>,
}

impl Report {
    pub(crate) fn add(&mut self, name: &str, differences: Vec<String>) {
        let before = self.compared.insert(name.to_owned(), differences);
        assert!(before.is_none(), "{name} is compared twice");
    }

    /// Panics with everything that is not as listed.
    pub(crate) fn check(&self, recordings: &Recordings, list: &[Difference]) {
        let mut problems = Vec::new();
        let mut listed = BTreeMap::new();
        for difference in list {
            for name in difference.names {
                // Fails if nothing has this name.
                recordings.entry(name);
                if listed.insert(*name, difference.kind).is_some() {
                    problems.push(format!("{name}: listed twice"));
                }
            }
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in recordings.names() {
            let kind = listed.get(name).copied();
            match (self.compared.get(name).map(Vec::as_slice), kind) {
                (Some([]), None) => *counts.entry("compared and alike").or_default() += 1,
                (Some([]), Some(_)) => problems.push(format!("{name}: has come true, remove it from the list")),
                (Some(differences), None) => problems.push(format!("{name}:\n    {}", differences.join("\n    "))),
                (Some(_), Some(Kind::NoRequest)) => problems.push(format!("{name}: listed as not sent, but was sent")),
                (Some(_), Some(kind)) => *counts.entry(kind.text()).or_default() += 1,
                (None, Some(Kind::NoRequest)) => *counts.entry(Kind::NoRequest.text()).or_default() += 1,
                (None, _) => problems.push(format!("{name}: not sent, and not listed as impossible to send")),
            }
        }
        let known: BTreeSet<&str> = recordings.names().collect();
        assert!(self.compared.keys().all(|name| known.contains(name.as_str())));
        let counts: Vec<String> = counts.iter().map(|(text, count)| format!("{count} {text}")).collect();
        println!("{} recorded exchanges: {}", known.len(), counts.join(", "));
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    }
}
