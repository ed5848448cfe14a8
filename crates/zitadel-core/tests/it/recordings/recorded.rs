//! The recorded exchanges, and what each of them is.

use std::{collections::BTreeSet, fs, path::PathBuf};

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Files with the kinds that the engine reads.
const FILES: &[&str] = &["discovery", "exchange", "keys", "machine", "refresh", "token", "userinfo"];
/// 25 November 2026, 00:00 UTC: the day of the recording.
const MIDNIGHT: u64 = 1_795_564_800;

/// What an answer is, by the request and the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Discovery,
    KeySet,
    /// Tokens for a code.
    Login,
    /// Tokens for a refresh token.
    Refresh,
    /// Tokens for a machine, or for another token.
    OtherTokens,
    /// An error for a code.
    LoginError,
    /// An error for a refresh token.
    RefreshError,
    /// An error for a grant that the engine does not use.
    OtherError,
    UserInfo,
    UserInfoError,
    Unknown,
}

/// One exchange.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) file: &'static str,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: String,
    /// When it was answered.
    pub(super) time: u64,
    /// The token of `Authorization: Bearer`.
    pub(super) bearer: String,
    /// The form of the request.
    pub(super) form: Vec<(String, String)>,
}

impl Entry {
    /// The body as JSON; null if it is not.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A text of the body.
    pub(super) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_default().to_owned()
    }

    /// The claims of the ID token; null without one.
    pub(super) fn id_token(&self) -> Value {
        let token = self.text("id_token");
        let Some(payload) = token.split('.').nth(1) else { return Value::Null };
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode_to_vec(payload).unwrap()).unwrap()
    }

    /// A claim of the ID token.
    pub(super) fn claim(&self, name: &str) -> String {
        self.id_token()[name].as_str().unwrap_or_default().to_owned()
    }

    /// A field of the request.
    pub(super) fn field(&self, name: &str) -> &str {
        self.form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Every exchange in the files that are read.
pub(super) fn all() -> Vec<Entry> {
    FILES
        .iter()
        .flat_map(|file| read(file).as_array().unwrap().iter().map(|entry| parse(file, entry)).collect::<Vec<_>>())
        .collect()
}

/// The exchanges of a kind that are tested.
pub(super) fn of_kind(kind: Kind) -> Vec<Entry> {
    let entries: Vec<_> = all().into_iter().filter(|it| it.kind == kind && super::is_tested(&it.name)).collect();
    assert!(!entries.is_empty(), "nothing is recorded: {kind:?}");
    entries
}

/// The exchange of this name.
pub(super) fn named(name: &str) -> Entry {
    all().into_iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("{name} is not recorded"))
}

/// The names and ids of organizations, applications and users.
pub(super) fn instance() -> Value {
    read("instance")
}

/// The names of all files.
pub(super) fn whole_files() -> BTreeSet<String> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".json")).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../zitadel-emulator/tests/recordings")
}

fn read(file: &str) -> Value {
    serde_json::from_slice(&fs::read(folder().join(format!("{file}.json"))).unwrap()).unwrap()
}

fn parse(file: &'static str, entry: &Value) -> Entry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (request, response) = (&entry["request"], &entry["response"]);
    let header = |name: &str| {
        let headers = response["headers"].as_array().into_iter().flatten();
        headers.into_iter().find(|pair| pair[0] == name).map(|pair| text(&pair[1])).unwrap_or_default()
    };
    let authorization = text(&request["headers"]["Authorization"]);
    let form = form_urlencoded::parse(text(&request["body"]).as_bytes()).into_owned().collect();
    let mut entry = Entry {
        file,
        name: text(&entry["name"]),
        kind: Kind::Unknown,
        status: response["status"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or_default(),
        content_type: header("Content-Type"),
        body: text(&response["body"]),
        time: time(&header("Date")),
        bearer: authorization.strip_prefix("Bearer ").unwrap_or_default().to_owned(),
        form,
    };
    let url = text(&request["url"]);
    let path = url.splitn(4, '/').nth(3).and_then(|path| path.split('?').next()).unwrap_or_default();
    entry.kind = kind(path, &entry);
    entry
}

fn kind(path: &str, entry: &Entry) -> Kind {
    let is_ok = entry.status == 200;
    match (path, entry.field("grant_type")) {
        (".well-known/openid-configuration" | ".well-known/oauth-authorization-server", _) => Kind::Discovery,
        ("oauth/v2/keys", _) => Kind::KeySet,
        ("oidc/v1/userinfo", _) if is_ok => Kind::UserInfo,
        ("oidc/v1/userinfo", _) => Kind::UserInfoError,
        ("oauth/v2/token", "authorization_code") if is_ok => Kind::Login,
        ("oauth/v2/token", "authorization_code" | "" | "foo") => Kind::LoginError,
        ("oauth/v2/token", "refresh_token") if is_ok => Kind::Refresh,
        ("oauth/v2/token", "refresh_token") => Kind::RefreshError,
        ("oauth/v2/token", _) if is_ok => Kind::OtherTokens,
        ("oauth/v2/token", _) => Kind::OtherError,
        _ => Kind::Unknown,
    }
}

/// Seconds since 1970 of a `Date` on the day of the recording.
fn time(date: &str) -> u64 {
    let Some(clock) = date.strip_prefix("Wed, 25 Nov 2026 ").and_then(|rest| rest.strip_suffix(" GMT")) else {
        return 0;
    };
    clock.split(':').fold(0, |seconds, part| seconds * 60 + part.parse::<u64>().unwrap()) + MIDNIGHT
}
