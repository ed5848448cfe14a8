//! One framework's app, the bytes it is sent, and what is left of its answer once ports, times and random values are
//! gone.

use std::collections::BTreeMap;

use behaviours::{Browser, Subject};

use crate::ask::Ask;

/// Headers that say nothing about the app: the connection's business, and the server's own.
const NOT_COMPARED: [&str; 4] = ["connection", "date", "keep-alive", "server"];

/// Headers that a framework adds to every answer, unless they are there.
const ADDED: [(&str, &[&str]); 1] = [("rocket", &["permissions-policy", "x-content-type-options"])];

/// Headers that tell of a look at the session, which a framework does not take where it has no route.
const NOT_ASKED: [(&str, &[&str]); 1] = [("rocket", &["cache-control", "set-cookie", "vary"])];

/// A running app, by the name of its framework.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) app: Subject,
}

/// An answer without what differs from run to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    /// Values per name, in order.
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    pub(crate) body: String,
}

impl Shown {
    /// Without the query of a redirect, which holds the address that was asked for.
    pub(crate) fn without_way_back(&self) -> Self {
        let mut shown = self.clone();
        for location in shown.headers.get_mut("location").into_iter().flatten() {
            location.truncate(location.find('?').unwrap_or(location.len()));
        }
        shown
    }
}

impl Place {
    pub(crate) async fn asked(&self, ask: &Ask) -> Shown {
        let browser = match ask.person {
            Some(person) => self.app.signed_in(person).await,
            None => self.app.browser(),
        };
        let cookies: Vec<_> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let fill = |text: &[u8]| {
            let text = replace(text, b"{base}", self.app.base().as_bytes());
            replace(&text, b"{session}", browser.cookie("zitadel.session").unwrap_or_default().as_bytes())
        };
        let mut request = fill(ask.line.as_bytes());
        request.extend(b" HTTP/1.1\r\nconnection: close\r\n");
        if !ask.headers.iter().any(|(name, _)| *name == "host") {
            request.extend(format!("host: {}\r\n", authority(self.app.base())).as_bytes());
        }
        if !cookies.is_empty() && !ask.headers.iter().any(|(name, _)| *name == "cookie") {
            request.extend(format!("cookie: {}\r\n", cookies.join("; ")).as_bytes());
        }
        for (name, value) in &ask.headers {
            request.extend([name.as_bytes(), b": ", &fill(value), b"\r\n"].concat());
        }
        if !ask.body.is_empty() {
            request.extend(format!("content-length: {}\r\n", ask.body.len()).as_bytes());
        }
        request.extend(b"\r\n");
        request.extend(ask.body.as_bytes());
        self.read(&browser.raw(&request).await, &browser)
    }

    /// What this place is to answer, where another one answers `shown`.
    pub(crate) fn like(&self, mut shown: Shown, own: &Shown) -> Shown {
        let mine = |list: &[(&str, &'static [&'static str])]| {
            list.iter().filter(|(name, _)| *name == self.name).flat_map(|(_, headers)| *headers).collect::<Vec<_>>()
        };
        for header in mine(&ADDED) {
            let added = own.headers.get(*header).cloned().unwrap_or_default();
            shown.headers.entry((*header).to_owned()).or_insert(added);
        }
        if shown.status == 404 {
            mine(&NOT_ASKED).into_iter().for_each(|header| drop(shown.headers.remove(*header)));
        }
        shown
    }

    fn read(&self, answer: &str, browser: &Browser) -> Shown {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let mut headers = BTreeMap::<_, Vec<_>>::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name = name.to_ascii_lowercase();
            if !NOT_COMPARED.contains(&name.as_str()) {
                headers.entry(name).or_default().push(self.calm(value, browser));
            }
        }
        // axum says it beside a challenge, too.
        let allowed = headers.remove("allow").filter(|_| status == Some(405));
        if let Some(lines) = allowed {
            let mut methods: Vec<_> =
                lines.iter().flat_map(|line| line.split(',')).map(|it| it.trim().to_owned()).collect();
            methods.sort();
            headers.insert("allow".to_owned(), methods);
        }
        Shown { status: status.unwrap_or(0), headers, body: self.calm(body, browser) }
    }

    /// A text without this place's addresses, and without times and random values.
    pub(crate) fn calm(&self, text: &str, browser: &Browser) -> String {
        let mut text = text.to_owned();
        for (address, name) in [(self.app.base(), "{app}"), (self.app.emulator().issuer(), "{provider}")] {
            text = text.replace(address, name).replace(&encoded(address), name).replace(authority(address), name);
        }
        for (_, value) in browser.cookies() {
            text = text.replace(&value, "{cookie}");
        }
        without_noise(&text)
    }
}

/// The same with every run of letters and digits that no two runs have in common replaced by `…`: sealed values,
/// identifiers and digests (20 characters or more, with a digit or in mixed case), times (9 digits or more; 24-hour clocks), and the
/// eight hexadecimal digits of an incident or of a sign-in's cookie.
fn without_noise(text: &str) -> String {
    let mut calm = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !word(first) {
            calm.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let mixed = run.bytes().any(|b| b.is_ascii_uppercase()) && run.bytes().any(|b| b.is_ascii_lowercase());
        let random = run.len() >= 20 && (digits > 0 || mixed);
        let time = digits >= 9 && digits == run.len() || run.len() >= 2 && is_clock(run, after, &calm);
        let named = ["incident ", "\"incident\":\"", "zitadel.login."].iter().any(|before| calm.ends_with(before));
        calm.push_str(if random || time || named { "…" } else { run });
        rest = after;
    }
    calm
}

/// Whether this run is a part of `2026-11-21T15:04:05Z` or `15:04:05`.
fn is_clock(run: &str, after: &str, before: &str) -> bool {
    let date = run.len() == 13 && run.as_bytes()[10] == b'T';
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let day = run.len() == 10 && run.matches('-').count() == 2 && numeric(&run.replace('-', ""));
    let two = |text: &str| text.len() >= 2 && numeric(&text[..2]);
    date || day || two(run) && (after.starts_with(':') || before.ends_with(':') && run.trim_end_matches('Z').len() == 2)
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend([&rest[..at], to].concat());
        rest = &rest[at + from.len()..];
    }
    replaced.extend(rest);
    replaced
}

fn authority(address: &str) -> &str {
    address.split("://").nth(1).unwrap()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
