//! Splitting a sealed session over several cookies, and finding it again.
//!
//! Browsers keep a cookie whose name and value are at most 4,096 bytes together (RFC 6265bis §5.6). The first
//! character of the first cookie is the number of cookies, so a stale chunk of a larger session is never read as part of
//! a smaller one. A cookie that refers to a session in the store begins with [`REFERENCE`] instead.

use std::{borrow::Cow, time::Duration};

use crate::http::{
    RequestHead,
    cookie::{self, CookieNames},
};

/// Bytes of value per cookie: 4,096 less the longest name of ours, with room for a proxy that adds to it.
const CHUNK: usize = 3900;

/// The first character of a cookie that refers to a session in the store. No base64url character and no digit.
pub(crate) const REFERENCE: char = '~';
const REFERENCE_BYTE: u8 = b'~';

/// At most this many cookies, 11,700 bytes. Proxies commonly accept 8 KiB for one header line: two chunks and little
/// else. The third is for those that are configured for more. A session that does not fit is an error at login, not a
/// redirect loop.
const MAX_CHUNKS: usize = 3;

/// More than `MAX_CHUNKS` cookies would be needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session needs {needed} bytes; {} fit", CHUNK * MAX_CHUNKS)]
pub(crate) struct SessionTooLarge {
    pub(crate) needed: usize,
}

/// Whether a sealed session fits into cookies.
pub(crate) const fn check(sealed: &str) -> Result<(), SessionTooLarge> {
    let needed = sealed.len() + 1;
    if needed > CHUNK * MAX_CHUNKS { Err(SessionTooLarge { needed }) } else { Ok(()) }
}

/// Whether this is a reference to a session in the store, and not a session.
pub(crate) fn is_reference(sealed: impl AsRef<[u8]>) -> bool {
    sealed.as_ref().first() == Some(&REFERENCE_BYTE)
}

/// What follows [`REFERENCE`] in a cookie that begins with it.
pub(crate) fn without_reference(cookie: &[u8]) -> Option<&[u8]> {
    cookie.strip_prefix(&[REFERENCE_BYTE])
}

/// The `Set-Cookie` values that write `sealed`, and remove chunks in `head` that are not part of it. Without `max_age` the
/// browser forgets them when it is closed.
pub(crate) fn write(
    sealed: &str,
    names: &CookieNames,
    max_age: Option<Duration>,
    head: &RequestHead,
) -> Result<Vec<String>, SessionTooLarge> {
    check(sealed)?;
    let count = (sealed.len() + 1).div_ceil(CHUNK);
    let text = if is_reference(sealed) { sealed.to_owned() } else { format!("{count}{sealed}") };
    let mut cookies = Vec::with_capacity(count);
    let mut rest = text.as_str();
    for index in 0..count {
        // Base64 is ASCII: any byte is a character boundary.
        let (chunk, next) = rest.split_at_checked(CHUNK).unwrap_or((rest, ""));
        cookies.push(names.set(&names.session_chunk(index), chunk, max_age));
        rest = next;
    }
    cookies.extend(stale(names, head, count));
    Ok(cookies)
}

/// The `Set-Cookie` values that remove whatever session cookies came with `head`; none if none came.
pub(crate) fn clear(names: &CookieNames, head: &RequestHead) -> Vec<String> {
    stale(names, head, 0)
}

/// Candidates for the sealed session in `head`: usually none or one. Several cookies of the same name may
/// arrive (another path or domain set one); each is a candidate, at most four. A reference comes with its first character.
pub(crate) fn read<'h>(names: &CookieNames, head: &'h RequestHead) -> impl Iterator<Item = Cow<'h, [u8]>> {
    cookie::raw_values(head, names.session()).take(4).filter_map(move |whole| {
        let (count, first) = match whole {
            [REFERENCE_BYTE, ..] => return Some(Cow::Borrowed(whole)),
            [count @ b'0'..=b'9', first @ ..] => (usize::from(count - b'0'), first),
            _ => return None,
        };
        match count {
            1 => Some(Cow::Borrowed(first)),
            2..=MAX_CHUNKS => {
                let mut whole = first.to_owned();
                for index in 1..count {
                    whole.extend_from_slice(cookie::raw_values(head, &names.session_chunk(index)).next()?);
                }
                Some(Cow::Owned(whole))
            }
            _ => None,
        }
    })
}

/// The `Set-Cookie` values that remove chunks in `head` from this one on.
pub(crate) fn stale(names: &CookieNames, head: &RequestHead, from: usize) -> Vec<String> {
    if head.cookies.is_empty() {
        // Most anonymous requests carry no cookie and cost nothing.
        return Vec::new();
    }
    (from..=MAX_CHUNKS)
        .map(|index| names.session_chunk(index))
        .filter(|name| cookie::raw_values(head, name).next().is_some())
        .map(|name| names.clear(&name))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::http::cookie::CookieSecurity;

    fn names() -> &'static CookieNames {
        static NAMES: LazyLock<CookieNames> =
            LazyLock::new(|| CookieNames::new(CookieSecurity::Loopback, "https://issuer.example", "client"));
        &NAMES
    }

    fn head_with(cookies: &[String]) -> RequestHead {
        let mut head = RequestHead::new("GET", "/");
        for cookie in cookies {
            head.header("cookie", cookie.split(';').next().unwrap().as_bytes());
        }
        head
    }

    fn texts(head: &RequestHead) -> Vec<String> {
        read(names(), head).map(|sealed| String::from_utf8(sealed.into_owned()).unwrap()).collect()
    }

    fn empty() -> RequestHead {
        RequestHead::new("GET", "/")
    }

    #[test]
    fn a_small_session_is_one_cookie() {
        let cookies = write("abc", names(), None, &empty()).unwrap();
        assert_eq!(cookies.len(), 1);
        assert_eq!(texts(&head_with(&cookies)), ["abc"]);
    }

    #[test]
    fn a_large_session_comes_back_from_its_chunks_in_any_order_and_each_fits_a_browser() {
        let sealed: String = ('a'..='z').cycle().take(9000).collect();
        let mut cookies = write(&sealed, names(), None, &empty()).unwrap();
        assert_eq!(cookies.len(), 3);
        assert!(cookies.iter().all(|cookie| cookie.split(';').next().unwrap().len() <= 4096));
        cookies.reverse();
        assert_eq!(texts(&head_with(&cookies)), [sealed]);
    }

    #[test]
    fn a_reference_replaces_all_chunks_and_comes_back_as_it_is() {
        let large = write(&"x".repeat(9000), names(), None, &empty()).unwrap();
        let cookies = write("~abc", names(), None, &head_with(&large)).unwrap();
        assert_eq!(cookies.len(), 3, "one set, two removed: {cookies:?}");
        assert_eq!(texts(&head_with(&cookies[..1])), ["~abc"]);
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_names_its_size() {
        assert_eq!(write(&"a".repeat(20_000), names(), None, &empty()), Err(SessionTooLarge { needed: 20_001 }));
    }

    #[test]
    fn chunks_of_a_larger_session_are_removed_and_until_then_ignored() {
        let large = write(&"x".repeat(9000), names(), None, &empty()).unwrap();
        let small = write("abc", names(), None, &head_with(&large)).unwrap();
        assert_eq!(small.len(), 3, "one set, two removed: {small:?}");
        let mut mixed = head_with(&small[..1]);
        for cookie in &large[1..] {
            mixed.header("cookie", cookie.split(';').next().unwrap().as_bytes());
        }
        assert_eq!(texts(&mixed), ["abc"]);
    }

    #[test]
    fn a_missing_chunk_or_a_wrong_count_is_no_session() {
        let large = write(&"x".repeat(9000), names(), None, &empty()).unwrap();
        assert_eq!(read(names(), &head_with(&large[..2])).count(), 0);
        for value in ["", "0abc", "9abc", "xabc", "é"] {
            let cookie = format!("{}={value}", names().session());
            assert_eq!(read(names(), &head_with(&[cookie])).count(), 0, "{value}");
        }
    }

    #[test]
    fn clearing_removes_what_came_and_nothing_else() {
        let large = write(&"x".repeat(9000), names(), None, &empty()).unwrap();
        assert_eq!(clear(names(), &head_with(&large)).len(), 3);
        assert_eq!(clear(names(), &empty()).len(), 0);
    }
}
