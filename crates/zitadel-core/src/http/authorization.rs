//! The `Authorization` header of a request (RFC 9110 §11.6.2), as far as it holds a bearer token (RFC 6750 §2.1).
//!
//! 1. The scheme is compared without regard to case (RFC 9110 §11.1).
//! 2. One header. Two of them, of which one is a bearer token, are malformed: nothing says which one counts, and a proxy may
//!    have looked at the other.
//! 3. After the scheme and spaces comes one token, in the characters of `b64token`; anything else is malformed.
//! 4. Other schemes are not ours: such a request is served as one without the header.
//! 5. The token is taken from this header only, never from a form or a query (RFC 6750 §5.3: URLs are logged).

use std::fmt;

const SCHEME: &str = "Bearer";

/// What the `Authorization` lines of a request hold.
#[derive(Clone, Default)]
pub(super) enum Authorization {
    /// Nothing, or another scheme.
    #[default]
    Absent,
    /// One line with another scheme: a bearer token must not follow.
    Foreign,
    /// One line of the scheme `Bearer`, as it was sent.
    Bearer(Box<[u8]>),
    /// Rule 2.
    Malformed,
}

/// The bearer token of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BearerToken<'a> {
    Absent,
    /// What was sent after the scheme. Its characters are not looked at yet, because a token that is known has the right ones:
    /// [`bearer_token`].
    Present(&'a [u8]),
    Malformed,
}

impl Authorization {
    /// Adds a line.
    pub(super) fn add(&mut self, value: &[u8]) {
        let is_bearer = has_scheme(value);
        *self = match (&*self, is_bearer) {
            (Self::Absent, true) => Self::Bearer(value.into()),
            (Self::Absent | Self::Foreign, false) => Self::Foreign,
            _ => Self::Malformed,
        };
    }

    pub(super) fn bearer(&self) -> BearerToken<'_> {
        match self {
            Self::Absent | Self::Foreign => BearerToken::Absent,
            Self::Malformed => BearerToken::Malformed,
            Self::Bearer(line) => token(line).map_or(BearerToken::Malformed, BearerToken::Present),
        }
    }
}

fn has_scheme(value: &[u8]) -> bool {
    let value = value.trim_ascii_start();
    let scheme = value.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case(SCHEME.as_bytes())
}

/// What comes after the scheme, if anything does.
fn token(line: &[u8]) -> Option<&[u8]> {
    Some(line.trim_ascii().get(SCHEME.len()..)?.trim_ascii_start()).filter(|token| !token.is_empty())
}

/// The bearer token of these `Authorization` lines, if it is the only one and well-formed as far as [`BearerToken::Present`] says.
pub(crate) fn only_bearer_token<'h>(lines: impl IntoIterator<Item = &'h [u8]>) -> Option<&'h [u8]> {
    let mut lines = lines.into_iter();
    let line = lines.next().filter(|line| has_scheme(line))?;
    if lines.next().is_some() { None } else { token(line) }
}

/// The rest of rule 3: the text of a `b64token` (RFC 6750 §2.1).
pub(crate) fn bearer_token(token: &[u8]) -> Option<&str> {
    let text = str::from_utf8(token).ok()?;
    let characters = text.trim_end_matches('=');
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    (!characters.is_empty() && characters.bytes().all(is_allowed)).then_some(text)
}

/// Not the token.
impl fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Present(_) => "Present",
            Self::Malformed => "Malformed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(lines: &[&[u8]]) -> Authorization {
        let mut authorization = Authorization::default();
        lines.iter().for_each(|line| authorization.add(line));
        authorization
    }

    #[test]
    fn rule_1_the_scheme_has_any_case() {
        for line in ["Bearer a.b-c", "bearer a.b-c", "BEARER   a.b-c", " bEaReR a.b-c "] {
            assert_eq!(bearer(&[line.as_bytes()]).bearer(), BearerToken::Present(b"a.b-c"), "{line}");
        }
    }

    #[test]
    fn the_only_token_is_that_of_the_header() {
        for lines in [
            &[][..],
            &["Basic a"],
            &["Bearer"],
            &["Bearer "],
            &["Bearer a"],
            &["Bearer a", "Basic b"],
            &["Basic b", "Bearer a"],
        ] {
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
            let expected = match bearer(&lines).bearer() {
                BearerToken::Present(token) => Some(token.to_vec()),
                BearerToken::Absent | BearerToken::Malformed => None,
            };
            assert_eq!(only_bearer_token(lines.iter().copied()).map(<[u8]>::to_vec), expected, "{lines:?}");
        }
    }

    #[test]
    fn rule_2_two_lines_are_malformed_if_one_is_a_bearer_token() {
        for lines in
            [["Bearer a", "Bearer a"], ["Bearer a", "Basic b"], ["Basic b", "Bearer a"], ["Bearer", "Bearer a"]]
        {
            assert_eq!(bearer(&lines.map(str::as_bytes)).bearer(), BearerToken::Malformed, "{lines:?}");
        }
        assert_eq!(bearer(&[b"Basic a", b"Basic b"]).bearer(), BearerToken::Absent);
        assert_eq!(bearer(&[b"Basic a", b"Basic b", b"Bearer c"]).bearer(), BearerToken::Malformed);
    }

    #[test]
    fn rule_3_what_is_not_one_token_is_malformed() {
        for line in ["Bearer", "Bearer "] {
            assert_eq!(bearer(&[line.as_bytes()]).bearer(), BearerToken::Malformed, "{line}");
        }
        assert_eq!(bearer(&[b"Bearer a b"]).bearer(), BearerToken::Present(b"a b"));
        assert_eq!(bearer_token(b"a\xff"), None);
        for token in ["", "a b", "a,b", "\"a\"", "=", "a=b", "\u{e4}", "a\0"] {
            assert_eq!(bearer_token(token.as_bytes()), None, "{token}");
        }
        assert_eq!(bearer_token(b"aZ09-._~+/=="), Some("aZ09-._~+/=="));
    }

    #[test]
    fn rule_4_other_schemes_are_not_looked_at() {
        for line in ["Basic YTpi", "Bearerx a", "DPoP a", "", "\u{e4}"] {
            assert_eq!(bearer(&[line.as_bytes()]).bearer(), BearerToken::Absent, "{line}");
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        assert_eq!(format!("{:?}", bearer(&[b"Bearer cAnArY"]).bearer()), "Present");
    }
}
