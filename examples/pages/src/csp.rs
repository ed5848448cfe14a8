//! The `Content-Security-Policy` that every page carries in its head.

/// In a `meta` element, so that handlers need not set a header (CSP3 §3.3). It allows the one style and the one script by
/// their hashes, so that no other is applied or executed.
///
/// - Pictures are loaded from the addresses that ZITADEL names; `data:` is the favicon.
/// - `connect-src 'self'`: the script fetches `/auth/userinfo`.
/// - No `form-action`: browsers apply it to the redirects after a form post as well, and these lead to ZITADEL and from
///   there to any identity provider that it is linked with.
///
/// A test compares the hashes with the pages and prints the expected ones.
pub(crate) const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; ",
    "style-src 'sha256-kgONyVPKrE2FM3Q0XJnFnjklqRijZKkWGT3CGxO+NFo='; ",
    "script-src 'sha256-CwV/Y4VqqvpE8TBiXYzBd7mDVLIsApwGGx/VF1FCJyU='; ",
    "img-src https: http: data:; ",
    "connect-src 'self'; ",
    "base-uri 'none'",
);

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The hash that a browser computes, over every character between the tags.
    fn hash(page: &str, tag: &str) -> String {
        let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
        let (inline, after) = rest.split_once(&format!("</{tag}>")).unwrap();
        assert!(!after.contains(&format!("<{tag}")), "one <{tag}> per page");
        format!("'sha256-{}'", base64_simd::STANDARD.encode_to_string(Sha256::digest(inline)))
    }

    #[test]
    fn the_policy_names_the_style_and_the_script_that_are_in_the_pages() {
        for page in crate::tests::sample::pages().into_values() {
            let (style, script) = (hash(&page, "style"), hash(&page, "script"));
            let right = format!("style-src {style}; script-src {script};");
            assert!(CONTENT_SECURITY_POLICY.contains(&right), "expected in csp.rs: {right}");
        }
    }

    #[test]
    fn every_page_carries_the_policy_before_anything_it_governs() {
        for (name, page) in crate::tests::sample::pages() {
            let policy = page.find("http-equiv=\"Content-Security-Policy\"").unwrap_or_else(|| panic!("{name}"));
            assert!(policy < page.find("<style").unwrap() && policy < page.find("<link").unwrap(), "{name}");
        }
    }

    #[test]
    fn no_page_contains_what_the_policy_forbids() {
        for (name, page) in crate::tests::sample::pages() {
            for forbidden in [" style=\"", "javascript:", "<iframe", "<object", "<link rel=\"stylesheet\"", "<script "]
            {
                assert!(!page.contains(forbidden), "{forbidden} in {name}");
            }
        }
    }
}
