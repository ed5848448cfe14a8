//! What a refusal looks like: a page for a person, JSON for everything else.

use serde_json::json;

use crate::{
    boundary::{Reply, RequestHead},
    edge::provider::chain,
    error::{Failure, Refusal},
    problem::Problem,
    zitadel::Zitadel,
};

/// Seconds after which "try again" is worth it, for 503.
const RETRY_AFTER: &str = "5";

/// A refusal, worded for whoever asked.
pub(crate) fn refuse(z: &Zitadel, head: &RequestHead, refusal: Refusal) -> Reply {
    word(z, head, refusal, &Problem::of_code(refusal.code()))
}

/// The same, but JSON whoever asked: for endpoints that speak nothing else.
pub(crate) fn json_refusal(refusal: Refusal) -> Reply {
    json_word(refusal, &Problem::of_code(refusal.code()))
}

/// As [`fail`], but JSON whoever asked.
pub(super) fn json_failure(z: &Zitadel, failure: &Failure) -> Reply {
    let (refusal, problem) = record(z, failure);
    json_word(refusal, &problem)
}

/// A failure: logged with its causes, worded for whoever asked. Where there is something for an operator
/// to look up, both carry the same incident number. `start_again` is where a new attempt begins.
pub(super) fn fail(z: &Zitadel, head: &RequestHead, failure: &Failure, start_again: Option<String>) -> Reply {
    let (refusal, mut problem) = record(z, failure);
    if let Some(path) = start_again {
        problem = problem.with_start_again(path);
    }
    word(z, head, refusal, &problem)
}

/// For the log: the one reason to refuse a request from here. Without names: what a request says may be anything.
pub(super) fn opened_elsewhere(z: &Zitadel, head: &RequestHead) -> &'static str {
    match (head.fetch_site.as_deref(), head.origin.as_deref()) {
        (Some("same-origin"), Some(origin)) if origin != z.inner().config.public_origin => {
            ": the application was opened at another address than the one in ZITADEL_CALLBACK_URL \
             (`127.0.0.1` is not `localhost`)"
        }
        _ => "",
    }
}

/// The log record of a failure, and what may be said of it.
fn record(z: &Zitadel, failure: &Failure) -> (Refusal, Problem) {
    let refusal = Refusal::from(failure);
    let problem = Problem::of_code(refusal.code());
    let (code, error) = (refusal.code(), chain(failure));
    match problem.status() {
        503 => {
            let incident = incident(z);
            tracing::warn!(incident, code, error, "refused");
            (refusal, problem.with_incident(Some(incident)))
        }
        500 | 502.. => {
            let incident = incident(z);
            tracing::error!(incident, code, error, "refused");
            (refusal, problem.with_incident(Some(incident)))
        }
        401 | 403 | 501 => {
            tracing::info!(code, error, "refused");
            (refusal, problem)
        }
        _ => {
            tracing::warn!(code, error, "refused");
            (refusal, problem)
        }
    }
}

fn word(z: &Zitadel, head: &RequestHead, refusal: Refusal, problem: &Problem) -> Reply {
    if head.is_navigation() {
        with_headers(html(z, problem.status(), problem), refusal)
    } else {
        json_word(refusal, problem)
    }
}

fn json_word(refusal: Refusal, problem: &Problem) -> Reply {
    let mut body = json!({ "error": oauth_code(refusal), "error_description": problem.message() });
    if let (Some(incident), Some(body)) = (problem.incident(), body.as_object_mut()) {
        body.insert("incident".to_owned(), incident.into());
    }
    with_headers(Reply::json(problem.status(), &body), refusal)
}

/// What a status has to bring along.
fn with_headers(reply: Reply, refusal: Refusal) -> Reply {
    match (reply.status, refusal) {
        (401, _) => reply.with("www-authenticate", "Bearer"),
        (_, Refusal::Forbidden) => reply.with("www-authenticate", r#"Bearer error="insufficient_scope""#),
        (503, _) => reply.with("retry-after", RETRY_AFTER),
        _ => reply,
    }
}

/// Scripts get RFC 6750's word where it has one.
const fn oauth_code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Forbidden => "insufficient_scope",
        refusal => refusal.code(),
    }
}

fn incident(z: &Zitadel) -> String {
    let mut bytes = [0; 4];
    z.inner().edge.entropy.fill(&mut bytes);
    format!("{:08x}", u32::from_be_bytes(bytes))
}

/// A problem as a page: the application's, with whatever that needs, or ours, which needs nothing.
fn html(z: &Zitadel, status: u16, problem: &Problem) -> Reply {
    match z.inner().config.pages.problem {
        Some(render) => Reply::html(status, render(problem)),
        None => built_in(status, problem),
    }
}

/// The built-in error page for a code in a query.
pub(super) fn error(z: &Zitadel, code: Option<&str>) -> Reply {
    let problem = Problem::of_code(code.unwrap_or_default());
    let problem = problem.with_start_again(z.inner().config.sign_in_page().to_owned());
    html(z, 200, &problem)
}

/// The built-in page after sign-out.
pub(super) fn signed_out(z: &Zitadel) -> Reply {
    let sign_in = escape(z.inner().config.sign_in_page());
    let body = format!("<p>You are signed out.</p><p><a href=\"{sign_in}\">Sign in again</a></p>");
    document(200, "Signed out", &body)
}

/// `GET` on the sign-out endpoint changes nothing: a page with the button.
pub(super) fn logout_button(z: &Zitadel) -> Reply {
    if let Some(render) = z.inner().config.pages.logout {
        return Reply::html(200, render());
    }
    let action = escape(&z.inner().config.paths.logout);
    let form = format!("<form method=\"post\" action=\"{action}\"><button>Sign out</button></form>");
    document(200, "Sign out", &format!("<p>Do you want to sign out?</p>{form}"))
}

fn built_in(status: u16, problem: &Problem) -> Reply {
    let mut body = format!("<p>{}</p>", escape(problem.message()));
    if let Some(path) = problem.start_again() {
        body.push_str(&format!("<p><a href=\"{}\">Start again</a></p>", escape(path)));
    }
    if let Some(incident) = problem.incident() {
        body.push_str(&format!("<p><small>Incident {}</small></p>", escape(incident)));
    }
    document(status, problem.title(), &body)
}

/// One page, no assets: readable in light and dark, on a phone and on a desktop. Nothing is loaded, so nothing
/// is allowed; forms are, because their answer leads to the provider.
fn document(status: u16, title: &str, body: &str) -> Reply {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>body{{font:1.0625rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.25rem}}\
         h1{{font-size:1.5rem;line-height:1.25}}button{{font:inherit;padding:.5rem 1.25rem}}</style>\n\
         <main><h1>{title}</h1>{body}</main>\n</html>\n"
    );
    Reply::html(status, html).with(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_what_happened_and_escapes_everything() {
        let problem = Problem::of_code("access_denied").with_start_again("/a?\"><script>".to_owned());
        let page = built_in(403, &problem).body;
        assert!(page.contains("Sign-in was declined"));
        assert!(page.contains("/a?&quot;&gt;&lt;script&gt;") && !page.contains("<script>"));
    }
}
