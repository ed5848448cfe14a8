//! `Recorder`: every answer of a gateway, compared with its description.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use serde_json::Value;

/// An answer, as far as it is described.
#[derive(Clone, Debug)]
struct Answer {
    method: String,
    /// `None`: nothing is there.
    route: Option<String>,
    status: u16,
    media_type: Option<String>,
    body: String,
}

/// The answers of one gateway. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Answer>>>);

/// Middleware around the whole gateway.
pub(crate) async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().replace("{*", "{"));
    let (parts, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let media_type = parts.headers.get("content-type").map(|value| value.to_str().unwrap());
    let answer = Answer {
        method,
        route,
        status: parts.status.as_u16(),
        media_type: media_type.map(|value| value.split(';').next().unwrap().to_owned()),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    recorder.0.lock().unwrap().push(answer);
    Response::from_parts(parts, Body::from(bytes))
}

impl Recorder {
    /// What was answered and is not described, or in another way.
    pub(crate) fn undescribed(&self, document: &Value) -> Vec<String> {
        let answers = self.0.lock().unwrap();
        answers.iter().filter_map(|answer| Some(format!("{}: {answer:?}", check(document, answer).err()?))).collect()
    }

    /// Method, path and status of the answers.
    pub(crate) fn seen(&self) -> BTreeSet<String> {
        let answers = self.0.lock().unwrap();
        answers.iter().filter_map(|it| Some(entry(&it.method, it.route.as_ref()?, &it.status.to_string()))).collect()
    }
}

/// Method, path and status of everything that is described.
pub(crate) fn described(document: &Value) -> BTreeSet<String> {
    let mut entries = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            entries.extend(statuses.filter(|status| *status != "default").map(|status| entry(method, path, status)));
        }
    }
    entries
}

fn entry(method: &str, path: &str, status: &str) -> String {
    format!("{} {path} {status}", method.to_ascii_uppercase())
}

fn check(document: &Value, answer: &Answer) -> Result<(), String> {
    let Some(route) = &answer.route else { return check_error(document, answer, 404) };
    let methods = document["paths"].get(route).ok_or("the path is not described")?;
    let method = match answer.method.as_str() {
        // A preflight, which CORS describes.
        "OPTIONS" if answer.status == 200 => return Ok(()),
        "HEAD" => "get".to_owned(),
        method => method.to_ascii_lowercase(),
    };
    let Some(operation) = methods.get(&method) else {
        // Envoy sends the method of the original request.
        if route.starts_with("/forward-auth/envoy/") {
            return Ok(());
        }
        return check_error(document, answer, 405);
    };
    let response = operation["responses"].get(answer.status.to_string()).ok_or("the status is not described")?;
    if answer.method == "HEAD" {
        return Ok(());
    }
    match (response.get("content"), &answer.media_type) {
        (None, _) if answer.body.is_empty() => Ok(()),
        (None, _) => Err("the body is not described".to_owned()),
        (Some(content), Some(media_type)) => {
            let schema = content.get(media_type).ok_or("the content type is not described")?;
            match media_type.as_str() {
                "application/json" => {
                    let body: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
                    check_schema(document, &schema["schema"], &body)
                }
                _ => Ok(()),
            }
        }
        (Some(_), None) => Err("the content type is missing".to_owned()),
    }
}

/// Statuses that are described for all addresses at once.
fn check_error(document: &Value, answer: &Answer, status: u16) -> Result<(), String> {
    if answer.status != status {
        return Err(format!("is not {status}"));
    }
    if answer.method == "HEAD" {
        return Ok(());
    }
    let body: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
    check_schema(document, &serde_json::json!({"$ref": "#/components/schemas/Error"}), &body)
}

/// The parts of JSON Schema that the description uses.
fn check_schema(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return check_schema(document, document.pointer(&reference[1..]).ok_or("a dangling reference")?, value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let is_one = choices.iter().any(|choice| check_schema(document, choice, value).is_ok());
        return if is_one { Ok(()) } else { Err("is not one of the choices".to_owned()) };
    }
    let is_type = match schema["type"].as_str().ok_or("a schema without type")? {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => return Err(format!("unknown type {other}")),
    };
    if !is_type {
        return Err(format!("{value} is not {}", schema["type"]));
    }
    let Some(members) = value.as_object() else { return Ok(()) };
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap();
        members.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
    }
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(property) => check_schema(document, property, member).map_err(|error| format!("`{name}`: {error}"))?,
            None if schema["additionalProperties"] == true => {}
            None => return Err(format!("`{name}` is not described")),
        }
    }
    Ok(())
}
