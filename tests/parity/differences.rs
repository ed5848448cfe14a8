//! The table of docs/differences.md: its rows, and what applies to every request.

pub(crate) const ACTIX: &str = "actix";
pub(crate) const ROCKET: &str = "rocket";

/// The first cell of a row.
pub(crate) type Row = &'static str;

pub(crate) const METHOD: Row = "a method that a page does not have";
pub(crate) const UNKNOWN_METHOD: Row = "a method that does not exist, or in lower case";
pub(crate) const OVERRIDE: Row = "`POST` with a form that begins with `_method=get`";
pub(crate) const HEAD: Row = "`HEAD`";
pub(crate) const ENCODED: Row = "`/%70rofile`, where there is a `/profile`";
pub(crate) const SLASHES: Row = "`//profile` and `/profile/`, where there is a `/profile`";
pub(crate) const UNKNOWN_PATH: Row = "an address that does not exist";
pub(crate) const NOT_UTF8: Row = "a cookie or authorization header line that is not UTF-8";
pub(crate) const HOSTS: Row = "two `Host` lines";
pub(crate) const EVERY_RESPONSE: Row = "every response";
pub(crate) const PANIC: Row = "a handler that panics";

/// Headers in which a framework always differs.
pub(crate) struct HeaderRule {
    pub(crate) framework: &'static str,
    pub(crate) headers: &'static [&'static str],
    pub(crate) row: Row,
}

/// Headers that a framework adds to every response that does not have them.
pub(crate) const ADDED: HeaderRule = HeaderRule {
    framework: ROCKET,
    headers: &["permissions-policy", "x-content-type-options", "x-frame-options"],
    row: EVERY_RESPONSE,
};

/// Headers of an authentication, which a framework does not perform where it has no route.
pub(crate) const WITHOUT_ROUTE: HeaderRule =
    HeaderRule { framework: ROCKET, headers: &["cache-control", "set-cookie", "vary"], row: UNKNOWN_PATH };

const DOCUMENT: &str = include_str!("../../docs/differences.md");

/// The first cell of every row.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let lines = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| "));
    // Heading and separator.
    lines.skip(1).filter_map(|line| line.split_once(" | ")).map(|(first, _)| first)
}
