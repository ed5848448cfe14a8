//! `Headers`: the headers of a response, for `Authentication::apply_to`.

use std::borrow::Cow;

use zitadel_core::{Authentication, ResponseHeaders};

#[derive(Default)]
pub(crate) struct Headers(pub(crate) Vec<(&'static str, String)>);

impl Headers {
    /// The headers of a response to which the handler adds none.
    pub(crate) fn from_authentication(authentication: &Authentication) -> Self {
        let mut headers = Self::default();
        authentication.apply_to(&mut headers);
        headers
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str()).collect()
    }
}

impl ResponseHeaders for Headers {
    fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_bytes())
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        self.0.push((name, value.into_owned()));
    }

    fn remove(&mut self, name: &'static str) {
        self.0.retain(|(known, _)| *known != name);
    }
}
