//! Style sheet and avatars.

use http::header;

use super::RequestContext;
use crate::{page, response::EndpointResponse};

/// Path of the style sheet.
pub(crate) const STYLE_PATH: &str = "/ui/v2/login/style.css";
/// Path prefix of avatars: `/assets/v1/{organization}/users/{user}/avatar`.
pub(crate) const AVATAR_PREFIX: &str = "/assets/v1/";

/// Serves the style sheet or an avatar.
pub(crate) fn handle(context: &RequestContext<'_>) -> EndpointResponse {
    let path = context.request.path.as_str();
    let cached = |response: EndpointResponse| response.with_header(header::CACHE_CONTROL, "max-age=300");
    if path == STYLE_PATH {
        return cached(EndpointResponse::new(200, "text/css; charset=utf-8", page::STYLE_SHEET));
    }
    let mut parts = path.strip_prefix(AVATAR_PREFIX).unwrap_or_default().split('/').skip(2);
    match parts.next().and_then(|id| context.state.registry.person(id)) {
        Some(person) => cached(EndpointResponse::new(200, "image/svg+xml", page::render_avatar(person))),
        None => EndpointResponse::text(404, "404 page not found"),
    }
}
