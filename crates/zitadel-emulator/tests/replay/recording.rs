//! The recorded exchanges.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::Value;

/// Files with exchanges; the others describe the instance.
const FILES: [&str; 13] = [
    "authorize",
    "backchannel",
    "device",
    "discovery",
    "end-session",
    "exchange",
    "introspection",
    "keys",
    "machine",
    "refresh",
    "revocation",
    "token",
    "userinfo",
];

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name).with_extension("json");
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// All recorded exchanges by name.
pub(crate) struct Recordings {
    entries: BTreeMap<String, Value>,
    /// Ids of the recorded instance.
    pub(crate) instance: Value,
}

impl Recordings {
    pub(crate) fn load() -> Self {
        let mut entries = BTreeMap::new();
        for file in FILES {
            for entry in read(file).as_array().unwrap() {
                let name = entry["name"].as_str().unwrap().to_owned();
                assert!(entries.insert(name.clone(), entry.clone()).is_none(), "{name} is not unique");
            }
        }
        let recorded = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")).unwrap();
        let json = |path: &Path| path.extension().is_some_and(|extension| extension == "json");
        let files = recorded.filter(|file| json(&file.as_ref().unwrap().path())).count();
        assert_eq!(files, FILES.len() + 2, "instance.json and key-files.json hold no exchanges");
        Self { entries, instance: read("instance") }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn entry(&self, name: &str) -> &Value {
        self.entries.get(name).unwrap_or_else(|| panic!("nothing was recorded as {name}"))
    }

    pub(crate) fn request(&self, name: &str) -> RecordedRequest {
        let request = &self.entry(name)["request"];
        assert!(request.is_object(), "{name} has no request");
        let text = |member: &str| request.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let url = text("url");
        let target = url.strip_prefix("http://localhost:8088").unwrap_or_else(|| panic!("{name}: {url}")).to_owned();
        let headers = request.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        RecordedRequest { method: text("method"), target, headers, body: text("body") }
    }

    pub(crate) fn response(&self, name: &str) -> Answer {
        let response = &self.entry(name)["response"];
        let pair = |pair: &Value| (pair[0].as_str().unwrap().to_lowercase(), pair[1].as_str().unwrap().to_owned());
        Answer {
            status: u16::try_from(response["status"].as_u64().unwrap_or_else(|| panic!("{name} has no answer")))
                .unwrap(),
            headers: response["headers"].as_array().unwrap().iter().map(pair).collect(),
            body: response["body"].as_str().unwrap().to_owned(),
        }
    }
}

/// A request as it was sent, with the path and query of its URL.
pub(crate) struct RecordedRequest {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl RecordedRequest {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// A parameter of the body or the query, or the bearer token under the name `bearer`.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let pairs = [self.body.as_str(), self.query()];
        let mut parameters = pairs.iter().flat_map(|pairs| form_urlencoded::parse(pairs.as_bytes()).into_owned());
        if name == "bearer" {
            let (_, value) = self.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
            return value.split_once(' ').unwrap().1.to_owned();
        }
        let found = parameters.find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("the recorded request has no {name}")).1
    }
}

/// An answer, recorded or the emulator's. Header names are in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The time of the `Date` header. Everything was recorded on 2026-11-25.
    pub(crate) fn time(&self) -> SystemTime {
        const MIDNIGHT: u64 = 1_795_564_800;
        let date = self.header("date").unwrap().strip_prefix("Wed, 25 Nov 2026 ").unwrap();
        let seconds =
            date.trim_end_matches(" GMT").split(':').fold(0, |time, part| time * 60 + part.parse::<u64>().unwrap());
        SystemTime::UNIX_EPOCH + Duration::from_secs(MIDNIGHT + seconds)
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }
}

impl From<http::Response<Vec<u8>>> for Answer {
    fn from(response: http::Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Self { status: parts.status.as_u16(), headers: headers.collect(), body: String::from_utf8(body).unwrap() }
    }
}
