//! Compares a recorded answer with the emulator's: everything but values that are new each time.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{instance::OWN_PROJECTS, recording::Answer};

/// Headers that depend on the connection or the time.
const IGNORED_HEADERS: [&str; 4] = ["content-length", "date", "transfer-encoding", "location"];

/// Members whose values are new each time; type and form are compared.
const NEW_EACH_TIME: [&str; 20] = [
    "access_token",
    "at_hash",
    "auth_time",
    "exp",
    "iat",
    "id_token",
    "jti",
    "kid",
    "logout_token",
    "n",
    "nbf",
    "nonce",
    "refresh_token",
    "sid",
    "updated_at",
    "user_code",
    "verification_uri_complete",
    "x",
    "y",
    "device_code",
];

/// Parameters of redirects with new values each time.
const NEW_PARAMETERS: [&str; 3] = ["authRequest", "authRequestID", "code"];

/// Go buffers this many bytes of a response; a longer one is chunked.
const BUFFER: usize = 2048;

/// Describes what differs.
pub(crate) fn answers(recorded: &Answer, own: &Answer) -> Vec<String> {
    let mut differences = Vec::new();
    if recorded.status != own.status {
        differences.push(format!("status: recorded {}, own {} {}", recorded.status, own.status, own.body.trim()));
        return differences;
    }
    let (expected, found) = (headers(recorded), headers(own));
    if expected != found {
        differences.push(format!("headers: recorded {expected:?}, own {found:?}"));
    }
    if (recorded.header("transfer-encoding") == Some("chunked")) != (own.body.len() > BUFFER) {
        differences.push(format!("chunked: {} bytes recorded, own {}", recorded.body.len(), own.body.len()));
    }
    match (recorded.header("location"), own.header("location")) {
        (Some(expected), Some(found)) => {
            differences.extend(locations(expected, found));
            // The body repeats the location.
            let link = |location: &str| location.replace('&', "&amp;");
            if own.body.replace(&link(found), &link(expected)) != recorded.body {
                differences.push(format!("body: {:?}", own.body));
            }
        }
        (None, None) => match (recorded.json(), own.json()) {
            (Some(expected), Some(found)) => {
                values("body", &expected, &found, &mut differences);
                if recorded.body.ends_with('\n') != own.body.ends_with('\n') {
                    differences.push("body: the line feed at the end".to_owned());
                }
            }
            _ if recorded.body == own.body => {}
            _ => differences.push(format!("body: recorded {:?}, own {:?}", recorded.body, own.body)),
        },
        (expected, found) => differences.push(format!("location: recorded {expected:?}, own {found:?}")),
    }
    differences
}

/// Names and values, without what is new each time, sorted: their order has no meaning.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let value = |name: &str, value: &str| match name {
        "set-cookie" => {
            let (pair, attributes) = value.split_once(';').unwrap();
            format!("{}=…;{attributes}", pair.split_once('=').unwrap().0)
        }
        "expires" => String::new(),
        _ => value.to_owned(),
    };
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !IGNORED_HEADERS.contains(&name.as_str()))
        .map(|(name, text)| (name.clone(), value(name, text)))
        .collect();
    headers.sort();
    headers
}

/// Describes what differs between two redirects: target, names of parameters in order, and values that are fixed.
pub(crate) fn locations(recorded: &str, own: &str) -> Vec<String> {
    let parts = |location: &str| {
        let (target, query) = location.split_once('?').unwrap_or((location, ""));
        let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        (target.to_owned(), parameters)
    };
    let normalized = |location: &str| {
        let (target, parameters) = parts(location);
        let parameters: Vec<_> = parameters
            .into_iter()
            .map(|(name, value)| match NEW_PARAMETERS.contains(&name.as_str()) {
                true => (name, form_of(&value)),
                false => (name, value),
            })
            .collect();
        (target, parameters)
    };
    let (expected, found) = (normalized(recorded), normalized(own));
    if expected == found { Vec::new() } else { vec![format!("location: recorded {recorded}, own {own}")] }
}

/// Describes what differs between two pages of a login.
pub(crate) fn pages(recorded: &Answer, own: &Answer) -> Vec<String> {
    let relevant = |answer: &Answer| {
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let body = answer.body.split('"').map(|text| if text.len() == 46 { form_of(text) } else { text.to_owned() });
        (answer.status, header("content-type"), header("cache-control"), body.collect::<Vec<_>>())
    };
    let (expected, found) = (relevant(recorded), relevant(own));
    if expected == found { Vec::new() } else { vec![format!("page: recorded {expected:?}, own {found:?}")] }
}

pub(crate) fn values(path: &str, recorded: &Value, own: &Value, differences: &mut Vec<String>) {
    match (recorded, own) {
        (Value::Object(expected), Value::Object(found)) => objects(path, expected, found, differences),
        (Value::Array(expected), Value::Array(found)) if path.ends_with(".aud") => {
            // The order is that of the database.
            let sorted = |list: &[Value]| {
                let text = |value: &Value| value.as_str().unwrap().replace(OWN_PROJECTS[0], OWN_PROJECTS[1]);
                let mut ids: Vec<String> = list.iter().map(text).collect();
                ids.sort();
                ids
            };
            if sorted(expected) != sorted(found) {
                differences.push(format!("{path}: recorded {recorded}, own {own}"));
            }
        }
        (Value::Array(expected), Value::Array(found)) if path.ends_with(".keys") => {
            // Without order, see `keys_after_rotation`: each recorded key has one of the same form.
            let form = |key: &Value| {
                let member = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
                let names: Vec<&String> = key.as_object().unwrap().keys().collect();
                let lengths = ["n", "x", "y", "kid"].map(|name| member(name).len());
                format!("{names:?} {} {} {lengths:?}", member("alg"), member("crv"))
            };
            let sorted = |list: &[Value]| {
                let mut forms: Vec<String> = list.iter().map(form).collect();
                forms.sort();
                forms
            };
            if sorted(expected) != sorted(found) {
                differences.push(format!("{path}: recorded {:?}, own {:?}", sorted(expected), sorted(found)));
            }
        }
        _ if recorded == own => {}
        _ => differences.push(format!("{path}: recorded {recorded}, own {own}")),
    }
}

/// Compares names in order, then values.
fn objects(path: &str, recorded: &Map<String, Value>, own: &Map<String, Value>, differences: &mut Vec<String>) {
    let (expected, found): (Vec<_>, Vec<_>) = (recorded.keys().collect(), own.keys().collect());
    if expected != found {
        differences.push(format!("{path}: recorded {expected:?}, own {found:?}"));
        return;
    }
    for (name, expected) in recorded {
        let path = format!("{path}.{name}");
        match (expected, &own[name]) {
            (Value::String(expected), Value::String(found)) if NEW_EACH_TIME.contains(&name.as_str()) => {
                match (jwt(expected), jwt(found)) {
                    (Some(expected), Some(found)) => {
                        values(&format!("{path}(header)"), &expected[0], &found[0], differences);
                        values(&format!("{path}(claims)"), &expected[1], &found[1], differences);
                    }
                    (None, None) if form_of(expected) == form_of(found) => {}
                    _ => differences.push(format!("{path}: recorded {expected}, own {found}")),
                }
            }
            (Value::Number(_), Value::Number(_)) if NEW_EACH_TIME.contains(&name.as_str()) => {}
            (expected, found) => values(&path, expected, found, differences),
        }
    }
}

/// Header and claims, if the text is a JWT.
fn jwt(text: &str) -> Option<[Value; 2]> {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, _] = parts.as_slice() else { return None };
    let decode = |part: &str| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    Some([decode(header)?, decode(claims)?])
}

/// What ids and random values have in common: ids their digits as zeros, others their length and alphabet.
fn form_of(text: &str) -> String {
    let part = |part: &str| match part {
        "V1" | "V2" | "at" => Some(part.to_owned()),
        _ => part.bytes().all(|byte| byte.is_ascii_digit()).then(|| "0".repeat(part.len())),
    };
    let id: Option<Vec<String>> = text.split(['_', '-']).map(part).collect();
    if let Some(id) = id {
        return id.join("_");
    }
    let alphabet = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    format!("{} characters, base64url: {alphabet}", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        let headers = [("cache-control", "no-store"), ("content-type", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Answer { status: 200, headers, body: body.to_owned() }
    }

    fn token(header: &str, claims: &str) -> String {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!(r#"{{"id_token":"{}.{}.c2ln","expires_in":43199}}"#, part(header), part(claims))
    }

    #[test]
    fn values_that_are_new_each_time_may_differ_in_nothing_else() {
        let recorded = answer(&token(r#"{"alg":"RS256","kid":"1"}"#, r#"{"exp":1,"sid":"V1_12","aud":["a","b"]}"#));
        let alike = token(r#"{"alg":"RS256","kid":"2"}"#, r#"{"exp":2,"sid":"V1_34","aud":["b","a"]}"#);
        assert_eq!(answers(&recorded, &answer(&alike)), Vec::<String>::new());
        for (header, claims) in [
            (r#"{"alg":"RS512","kid":"2"}"#, r#"{"exp":2,"sid":"V1_34","aud":["b","a"]}"#),
            (r#"{"alg":"RS256","kid":"x"}"#, r#"{"exp":2,"sid":"V1_34","aud":["b","a"]}"#),
            (r#"{"alg":"RS256","kid":"2"}"#, r#"{"exp":"2","sid":"V1_34","aud":["b","a"]}"#),
            (r#"{"alg":"RS256","kid":"2"}"#, r#"{"exp":2,"sid":"V2_34","aud":["b","a"]}"#),
            (r#"{"alg":"RS256","kid":"2"}"#, r#"{"exp":2,"sid":"V1_34","aud":["b"]}"#),
            (r#"{"alg":"RS256","kid":"2"}"#, r#"{"exp":2,"aud":["b","a"]}"#),
            (r#"{"alg":"RS256","kid":"2"}"#, r#"{"sid":"V1_34","exp":2,"aud":["b","a"]}"#),
        ] {
            assert_eq!(answers(&recorded, &answer(&token(header, claims))).len(), 1, "{header} {claims}");
        }
    }

    #[test]
    fn status_headers_errors_and_length_are_compared() {
        let recorded = answer(r#"{"error":"invalid_request","error_description":"a"}"#);
        let changes: [fn(&mut Answer); 6] = [
            |answer| answer.status = 400,
            |answer| answer.headers[0].1 = "max-age=1".to_owned(),
            |answer| answer.headers.push(("www-authenticate".to_owned(), "Bearer".to_owned())),
            |answer| answer.body = r#"{"error":"invalid_grant","error_description":"a"}"#.to_owned(),
            |answer| answer.body = r#"{"error":"invalid_request","error_description":"b"}"#.to_owned(),
            |answer| answer.body.push_str(&" ".repeat(2048)),
        ];
        for change in changes {
            let mut own = recorded.clone();
            change(&mut own);
            assert_eq!(answers(&recorded, &own).len(), 1, "{own:?}");
        }
    }

    #[test]
    fn locations_differ_in_codes_and_ids_only() {
        let recorded = "http://app/cb?code=abc-def&state=s";
        assert_eq!(locations(recorded, "http://app/cb?code=xyz_123&state=s"), Vec::<String>::new());
        for own in [
            "http://app/other?code=abc-def&state=s",
            "http://app/cb?code=abc-defg&state=s",
            "http://app/cb?code=abc-def&state=t",
            "http://app/cb?code=abc-def&iss=i&state=s",
            "http://app/cb?state=s&code=abc-def",
        ] {
            assert_eq!(locations(recorded, own).len(), 1, "{own}");
        }
    }
}
