//! `Response`: a response without URLs, times and random values.

use std::collections::{BTreeMap, BTreeSet};

use behaviours::{Browser, Subject};

use crate::differences::{ADDED, HeaderRule, WITHOUT_ROUTE};

/// Headers of the connection and of the server.
const NOT_COMPARED: [&str; 4] = ["connection", "date", "keep-alive", "server"];

/// A response without what differs from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// 0: the connection ended without a response.
    pub(crate) status: u16,
    /// Values per name, in order.
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    pub(crate) body: String,
}

impl Response {
    /// Reads the response of an application to this browser.
    pub(crate) fn parse(text: &str, app: &Subject, browser: &Browser) -> Self {
        let normalize = |text: &str| normalize(text, app, browser);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let mut headers = BTreeMap::<_, Vec<_>>::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name = name.to_ascii_lowercase();
            if !NOT_COMPARED.contains(&name.as_str()) {
                headers.entry(name).or_default().push(normalize(value));
            }
        }
        // axum adds it to a challenge, too.
        if let Some(lines) = headers.remove("allow").filter(|_| status == Some(405)) {
            let methods = lines.iter().flat_map(|line| line.split(','));
            let mut methods: Vec<_> = methods.map(|method| method.trim().to_owned()).collect();
            methods.sort();
            headers.insert("allow".to_owned(), methods);
        }
        Self { status: status.unwrap_or(0), headers, body: normalize(body) }
    }

    /// Without the query of a redirect, which contains the requested URL.
    pub(crate) fn without_return_address(mut self) -> Self {
        for location in self.headers.get_mut("location").into_iter().flatten() {
            location.truncate(location.find('?').unwrap_or(location.len()));
        }
        self
    }

    /// This response of axum as another framework is expected to give it, which gave `actual`.
    pub(crate) fn expected_of(mut self, framework: &str, actual: &Self) -> Self {
        let headers = |rule: &HeaderRule| if rule.framework == framework { rule.headers } else { &[] };
        for header in headers(&ADDED) {
            let added = actual.headers.get(*header).cloned().unwrap_or_default();
            self.headers.entry((*header).to_owned()).or_insert(added);
        }
        if self.status == 404 {
            headers(&WITHOUT_ROUTE).iter().for_each(|header| drop(self.headers.remove(*header)));
        }
        self
    }

    /// How `actual` differs from this one.
    pub(crate) fn difference(&self, actual: &Self) -> Option<String> {
        let mut differences = Vec::new();
        if self.status != actual.status {
            differences.push(format!("status {} instead of {}", actual.status, self.status));
        }
        for name in self.headers.keys().chain(actual.headers.keys()).collect::<BTreeSet<_>>() {
            let (expected, actual) = (self.headers.get(name), actual.headers.get(name));
            if expected != actual {
                differences.push(format!("`{name}`: {actual:?} instead of {expected:?}"));
            }
        }
        if self.body != actual.body {
            let lines = |text: &str| text.lines().map(str::to_owned).chain([String::new()]).collect::<Vec<_>>();
            let (expected, actual) = (lines(&self.body), lines(&actual.body));
            let last = expected.len().min(actual.len()) - 1;
            let at = expected.iter().zip(&actual).position(|(one, other)| one != other).unwrap_or(last);
            differences.push(format!("body, line {}: {:?} instead of {:?}", at + 1, actual[at], expected[at]));
        }
        (!differences.is_empty()).then(|| differences.join("; "))
    }
}

/// A text without the URLs of this application and its provider, and without times and random values.
fn normalize(text: &str, app: &Subject, browser: &Browser) -> String {
    let mut text = text.to_owned();
    for (url, name) in [(app.base(), "{app}"), (app.emulator().issuer(), "{provider}")] {
        let encoded: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
        text = text.replace(url, name).replace(&encoded, name).replace(url.trim_start_matches("http://"), name);
    }
    // The tag is made of issuer and client id.
    let tag = app.session_cookie().trim_start_matches("zitadel.session.");
    text = text.replace(tag, "{tag}");
    for (_, value) in browser.cookies() {
        text = text.replace(&value, "{cookie}");
    }
    without_random_values(&text)
}

/// Replaces with `…` every run of letters and digits that differs between two responses: sealed values, identifiers and
/// digests (20 characters or more, with a digit or in mixed case), times (9 digits or more; clocks), and the eight
/// hexadecimal digits of an incident number or of the cookie of a pending login.
fn without_random_values(text: &str) -> String {
    let mut normalized = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_run = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !in_run(first) {
            normalized.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !in_run(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let mixed = run.bytes().any(|b| b.is_ascii_uppercase()) && run.bytes().any(|b| b.is_ascii_lowercase());
        let random = run.len() >= 20 && (digits > 0 || mixed);
        let time = digits >= 9 && digits == run.len() || run.len() >= 2 && is_clock(run, after, &normalized);
        let named = ["incident ", "\"incident\":\"", "zitadel.login.{tag}."].iter().any(|it| normalized.ends_with(it));
        normalized.push_str(if random || time || named { "…" } else { run });
        rest = after;
    }
    normalized
}

/// Whether this run is a part of `2026-11-21T15:04:05Z` or `15:04:05`.
fn is_clock(run: &str, after: &str, before: &str) -> bool {
    let date = run.len() == 13 && run.as_bytes()[10] == b'T';
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let day = run.len() == 10 && run.matches('-').count() == 2 && numeric(&run.replace('-', ""));
    let two = |text: &str| text.len() >= 2 && numeric(&text[..2]);
    date || day || two(run) && (after.starts_with(':') || before.ends_with(':') && run.trim_end_matches('Z').len() == 2)
}

#[test]
fn difference_of_status_header_or_body_is_found() {
    let headers = BTreeMap::from([("vary".to_owned(), vec!["Cookie".to_owned()])]);
    let response = Response { status: 200, headers, body: "a\nb".to_owned() };
    assert_eq!(response.difference(&response), None);
    for other in [
        Response { status: 302, ..response.clone() },
        Response { headers: BTreeMap::new(), ..response.clone() },
        Response { headers: [("vary".to_owned(), vec!["Cookie".to_owned(); 2])].into(), ..response.clone() },
        Response { body: "a\nc".to_owned(), ..response.clone() },
        Response { body: "a\nb\n".to_owned(), ..response.clone() },
        Response { body: "a".to_owned(), ..response.clone() },
    ] {
        assert!(response.difference(&other).is_some(), "{other:?}");
    }
}
