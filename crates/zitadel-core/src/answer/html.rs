//! HTML pages: the application's own, or small built-in ones without assets.

use super::{ErrorPage, Pages};
use crate::http::Reply;

/// An error as a page: the application's, or the built-in one.
pub(crate) fn error_page(pages: &Pages, status: u16, page: &ErrorPage) -> Reply {
    match pages.render_error {
        Some(render) => Reply::html(status, render(page)),
        None => default_error_page(status, page),
    }
}

/// The built-in page after logout. `login_path` is where to log in again.
pub(crate) fn logged_out_page(login_path: &str) -> Reply {
    let login_path = escape(login_path);
    let body = format!("<p>You are signed out.</p><p><a href=\"{login_path}\">Sign in again</a></p>");
    html_document(200, "Signed out", &body)
}

/// The page that asks before a logout, because a `GET` changes nothing: the application's, or a form that posts to
/// `logout_path`.
pub(crate) fn confirm_logout_page(pages: &Pages, logout_path: &str) -> Reply {
    if let Some(render) = pages.render_logout {
        return Reply::html(200, render());
    }
    let action = escape(logout_path);
    let form = format!("<form method=\"post\" action=\"{action}\"><button>Sign out</button></form>");
    html_document(200, "Sign out", &format!("<p>Do you want to sign out?</p>{form}"))
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

/// One page without assets, readable in light and dark, on a phone and on a desktop. Its policy allows nothing to be
/// loaded; forms are allowed, because their response leads to the provider.
fn html_document(status: u16, title: &str, body: &str) -> Reply {
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
    fn a_page_shows_the_error_and_escapes_everything() {
        let page = ErrorPage::from_code("access_denied").with_retry_url("/a?\"><script>".to_owned());
        let body = default_error_page(403, &page).body;
        assert!(body.contains("Sign-in was declined"));
        assert!(body.contains("/a?&quot;&gt;&lt;script&gt;") && !body.contains("<script>"));
    }
}
