//! HTML pages: the application's own, or small built-in ones without assets.

use super::ErrorPage;
use crate::http::Reply;

/// How an application renders an error, as a whole HTML document.
pub(crate) type RenderError = fn(&ErrorPage) -> String;

/// The policy of a page that loads nothing.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
/// An error as a page: the application's, or the built-in one.
pub(crate) fn error_page(render: Option<RenderError>, status: u16, page: &ErrorPage) -> Reply {
    match render {
        Some(render) => Reply::html(status, render(page)),
        None => default_error_page(status, page),
    }
}

fn default_error_page(status: u16, page: &ErrorPage) -> Reply {
    let mut body = format!("<p>{}</p>", escape(page.message()));
    if let Some(url) = page.retry_url() {
        body.push_str(&format!("<p><a href=\"{}\">Start again</a></p>", escape(url)));
    }
    if let Some(incident) = page.incident() {
        body.push_str(&format!("<p><small>Incident {}</small></p>", escape(incident)));
    }
    html_document(status, page.title(), &body)
}

/// One page without assets. Forms are allowed, because their response leads to the provider.
pub(super) fn html_document(status: u16, title: &str, body: &str) -> Reply {
    Reply::html(status, document(title, body)).with("content-security-policy", POLICY)
}

/// Readable in light and dark, on a phone and on a desktop.
pub(super) fn document(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>body{{font:1.0625rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.25rem}}\
         h1{{font-size:1.5rem;line-height:1.25}}button{{font:inherit;padding:.5rem 1.25rem}}</style>\n\
         <main><h1>{title}</h1>{body}</main>\n</html>\n"
    )
}

pub(super) fn escape(text: &str) -> String {
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
    fn a_page_shows_the_error_and_escapes_everything() {
        let page = ErrorPage::from_code("access_denied").with_retry_url("/a?\"><script>".to_owned());
        let body = default_error_page(403, &page).body;
        assert!(body.contains("Sign-in was declined"));
        assert!(body.contains("/a?&quot;&gt;&lt;script&gt;") && !body.contains("<script>"));
    }
}
