//! HTML pages: the application's own, or small built-in ones without assets.

use super::{ErrorPage, Pages};
use crate::{http::Reply, protocol::EndSessionForm};

/// The policy of a page that loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
/// Submits the form of a page before the page is loaded completely, so that the page leaves no entry in the history.
const SUBMIT: &str = "document.forms[0].submit()";
/// The hash of [`SUBMIT`], for the policy of the page.
const SUBMIT_HASH: &str = "'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='";

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
    let everywhere =
        "<p><label><input type=\"checkbox\" name=\"everywhere\" value=\"true\"> On all my devices</label></p>";
    let form = format!("<form method=\"post\" action=\"{action}\">{everywhere}<button>Sign out</button></form>");
    html_document(200, "Sign out", &format!("<p>Do you want to sign out?</p>{form}"))
}

/// The page that posts a logout request: the application's, or a built-in one. The ID token in it must not be kept.
pub(crate) fn end_session_page(pages: &Pages, form: &EndSessionForm) -> Reply {
    if let Some(render) = pages.render_end_session {
        return Reply::html_without_referrer(200, render(form));
    }
    let mut body =
        "<p>You are signed out here. One more step ends your session at the identity provider.</p>".to_owned();
    body.push_str(&format!("<form method=\"post\" action=\"{}\">", escape(form.action())));
    for (name, value) in form.fields() {
        body.push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)));
    }
    body.push_str(&format!("<button>Continue</button></form><script>{SUBMIT}</script>"));
    // Browsers apply `form-action` to the redirects after the form as well, and these lead through the provider, and
    // whatever it is linked with, back to the application: the schemes can be named, the hosts cannot.
    let schemes = if form.is_https_only() { "https:" } else { "https: http:" };
    let policy = format!("{POLICY}; script-src {SUBMIT_HASH}; form-action {schemes}");
    Reply::html_without_referrer(200, document("Signing out", &body)).with("content-security-policy", policy)
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
fn html_document(status: u16, title: &str, body: &str) -> Reply {
    Reply::html(status, document(title, body)).with("content-security-policy", POLICY)
}

/// Readable in light and dark, on a phone and on a desktop.
fn document(title: &str, body: &str) -> String {
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
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::{
        protocol::{
            end_session::{EndSessionRequest, IdTokenHint},
            endpoint_url::EndpointUrl,
        },
        secret::Secret,
    };

    #[test]
    fn the_policy_names_the_script_that_submits_the_form() {
        let hash = base64_simd::STANDARD.encode_to_string(Sha256::digest(SUBMIT));
        assert_eq!(SUBMIT_HASH, format!("'sha256-{hash}'"));
    }

    /// The logout request of an ID token that is too long for a URL.
    fn long_form(endpoint: &str, post_logout_redirect_uri: &str) -> EndSessionForm {
        let endpoint = EndpointUrl::parse(endpoint, true).unwrap();
        let hint = IdTokenHint { token: Secret::from("i".repeat(3_000)), provider_session: None };
        match EndSessionRequest::new(&endpoint, Some(hint), "app", post_logout_redirect_uri, "s\"><script>") {
            EndSessionRequest::Form(form) => form,
            EndSessionRequest::Redirect(url) => panic!("{url}"),
        }
    }

    #[test]
    fn a_logout_form_is_submitted_by_its_script_or_its_button_and_kept_nowhere() {
        let form = long_form("https://id.example/logout?tenant=\"&x=1", "https://app.example/bye");
        let page = end_session_page(&Pages::new(), &form);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            page.header("content-security-policy"),
            Some(
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; \
                 script-src 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='; form-action https:"
            )
        );
        let hint = format!("<input type=\"hidden\" name=\"id_token_hint\" value=\"{}\">", "i".repeat(3_000));
        for part in [
            "<form method=\"post\" action=\"https://id.example/logout?tenant=%22&amp;x=1\">",
            &hint,
            "<input type=\"hidden\" name=\"client_id\" value=\"app\">",
            "<input type=\"hidden\" name=\"post_logout_redirect_uri\" value=\"https://app.example/bye\">",
            "<input type=\"hidden\" name=\"state\" value=\"s&quot;&gt;&lt;script&gt;\">",
            "<button>Continue</button></form><script>document.forms[0].submit()</script>",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
    }

    /// On a development machine. An `http` source in the policy of anything else would allow a downgrade.
    #[test]
    fn a_logout_form_may_go_to_http_only_where_an_address_is_http() {
        let http = ["http://localhost:8088/logout", "http://localhost:3000/bye"];
        let https = ["https://id.example/logout", "https://app.example/bye"];
        for (endpoint, uri) in [(http[0], http[1]), (http[0], https[1]), (https[0], http[1])] {
            let page = end_session_page(&Pages::new(), &long_form(endpoint, uri));
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.ends_with("; form-action https: http:"), "{endpoint} {uri}: {policy}");
        }
    }

    #[test]
    fn a_logout_form_of_the_application_is_kept_nowhere_either() {
        let pages = Pages::new().render_end_session(|form| format!("to {}", form.action()));
        let page = end_session_page(&pages, &long_form("https://id.example/logout", "https://app.example/bye"));
        assert_eq!((page.status, page.body.as_str()), (200, "to https://id.example/logout"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }

    #[test]
    fn a_page_shows_the_error_and_escapes_everything() {
        let page = ErrorPage::from_code("access_denied").with_retry_url("/a?\"><script>".to_owned());
        let body = default_error_page(403, &page).body;
        assert!(body.contains("Sign-in was declined"));
        assert!(body.contains("/a?&quot;&gt;&lt;script&gt;") && !body.contains("<script>"));
    }
}
