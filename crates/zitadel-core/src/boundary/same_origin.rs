//! Whether an unsafe request comes from our own pages: the defence against cross-site request forgery.
//!
//! Pure. Browsers write `Sec-Fetch-Site` and `Origin` themselves and no page can change them (Fetch Standard,
//! "forbidden request-header"), so a request proves where it comes from, and no token is needed in a form.
//! The rules, in order:
//!
//! 1. `Sec-Fetch-Site: same-origin` is evidence, and so is `none`: the person did it (address bar, bookmark,
//!    reload), no page did.
//! 2. Any other `Sec-Fetch-Site` is refused, `same-site` too: a neighbouring subdomain is not us.
//! 3. An `Origin` that names somebody else is refused whatever `Sec-Fetch-Site` says.
//! 4. `Origin: null` beside the evidence of rule 1 contradicts nothing: a page with `Referrer-Policy:
//!    no-referrer` sends it to its own server. (A sandboxed frame's `null` comes with `cross-site`: rule 2.)
//! 5. Without `Sec-Fetch-Site` (old browsers, plain http) `Origin` must be our origin, byte for byte, as
//!    browsers serialise it (RFC 6454 §6.2); `null` is refused.
//! 6. Without either nothing is known, and nothing known is refused.

use super::RequestHead;

/// What a request shows about the page it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Our own page, or the person without any page.
    SameOrigin,
    /// Somebody else's page, or headers that contradict each other.
    CrossSite,
    /// Neither header came. Refused like [`CrossSite`](Self::CrossSite); kept apart for the log.
    Unknown,
}

/// Applies the rules of this module. `public_origin` is `scheme://host[:port]` as browsers serialise it:
/// lower case, no default port, no trailing slash (`Config` makes it).
pub(crate) fn same_origin(head: &RequestHead, public_origin: &str) -> Evidence {
    match (head.fetch_site.as_deref(), head.origin.as_deref()) {
        (Some("same-origin" | "none"), None | Some("null")) => Evidence::SameOrigin,
        (Some("same-origin" | "none") | None, Some(origin)) if origin == public_origin => Evidence::SameOrigin,
        (None, None) => Evidence::Unknown,
        _ => Evidence::CrossSite,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: &str = "https://app.example";

    fn judge(headers: &[(&str, &str)]) -> Evidence {
        let mut head = RequestHead::new("POST", "/auth/logout");
        for (name, value) in headers {
            head.header(name, value.as_bytes());
        }
        same_origin(&head, US)
    }

    #[test]
    fn rule_1_our_own_page_and_the_person_alone_are_let_in() {
        for site in ["same-origin", "none"] {
            assert_eq!(judge(&[("sec-fetch-site", site)]), Evidence::SameOrigin, "{site}");
            assert_eq!(judge(&[("sec-fetch-site", site), ("origin", US)]), Evidence::SameOrigin, "{site}");
        }
    }

    #[test]
    fn rule_2_neighbours_strangers_and_unknown_words_are_refused() {
        for site in ["same-site", "cross-site", "Same-Origin", "same-origin ", "", "none, none", "☃"] {
            assert_eq!(judge(&[("sec-fetch-site", site), ("origin", US)]), Evidence::CrossSite, "{site}");
            assert_eq!(judge(&[("sec-fetch-site", site)]), Evidence::CrossSite, "{site}");
        }
    }

    #[test]
    fn rule_2_two_lines_that_differ_are_refused() {
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert_eq!(judge(&twice), Evidence::CrossSite);
    }

    #[test]
    fn rule_3_a_foreign_origin_beats_friendly_fetch_metadata() {
        for site in ["same-origin", "none"] {
            let told = judge(&[("sec-fetch-site", site), ("origin", "https://evil.example")]);
            assert_eq!(told, Evidence::CrossSite, "{site}");
        }
    }

    #[test]
    fn rule_4_a_page_that_hides_its_referrer_still_reaches_its_own_server() {
        assert_eq!(judge(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), Evidence::SameOrigin);
        assert_eq!(judge(&[("sec-fetch-site", "cross-site"), ("origin", "null")]), Evidence::CrossSite);
    }

    #[test]
    fn rule_5_without_fetch_metadata_the_origin_must_be_ours_to_the_byte() {
        assert_eq!(judge(&[("origin", US)]), Evidence::SameOrigin);
        for other in [
            "null",
            "",
            "http://app.example",
            "https://app.example:8443",
            "https://app.example/",
            "https://App.example",
            "https://app.example.evil.example",
            "https://evil.example",
            "https://app.example https://evil.example",
        ] {
            assert_eq!(judge(&[("origin", other)]), Evidence::CrossSite, "{other}");
        }
    }

    #[test]
    fn rule_6_nothing_known_is_refused() {
        assert_eq!(judge(&[]), Evidence::Unknown);
    }
}
