//! Reading a query or a form: the first value of a name, and where to go next.

use crate::http::ReturnTo;

/// The first value of `name`. Parameters that may not repeat are read by `protocol::query`.
pub(crate) fn value(form: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(form?.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// `callbackUrl`, if it is a local path; anything else is dropped.
pub(crate) fn return_to(form: Option<&str>) -> Option<ReturnTo> {
    value(form, "callbackUrl").and_then(|path| ReturnTo::parse(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_url_that_leaves_the_site_is_dropped() {
        assert_eq!(return_to(Some("callbackUrl=%2Fprofile%3Ftab%3D1")).unwrap().as_str(), "/profile?tab=1");
        assert_eq!(return_to(Some("callbackUrl=https%3A%2F%2Fevil.example")), None);
        assert_eq!(return_to(Some("callbackUrl=")), None);
        assert_eq!(return_to(None), None);
    }
}
