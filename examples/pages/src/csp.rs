//! The `Content-Security-Policy` that every page carries in its head.

/// In a `meta` element, so that no handler has to think of it (CSP3 §3.3). It names the one style and the one script
/// by hash, so that nothing else runs.
///
/// - Pictures come from wherever ZITADEL keeps them; `data:` is the icon in the browser's tab.
/// - `connect-src 'self'`: the script fetches `/auth/userinfo`.
/// - No `form-action`: browsers apply it to the redirects that follow a form, too, and our forms lead to ZITADEL
///   and from there to any identity provider it is linked with.
///
/// A test compares the hashes with the pages and prints the right ones.
pub(crate) const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; ",
    "style-src 'sha256-HqAyMaujqf9i+0nFFI7GYFQQUkif6Hdst4Y5UMtDyBs='; ",
    "script-src 'sha256-kD9F5cXeEsn4fB1EOZU7Rr+RIYVayyDWjMFpeQdCglE='; ",
    "img-src https: http: data:; ",
    "connect-src 'self'; ",
    "base-uri 'none'",
);

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// What the browser hashes: every character between the tags.
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
            assert!(CONTENT_SECURITY_POLICY.contains(&right), "put this into csp.rs: {right}");
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
    fn no_page_needs_what_the_policy_forbids() {
        for (name, page) in crate::tests::sample::pages() {
            for forbidden in [" style=\"", "javascript:", "<iframe", "<object", "<link rel=\"stylesheet\"", "<script "]
            {
                assert!(!page.contains(forbidden), "{forbidden} in {name}");
            }
        }
    }
}
