//! Who may ask for machine tokens: the callers file.
//!
//! ```json
//! {"callers": [
//!   {"name": "orders", "secret_sha256": "…", "audiences": ["170086774599581953"], "scopes": ["urn:zitadel:iam:org:projects:roles"]},
//!   {"name": "billing", "secret_file": "/run/secrets/billing", "audiences": ["170086774599581953"]},
//!   {"name": "reports", "subject": "170086824411201793", "audiences": []}
//! ]}
//! ```
//!
//! # Rules
//!
//! 1. A caller has one credential: the SHA-256 of a secret, in hexadecimal; a file with the secret, of at least 32 bytes, whose line
//!    break at the end is cut; or the user id of a service account (`sub`), which sends a JWT access token of its own.
//! 2. Names are unique, and so are credentials: a metric and the log tell callers apart.
//! 3. Secrets are compared by their digests, with all callers, in constant time.
//! 4. Every problem of the file is reported at the start.

use std::{collections::BTreeSet, fmt, fs};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{grant::Limits, telemetry};

/// Guessing a shorter secret is conceivable.
const MIN_SECRET: usize = 32;

type Sha256Digest = [u8; 32];

/// Who may ask for machine tokens. `Default`: nobody.
#[derive(Clone, Debug, Default)]
pub struct MachineTokenSettings {
    callers: Vec<Caller>,
    /// With `DANGER_OPEN_MACHINE_TOKEN`: a request without credentials.
    anyone: Option<Caller>,
}

/// A program that may ask.
#[derive(Clone)]
pub(super) struct Caller {
    name: String,
    credential: Credential,
    pub(super) limits: Limits,
}

#[derive(Clone, PartialEq, Eq)]
enum Credential {
    None,
    Secret(Sha256Digest),
    Subject(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallersFile {
    callers: Vec<CallerEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallerEntry {
    name: String,
    secret_sha256: Option<String>,
    secret_file: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    audiences: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
}

impl MachineTokenSettings {
    /// From the text of a callers file. `read` reads the files that it names.
    ///
    /// # Errors
    ///
    /// Every problem, without the value of a secret.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        // An error of serde may repeat a value.
        let file: CallersFile = serde_json::from_str(text).map_err(|error| {
            vec![format!(
                "is not a callers file at line {}, column {}; the README has an example",
                error.line(),
                error.column()
            )]
        })?;
        let mut problems = Vec::new();
        let mut callers: Vec<Caller> = Vec::new();
        let mut names = BTreeSet::new();
        if file.callers.is_empty() {
            problems.push("lists no caller; add one, or leave the variable out".to_owned());
        }
        for (index, entry) in file.callers.into_iter().enumerate() {
            match Caller::new(index, entry) {
                Ok(caller) => {
                    if !names.insert(caller.name.clone()) {
                        problems.push(format!("has two callers `{}`", caller.name));
                    }
                    if let Some(other) = callers.iter().find(|other| other.credential == caller.credential) {
                        problems.push(format!("`{}` and `{}` have the same credential", other.name, caller.name));
                    }
                    callers.push(caller);
                }
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() { Ok(Self { callers, anyone: None }) } else { Err(problems) }
    }

    /// The same, in which a request without credentials gets a token with these scopes.
    pub(crate) fn danger_open(mut self, scopes: Vec<String>) -> Self {
        let limits = Limits::of_scopes(scopes);
        self.anyone = Some(Caller { name: telemetry::ANYONE.to_owned(), credential: Credential::None, limits });
        self
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.anyone.is_some() || !self.callers.is_empty()
    }

    /// Whether a request without credentials gets a token.
    pub(crate) const fn is_open(&self) -> bool {
        self.anyone.is_some()
    }

    pub(super) const fn anyone(&self) -> Option<&Caller> {
        self.anyone.as_ref()
    }

    /// Rule 3.
    pub(super) fn with_secret(&self, secret: &str) -> Option<&Caller> {
        let digest: Sha256Digest = Sha256::digest(secret).into();
        self.callers.iter().fold(None, |found, caller| match &caller.credential {
            Credential::Secret(known) if bool::from(known.ct_eq(&digest)) => Some(caller),
            _ => found,
        })
    }

    pub(super) fn with_subject(&self, subject: &str) -> Option<&Caller> {
        self.callers.iter().find(|caller| matches!(&caller.credential, Credential::Subject(known) if known == subject))
    }

    pub(super) fn lists_subjects(&self) -> bool {
        self.callers.iter().any(|caller| matches!(caller.credential, Credential::Subject(_)))
    }
}

impl Caller {
    fn new(index: usize, entry: CallerEntry) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let is_name = (1..=64).contains(&entry.name.len())
            && entry.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        let name = if is_name { format!("`{}`", entry.name) } else { format!("caller {}", index + 1) };
        if !is_name {
            problems.push(format!("{name}: `name` must be 1 to 64 letters, digits, `-`, `_` and `.`"));
        }
        let credential = match (entry.secret_sha256, entry.secret_file, entry.subject) {
            (Some(digest), None, None) => {
                digest_of_hex(&digest).ok_or_else(|| format!("{name}: `secret_sha256` must be 64 hexadecimal digits"))
            }
            (None, Some(path), None) => digest_of_file(&path).map_err(|problem| format!("{name}: {problem}")),
            (None, None, Some(subject)) if !subject.trim().is_empty() => Ok(Credential::Subject(subject)),
            _ => Err(format!("{name}: needs exactly one of `secret_sha256`, `secret_file` and `subject`")),
        };
        let limits = Limits::new(entry.audiences, entry.scopes).map_err(|problem| format!("{name}: {problem}"));
        match (credential, limits) {
            (Ok(credential), Ok(limits)) if problems.is_empty() => Ok(Self { name: entry.name, credential, limits }),
            (credential, limits) => {
                problems.extend(credential.err());
                problems.extend(limits.err());
                Err(problems)
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Without the credential.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("name", &self.name).field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn digest_of_hex(text: &str) -> Option<Credential> {
    let text = text.trim();
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Credential::Secret(digest))
}

fn digest_of_file(path: &str) -> Result<Credential, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("`secret_file` names a file that cannot be read ({})", error.kind()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.len() < MIN_SECRET {
        return Err(format!(
            "the secret in `secret_file` has less than {MIN_SECRET} bytes (`openssl rand -base64 48`)"
        ));
    }
    Ok(Credential::Secret(Sha256::digest(secret).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `a`.
    const DIGEST: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

    fn problems(callers: &str) -> Vec<String> {
        MachineTokenSettings::parse(&format!(r#"{{"callers":[{callers}]}}"#)).unwrap_err()
    }

    #[test]
    fn rule_1_a_caller_is_known_by_its_secret_or_its_subject() {
        let text = format!(
            r#"{{"callers":[{{"name":"orders","secret_sha256":"{DIGEST}"}},{{"name":"reports","subject":"42"}}]}}"#
        );
        let settings = MachineTokenSettings::parse(&text).unwrap();
        assert_eq!(settings.with_secret("a").map(Caller::name), Some("orders"));
        assert!(settings.with_secret("b").is_none() && settings.with_secret("").is_none());
        assert!(settings.with_secret("42").is_none(), "a subject is no secret");
        assert_eq!(settings.with_subject("42").map(Caller::name), Some("reports"));
        assert!(settings.with_subject("").is_none() && settings.with_subject("43").is_none());
        assert!(settings.anyone().is_none() && settings.lists_subjects());
        assert!(!format!("{settings:?}").contains("ca97"), "{settings:?}");
    }

    #[test]
    fn rule_1_a_secret_in_a_file_is_read_without_its_line_break_and_must_be_long() {
        let path = std::env::temp_dir().join(format!("zitadel-gateway-caller-{}", std::process::id()));
        let entry = format!(r#"{{"name":"billing","secret_file":{}}}"#, serde_json::json!(path));
        let secret = "0123456789abcdef0123456789abcdef";
        fs::write(&path, format!("{secret}\r\n")).unwrap();
        let settings = MachineTokenSettings::parse(&format!(r#"{{"callers":[{entry}]}}"#)).unwrap();
        assert_eq!(settings.with_secret(secret).map(Caller::name), Some("billing"));
        fs::write(&path, "hunter2").unwrap();
        assert!(problems(&entry)[0].contains("less than 32") && !problems(&entry)[0].contains("hunter2"));
        fs::remove_file(&path).unwrap();
        assert!(problems(&entry)[0].contains("cannot be read"));
    }

    #[test]
    fn rules_2_and_4_every_problem_is_reported_and_no_value() {
        let entry = |rest: &str| format!(r#"{{"name":"orders",{rest}}}"#);
        for (callers, expected) in [
            (String::new(), "no caller"),
            (r#"{"name":"a b","subject":"1"}"#.to_owned(), "`name`"),
            (entry(r#""secret_sha256":"hunter2""#), "64 hexadecimal"),
            (entry(r#""audiences":[]"#), "exactly one"),
            (entry(&format!(r#""subject":"1","secret_sha256":"{DIGEST}""#)), "exactly one"),
            (entry(r#""subject":" ""#), "exactly one"),
            (entry(r#""subject":"1","audiences":["a b"]"#), "`audiences`"),
            (entry(r#""subject":"1","scopes":["urn:zitadel:iam:org:project:id:1:aud"]"#), "`scopes`"),
            (entry(r#""subject":"1","secret":"hunter2""#), "line 1"),
            (format!("{},{}", entry(r#""subject":"1""#), entry(r#""subject":"2""#)), "two callers"),
            (format!("{},{}", entry(r#""subject":"1""#), r#"{"name":"b","subject":"1"}"#), "same credential"),
        ] {
            let found = problems(&callers).join("\n");
            assert!(found.contains(expected), "{callers}: {found}");
            assert!(!found.contains("hunter2"), "{found}");
        }
        assert_eq!(problems(r#"{"name":"a b"},{"name":"c"}"#).len(), 3);
    }
}
