//! The pages of login and logout: the application's own, or small built-in ones without assets.

use super::{
    Pages,
    html::{POLICY, document, escape, html_document},
};
use crate::{http::Reply, protocol::EndSessionForm};

/// Submits the form of a page before the page is loaded completely, so that the page leaves no entry in the history.
const SUBMIT: &str = "document.forms[0].submit()";
/// The hash of [`SUBMIT`], for the policy of the page.
const SUBMIT_HASH: &str = "'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='";

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
}
