//! The static files, in the program.

use std::sync::Arc;

use axum::{
    Router,
    http::{
        HeaderName,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{Html, IntoResponse},
    routing::get,
};

/// What stands in the page instead of the address of the gateway.
const GATEWAY: &str = "{{gateway}}";
const PAGE: &str = include_str!("../static/index.html");
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// `/`, its style and its modules.
pub(crate) fn routes(gateway: &str) -> Router {
    let page = Arc::new(PAGE.replace(GATEWAY, gateway));
    // Scripts of this origin only, which may talk to this origin and to the gateway. No `form-action`: browsers apply it to the
    // redirects after the logout form as well, and these lead to the provider.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {gateway}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let index = get(async move || ([(CONTENT_SECURITY_POLICY, policy)], headers(), Html(page.to_string())));
    Router::new()
        .route("/", index)
        .route("/app.js", get(async || file(SCRIPT, include_str!("../static/app.js"))))
        .route("/gateway.js", get(async || file(SCRIPT, include_str!("../static/gateway.js"))))
        .route("/view.js", get(async || file(SCRIPT, include_str!("../static/view.js"))))
        .route("/style.css", get(async || file("text/css; charset=utf-8", include_str!("../static/style.css"))))
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, content_type)], headers(), text)
}

/// `strict-origin` and not `no-referrer`: with the latter, browsers write `Origin: null` into the logout form, and the gateway takes that for
/// another site (Fetch Standard §3.2).
const fn headers() -> [(HeaderName, &'static str); 3] {
    [(CACHE_CONTROL, "no-cache"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "strict-origin")]
}
