//! `ResponseHeaders`: a framework's response headers, as far as the engine changes them.

use std::borrow::Cow;

/// The headers of a framework's response. Each adapter implements it once, so that how a header is set is decided here.
pub trait ResponseHeaders {
    /// Every value of a header. `name` is lower case.
    fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]>;

    /// Adds a line, whatever the response has under this name. A value that cannot be sent as a header is left out.
    fn append(&mut self, name: &'static str, value: Cow<'static, str>);

    /// Removes every line of this name.
    fn remove(&mut self, name: &'static str);

    /// Adds a line, unless the very same line is there.
    fn append_unique(&mut self, name: &'static str, value: &'static str) {
        if !self.values(name).any(|known| known == value.as_bytes()) {
            self.append(name, Cow::Borrowed(value));
        }
    }

    /// Adds a line, if the response has none of this name.
    fn set_default(&mut self, name: &'static str, value: &'static str) {
        if self.values(name).next().is_none() {
            self.append(name, Cow::Borrowed(value));
        }
    }

    /// Replaces every line of this name.
    fn set(&mut self, name: &'static str, value: &'static str) {
        self.remove(name);
        self.append(name, Cow::Borrowed(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ResponseHeaders for Vec<(&'static str, Cow<'static, str>)> {
        fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
            self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_bytes())
        }

        fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
            self.push((name, value));
        }

        fn remove(&mut self, name: &'static str) {
            self.retain(|(known, _)| *known != name);
        }
    }

    #[test]
    fn each_operation_treats_an_existing_header_in_its_own_way() {
        let after = |set: fn(&mut Vec<(&'static str, Cow<'static, str>)>)| {
            let mut headers = vec![("vary", Cow::Borrowed("Accept")), ("vary", Cow::Borrowed("Cookie"))];
            set(&mut headers);
            headers.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(after(|headers| headers.append_unique("vary", "Cookie")), ["Accept", "Cookie"]);
        assert_eq!(after(|headers| headers.append_unique("vary", "Origin")), ["Accept", "Cookie", "Origin"]);
        assert_eq!(after(|headers| headers.set_default("vary", "Origin")), ["Accept", "Cookie"]);
        assert_eq!(after(|headers| headers.set_default("age", "1")), ["Accept", "Cookie", "1"]);
        assert_eq!(after(|headers| headers.set("vary", "Origin")), ["Origin"]);
    }
}
