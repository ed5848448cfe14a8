//! The style sheet of the pages, and pictures of people: their initials.

use http::header;

use super::Exchange;
use crate::{answer::Answer, page};

/// Path of the style sheet.
pub(crate) const STYLE: &str = "/ui/v2/login/style.css";
/// Where ZITADEL serves avatars: `/assets/v1/{organisation}/users/{person}/avatar`.
pub(crate) const PICTURES: &str = "/assets/v1/";

/// A file.
pub(crate) fn answer(exchange: &Exchange<'_>) -> Answer {
    let path = exchange.request.path.as_str();
    let cached = |answer: Answer| answer.with(header::CACHE_CONTROL, "max-age=300");
    if path == STYLE {
        return cached(Answer::new(200, "text/css; charset=utf-8", page::STYLE));
    }
    let mut parts = path.strip_prefix(PICTURES).unwrap_or_default().split('/').skip(2);
    match parts.next().and_then(|id| exchange.state.registry.person(id)) {
        Some(person) => cached(Answer::new(200, "image/svg+xml", page::avatar(person))),
        None => Answer::text(404, "404 page not found"),
    }
}
