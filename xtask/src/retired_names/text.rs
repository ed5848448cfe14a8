//! One file as a single line, so that a phrase is found wherever the line breaks.

use std::ops::Range;

use super::list::{Entry, Kind};

/// What may stand in front of a line of prose: comment markers, list markers and quotes.
const MARKERS: &[char] = &['/', '!', '#', '>', '*', '-', '|'];

/// The lines of a file without their comment markers, separated by one space.
#[derive(Debug)]
pub(super) struct Text {
    joined: String,
    /// The same in lower case, with the same positions.
    lower: String,
    /// Where each line of the file starts in `joined`.
    starts: Vec<usize>,
}

/// An occurrence of an entry.
#[derive(Debug)]
pub(super) struct Found<'l> {
    pub(super) entry: &'l Entry,
    pub(super) range: Range<usize>,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let mut joined = String::new();
        let mut starts = Vec::new();
        for line in text.lines() {
            let line = line.trim().trim_start_matches(MARKERS);
            // A string that continues on the next line.
            let line = line.strip_suffix('\\').unwrap_or(line);
            if !joined.is_empty() && !joined.ends_with(' ') {
                joined.push(' ');
            }
            starts.push(joined.len());
            joined.push_str(&line.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Self { lower: joined.to_ascii_lowercase(), joined, starts }
    }

    /// The occurrences of these entries in their order; of those that overlap, the longest.
    pub(super) fn search<'l>(&self, entries: impl Iterator<Item = &'l Entry>) -> Vec<Found<'l>> {
        let mut all: Vec<_> = entries.flat_map(|entry| self.matches(entry)).collect();
        all.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
        let mut kept: Vec<Found<'l>> = Vec::new();
        for found in all {
            match kept.last_mut() {
                Some(last) if found.range.start < last.range.end => {
                    if found.range.len() > last.range.len() {
                        *last = found;
                    }
                }
                _ => kept.push(found),
            }
        }
        kept
    }

    fn matches<'l>(&self, entry: &'l Entry) -> Vec<Found<'l>> {
        let (text, needle) = match entry.kind {
            Kind::Word => (&self.joined, entry.retired.clone()),
            Kind::Phrase => (&self.lower, entry.retired.to_ascii_lowercase()),
        };
        let core = needle.strip_prefix('*').unwrap_or(&needle);
        let (open_start, core) = (core.len() < needle.len(), core.strip_suffix('*').unwrap_or(core));
        let open_end = needle.ends_with('*');
        let ranges = text.match_indices(core).map(|(start, _)| start..start + core.len());
        ranges
            .filter(|range| (open_start || self.is_boundary(range.start)) && (open_end || self.is_boundary(range.end)))
            .map(|range| Found { entry, range })
            .collect()
    }

    /// Whether no word goes on across this position.
    fn is_boundary(&self, at: usize) -> bool {
        let bytes = self.joined.as_bytes();
        let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        !(is_word(at) && at.checked_sub(1).is_some_and(is_word))
    }

    /// Whether an occurrence is part of this text.
    pub(super) fn contains_around(&self, found: &Found<'_>, text: &str) -> bool {
        self.joined
            .match_indices(text)
            .any(|(start, _)| start <= found.range.start && found.range.end <= start + text.len())
    }

    /// The occurrence with the whole words that it is part of.
    pub(super) fn excerpt(&self, found: &Found<'_>) -> &str {
        let mut range = found.range.clone();
        while !self.is_boundary(range.start) {
            range.start -= 1;
        }
        while !self.is_boundary(range.end) {
            range.end += 1;
        }
        self.joined.get(range).unwrap_or_default()
    }

    /// The line of the file that contains this position, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}
