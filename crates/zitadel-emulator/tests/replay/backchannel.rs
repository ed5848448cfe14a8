//! Logout tokens as they arrive at an application, recorded and the emulator's.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Request;
use serde_json::{Value, json};
use zitadel_emulator::Emulator;

use crate::compare;

/// How long the longest recording waited for a second request.
const WATCHED: Duration = Duration::from_secs(180);
/// How far apart recorded and own times may be. They were recorded in hundredths of a second.
const TOLERANCE: f64 = 0.01;

/// A request that arrived at the application.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    seconds_after: f64,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Received {
    /// One entry of `received`.
    fn recorded(entry: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = entry["headers"].as_array().unwrap().iter();
        Self {
            seconds_after: entry["seconds_after"].as_f64().unwrap(),
            path: text(&entry["path"]),
            // Upper and lower case are compared where the emulator sends (`backchannel_logout/send/tests.rs`).
            headers: headers.map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1]))).collect(),
            body: text(&entry["body"]),
        }
    }

    fn own(after: Duration, request: Request<Vec<u8>>) -> Self {
        assert_eq!(request.method(), "POST");
        let headers = request.headers().iter();
        Self {
            seconds_after: after.as_secs_f64(),
            path: request.uri().path_and_query().unwrap().to_string(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            body: String::from_utf8(request.into_body()).unwrap(),
        }
    }
}

/// What arrived for one login: its ID token, and the requests.
pub(crate) struct Arrivals {
    pub(crate) id_token: String,
    pub(crate) received: Vec<Received>,
}

impl Arrivals {
    pub(crate) fn recorded(entry: &Value) -> Self {
        let received = entry["received"].as_array().unwrap().iter().map(Received::recorded).collect();
        Self { id_token: entry["id_token"].as_str().unwrap().to_owned(), received }
    }
}

/// Lets time pass and answers every request that arrives like this; `None` is no answer in time.
pub(crate) fn watch(emulator: &Emulator, answer: Option<u16>) -> Vec<Received> {
    let start = emulator.now();
    let mut received = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let elapsed = || emulator.now().duration_since(start).unwrap();
    while elapsed() < WATCHED {
        let step = if elapsed() < Duration::from_millis(100) { 1 } else { 100 };
        emulator.advance(Duration::from_millis(step));
        runtime.block_on(emulator.deliver_logout_tokens(async |request| {
            received.push(Received::own(elapsed(), request));
            answer
        }));
    }
    received
}

/// Describes what differs.
pub(crate) fn arrivals(recorded: &Arrivals, own: &Arrivals) -> Vec<String> {
    if recorded.received.len() != own.received.len() {
        return vec![format!("recorded {} requests, own {:?}", recorded.received.len(), own.received)];
    }
    let mut differences = Vec::new();
    for (expected, found) in recorded.received.iter().zip(&own.received) {
        if (expected.seconds_after - found.seconds_after).abs() > TOLERANCE + f64::EPSILON {
            differences.push(format!("after {} s, recorded {} s", found.seconds_after, expected.seconds_after));
        }
        if (&expected.path, &expected.headers) != (&found.path, &found.headers) {
            differences.push(format!("recorded {expected:?}, own {found:?}"));
        }
        compare::values("body", &form(&expected.body), &form(&found.body), &mut differences);
        let (expected, found) = (relations(&recorded.id_token, expected), relations(&own.id_token, found));
        if expected != found {
            differences.push(format!("recorded {expected}, own {found}"));
        }
    }
    differences
}

fn form(body: &str) -> Value {
    form_urlencoded::parse(body.as_bytes()).into_owned().map(|(name, value)| (name, Value::from(value))).collect()
}

/// Between claims of the logout token, and with those of the ID token of its login.
fn relations(id_token: &str, received: &Received) -> Value {
    let claims = |token: &str| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
    };
    let id_token = claims(id_token);
    let logout_token = claims(form(&received.body)["logout_token"].as_str().unwrap());
    let time = |claims: &Value, name: &str| claims[name].as_i64().unwrap();
    json!({
        "lifetime": time(&logout_token, "exp") - time(&logout_token, "iat"),
        "before the login": time(&id_token, "iat") - time(&logout_token, "iat"),
        "session of the ID token": logout_token["sid"] == id_token["sid"],
        "user of the ID token": logout_token["sub"] == id_token["sub"],
        "client of the ID token": logout_token["aud"] == json!([id_token["azp"]]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(change: impl FnOnce(&mut Value, &mut Received)) -> Arrivals {
        let mut claims = json!({ "iss": "i", "sub": "1", "aud": ["2"], "iat": 9, "exp": 910, "jti": "3", "sid": "4" });
        let mut received = Received {
            seconds_after: 0.01,
            path: "/auth/backchannel-logout".to_owned(),
            headers: vec![("user-agent".to_owned(), "Go-http-client/1.1".to_owned())],
            body: String::new(),
        };
        change(&mut claims, &mut received);
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(&json!({ "alg": "RS256", "kid": "1", "typ": "JWT" }));
        if received.body.is_empty() {
            received.body = format!("logout_token={header}.{}.c2ln", part(&claims));
        }
        let id_token = json!({ "sub": "1", "azp": "2", "sid": "4", "iat": 10 });
        Arrivals { id_token: format!("{header}.{}.c2ln", part(&id_token)), received: vec![received] }
    }

    #[test]
    fn requests_are_alike_in_everything_but_ids_and_times() {
        let recorded = arrival(|_, _| {});
        assert_eq!(arrivals(&recorded, &arrival(|claims, _| claims["jti"] = "5".into())), Vec::<String>::new());
        assert_eq!(arrivals(&recorded, &arrival(|_, own| own.seconds_after = 0.02)), Vec::<String>::new());
        let changes: [fn(&mut Value, &mut Received); 10] = [
            |_, own| own.seconds_after = 0.05,
            |_, own| own.path.push('/'),
            |_, own| own.headers[0].1.push('x'),
            |claims, _| claims["iss"] = "j".into(),
            |claims, _| claims["exp"] = 911.into(),
            |claims, _| claims["sid"] = "5".into(),
            |claims, _| claims["aud"] = json!(["3"]),
            |claims, _| claims["jti"] = "x".into(),
            |claims, _| claims["nonce"] = "n".into(),
            |claims, _| (claims["iat"], claims["exp"]) = (8.into(), 909.into()),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert!(!arrivals(&recorded, &arrival(change)).is_empty(), "{number}");
        }
        let none = Arrivals { received: Vec::new(), ..arrival(|_, _| {}) };
        assert_eq!((arrivals(&recorded, &none).len(), arrivals(&none, &recorded).len()), (1, 1));
    }
}
