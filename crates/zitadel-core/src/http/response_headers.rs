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
}

/// How a header is set on a response that a handler has already made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderOp {
    /// One more line, whatever is there.
    Append,
    /// One more line, unless the very same line is there.
    AppendUnique,
    /// Only if the response has no header of this name.
    SetDefault,
    /// Instead of every line of this name.
    Set,
}

impl HeaderOp {
    pub(crate) fn apply(self, headers: &mut impl ResponseHeaders, name: &'static str, value: Cow<'static, str>) {
        let skip = match self {
            Self::Append => false,
            Self::AppendUnique => headers.values(name).any(|known| known == value.as_bytes()),
            Self::SetDefault => headers.values(name).next().is_some(),
            Self::Set => {
                headers.remove(name);
                false
            }
        };
        if !skip {
            headers.append(name, value);
        }
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
        let after = |op: HeaderOp, value: &'static str| {
            let mut headers = vec![("vary", Cow::Borrowed("Accept")), ("vary", Cow::Borrowed("Cookie"))];
            op.apply(&mut headers, "vary", value.into());
            headers.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(after(HeaderOp::Append, "Cookie"), ["Accept", "Cookie", "Cookie"]);
        assert_eq!(after(HeaderOp::AppendUnique, "Cookie"), ["Accept", "Cookie"]);
        assert_eq!(after(HeaderOp::AppendUnique, "Origin"), ["Accept", "Cookie", "Origin"]);
        assert_eq!(after(HeaderOp::SetDefault, "Origin"), ["Accept", "Cookie"]);
        assert_eq!(after(HeaderOp::Set, "Origin"), ["Origin"]);
    }
}
