//! Whether an unsafe request comes from our own pages: the defence against cross-site request forgery.
//!
//! Pure. Browsers write `Sec-Fetch-Site` and `Origin` themselves and no page can change them (Fetch Standard,
//! "forbidden request-header"), so a request proves where it comes from, and no token is needed in a form.
//! The rules, in order:
//!
//! 1. `Sec-Fetch-Site: same-origin` is evidence, and so is `none`: the person did it (address bar, bookmark,
//!    reload), not a page.
//! 2. Any other `Sec-Fetch-Site` is refused, `same-site` too: another subdomain is not this application.
//! 3. An `Origin` that names another origin is refused whatever `Sec-Fetch-Site` says.
//! 4. `Origin: null` together with the evidence of rule 1 is no contradiction: a page with `Referrer-Policy:
//!    no-referrer` sends it to its own server. (A sandboxed frame's `null` comes with `cross-site`: rule 2.)
//! 5. Without `Sec-Fetch-Site` (old browsers, plain http) `Origin` must be our origin, byte for byte, as
//!    browsers serialize it (RFC 6454 §6.2); `null` is refused.
//! 6. A request with neither header is refused.

use super::{RequestHead, request_head::FetchSite};

/// What a request shows about the page it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// One of our own pages, or the person without any page.
    SameOrigin,
    /// A page of another origin, or headers that contradict each other.
    CrossSite,
    /// Neither header came. Refused like [`CrossSite`](Self::CrossSite); kept apart for the log.
    Unknown,
}

/// Applies the rules of this module. `public_origin` is `scheme://host[:port]` as browsers serialize it:
/// lower case, no default port, no trailing slash (`Config` makes it).
pub(crate) fn same_origin(head: &RequestHead, public_origin: &str) -> Evidence {
    match (head.fetch_site, head.origin.as_deref()) {
        (Some(FetchSite::SameOrigin | FetchSite::None), None | Some("null")) => Evidence::SameOrigin,
        (Some(FetchSite::SameOrigin | FetchSite::None) | None, Some(origin)) if origin == public_origin => {
            Evidence::SameOrigin
        }
        (None, None) => Evidence::Unknown,
        _ => Evidence::CrossSite,
    }
}

/// Whether a refused request comes from the application itself, opened at another address than the configured one: the
/// most common reason, and worth a hint in the log.
pub(crate) fn is_at_other_origin(head: &RequestHead, public_origin: &str) -> bool {
    head.fetch_site == Some(FetchSite::SameOrigin) && head.origin.as_deref().is_some_and(|it| it != public_origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: &str = "https://app.example";

    fn evidence(headers: &[(&str, &str)]) -> Evidence {
        let mut head = RequestHead::new("POST", "/auth/logout");
        for (name, value) in headers {
            head.header(name, value.as_bytes());
        }
        same_origin(&head, US)
    }

    #[test]
    fn rule_1_our_own_pages_and_the_address_bar_are_accepted() {
        for site in ["same-origin", "none"] {
            assert_eq!(evidence(&[("sec-fetch-site", site)]), Evidence::SameOrigin, "{site}");
            assert_eq!(evidence(&[("sec-fetch-site", site), ("origin", US)]), Evidence::SameOrigin, "{site}");
        }
    }

    #[test]
    fn rule_2_other_sites_and_unknown_values_are_refused() {
        for site in ["same-site", "cross-site", "Same-Origin", "same-origin ", "", "none, none", "☃"] {
            assert_eq!(evidence(&[("sec-fetch-site", site), ("origin", US)]), Evidence::CrossSite, "{site}");
            assert_eq!(evidence(&[("sec-fetch-site", site)]), Evidence::CrossSite, "{site}");
        }
    }

    #[test]
    fn rule_2_two_differing_lines_are_refused() {
        let twice = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert_eq!(evidence(&twice), Evidence::CrossSite);
    }

    #[test]
    fn rule_3_a_foreign_origin_overrides_fetch_metadata() {
        for site in ["same-origin", "none"] {
            let found = evidence(&[("sec-fetch-site", site), ("origin", "https://evil.example")]);
            assert_eq!(found, Evidence::CrossSite, "{site}");
        }
    }

    #[test]
    fn rule_4_a_page_without_referrer_still_reaches_its_own_server() {
        assert_eq!(evidence(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), Evidence::SameOrigin);
        assert_eq!(evidence(&[("sec-fetch-site", "cross-site"), ("origin", "null")]), Evidence::CrossSite);
    }

    #[test]
    fn rule_5_without_fetch_metadata_the_origin_must_be_ours_to_the_byte() {
        assert_eq!(evidence(&[("origin", US)]), Evidence::SameOrigin);
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
            assert_eq!(evidence(&[("origin", other)]), Evidence::CrossSite, "{other}");
        }
    }

    #[test]
    fn rule_6_no_evidence_is_unknown() {
        assert_eq!(evidence(&[]), Evidence::Unknown);
    }
}
