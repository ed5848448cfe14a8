//! The description as a page without scripts: what there is, at a glance.

use std::fmt::Write as _;

use serde_json::Value;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--code:#8882;--accent:light-dark(#1d4ed8,#93c5fd)}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}\
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2.5rem 0 .5rem;text-transform:capitalize}\
details{border-top:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer;overflow-wrap:anywhere}\
summary b{display:inline-block;min-width:3.5rem;color:var(--accent)}summary span{opacity:.75}\
code{font:.9em ui-monospace,monospace;background:var(--code);padding:.1em .3em;border-radius:.25em}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.5rem 0 .5rem 1rem}dt{font-weight:600}dd{margin:0}\
p{margin:.5rem 0}details p{margin-left:1rem}a{color:var(--accent)}";

/// The page; everything in it is from the document, and escaped.
pub(super) fn render(document: &Value) -> String {
    let text = |pointer| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title} {version}</h1><p>{description}</p>\
         <p><a href=\"/openapi.json\">OpenAPI</a></p>",
        title = escape(text("/info/title")),
        version = escape(text("/info/version")),
        description = prose(text("/info/description")),
    );
    let paths = document.get("paths").and_then(Value::as_object);
    let operations = paths.into_iter().flatten().flat_map(|(path, methods)| {
        methods.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    let operations: Vec<_> = operations.collect();
    let mut tags: Vec<&str> = Vec::new();
    for (_, _, operation) in &operations {
        if let Some(tag) = tag(operation).filter(|tag| !tags.contains(tag)) {
            tags.push(tag);
        }
    }
    for section in tags {
        let _ = write!(html, "<h2>{}</h2>", escape(section));
        for (path, method, operation) in operations.iter().filter(|(_, _, operation)| tag(operation) == Some(section)) {
            write_operation(&mut html, path, method, operation);
        }
    }
    html
}

fn tag(operation: &Value) -> Option<&str> {
    operation.pointer("/tags/0").and_then(Value::as_str)
}

fn write_operation(html: &mut String, path: &str, method: &str, operation: &Value) {
    let text = |name| escape(operation.get(name).and_then(Value::as_str).unwrap_or_default());
    let method = escape(&method.to_ascii_uppercase());
    let _ = write!(
        html,
        "<details><summary><b>{method}</b> <code>{}</code> <span>{}</span></summary><p>{}</p><dl>",
        escape(path),
        text("summary"),
        prose(operation.get("description").and_then(Value::as_str).unwrap_or_default())
    );
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let text = |name| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        let _ = write!(html, "<dt><code>{}</code></dt><dd>{}</dd>", escape(text("name")), prose(text("description")));
    }
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        if let Some(description) = response.get("description").and_then(Value::as_str) {
            let _ = write!(html, "<dt>{}</dt><dd>{}</dd>", escape(status), prose(description));
        }
    }
    html.push_str("</dl></details>");
}

/// A sentence, in which `` `code` `` is code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(index, part)| if index % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_from_the_document_is_escaped() {
        let html = render(&json!({
            "info": {"title": "<b>", "description": "\"&"},
            "paths": {"/<p>": {"<m>": {
                "tags": ["<t>"], "summary": "<s>", "description": "<d>",
                "parameters": [{"name": "<n>", "description": "<e>"}], "responses": {"<200>": {"description": "<r>"}}
            }}}
        }));
        for text in ["<b>", "<p>", "<M>", "<t>", "<s>", "<d>", "<n>", "<e>", "<200>", "<r>"] {
            let escaped = escape(text);
            assert!(html.contains(&escaped), "{text}: {html}");
        }
        assert!(
            !html.contains("<t>") && !html.contains("<200>") && !html.contains("<n>") && html.contains("&quot;&amp;")
        );
    }
}
