//! Reading a query or a form: the first value of a name, and where to go next.

use crate::{http::ReturnTo, telemetry};

/// The first value of `name`. Parameters that may not repeat are read by `protocol::query`.
pub(crate) fn value(form: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(form?.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// `callbackUrl`, if it is a page of this origin; anything else is dropped.
pub(crate) fn return_to(form: Option<&str>, origin: &str) -> Option<ReturnTo> {
    let text = value(form, "callbackUrl").filter(|text| !text.is_empty())?;
    ReturnTo::check_at(&text, origin).inspect_err(|reason| telemetry::return_to_dropped(reason)).ok()
}

/// `remember`, the checkbox "stay signed in"; `None` if the form has none that is readable.
pub(crate) fn remember(form: Option<&str>) -> Option<bool> {
    checkbox(form, "remember")
}

/// `everywhere`, the checkbox of a logout that ends all sessions of the user.
pub(crate) fn everywhere(form: Option<&str>) -> bool {
    checkbox(form, "everywhere") == Some(true)
}

fn checkbox(form: Option<&str>, name: &str) -> Option<bool> {
    match value(form, name)?.as_str() {
        "on" | "true" | "1" => Some(true),
        "off" | "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_callback_url_that_leaves_the_site_is_dropped() {
        let return_to = |form| super::return_to(form, "https://app.example").map(|page| page.to_string());
        assert_eq!(return_to(Some("callbackUrl=%2Fprofile%3Ftab%3D1")).as_deref(), Some("/profile?tab=1"));
        assert_eq!(return_to(Some("callbackUrl=https%3A%2F%2Fapp.example%2Fa")).as_deref(), Some("/a"));
        assert_eq!(return_to(Some("callbackUrl=https%3A%2F%2Fevil.example")), None);
        assert_eq!(return_to(Some("callbackUrl=")), None);
        assert_eq!(return_to(None), None);
    }
}
