//! `Person`: the profile of the user.

use url::{Host, Url};
use zitadel_core::User;

/// The authenticated user.
#[derive(Clone, Default)]
pub(crate) struct Person {
    pub(crate) subject: String,
    /// The first name that is not empty, else the subject.
    pub(crate) name: String,
    /// Shown where there is no picture.
    pub(crate) initials: String,
    pub(crate) picture: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) phone: Option<String>,
    pub(crate) phone_verified: bool,
    pub(crate) locale: Option<String>,
    pub(crate) organization: Option<Organization>,
}

/// The organization a person belongs to.
#[derive(Clone)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) domain: Option<String>,
}

impl Person {
    pub(crate) fn new(user: &User) -> Self {
        let full = [user.given_name(), user.family_name()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let names = [user.name(), Some(&full), user.preferred_username(), user.email()];
        let name = names.into_iter().flatten().find(|name| !name.trim().is_empty()).unwrap_or(user.subject());
        Self {
            subject: user.subject().to_owned(),
            name: name.to_owned(),
            initials: initials(name),
            picture: user.picture().and_then(picture),
            username: user.preferred_username().map(str::to_owned),
            email: user.email().map(str::to_owned),
            email_verified: user.email_verified(),
            phone: user.phone_number().map(str::to_owned),
            phone_verified: user.phone_number_verified(),
            locale: user.locale().map(str::to_owned),
            organization: user.organization().map(|organization| Organization {
                id: organization.id().to_owned(),
                name: organization.name().map(str::to_owned),
                domain: organization.primary_domain().map(str::to_owned),
            }),
        }
    }
}

/// The first letters of the first and the last word.
pub(crate) fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = letters.next().unwrap_or('?');
    [Some(first), letters.next_back()].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// The URL of a picture, parsed as a browser does it, if it is https, or http on loopback.
///
/// The URL comes from the provider: `javascript:`, `data:` and http to other hosts are rejected.
pub(crate) fn picture(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (url.scheme() == "https" || (url.scheme() == "http" && loopback)).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Alice Adams", "AA"),
            ("Ada Maria Lovelace", "AL"),
            ("bob", "B"),
            ("  (émile)   zola ", "ÉZ"),
            ("<script>alert(1)</script>", "S"),
            ("李 小龍", "李小"),
            ("!!!", "?"),
            ("", "?"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_picture_is_shown_from_https_or_from_loopback_only() {
        for shown in
            ["https://id.example.com/a.png", "http://localhost:8080/a", "http://127.0.0.1/a", "http://[::1]:1/a"]
        {
            assert!(picture(shown).is_some(), "{shown}");
        }
        for hidden in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " JavaScript:alert(1)",
            "data:image/svg+xml,<svg onload=alert(1)>",
            "http://example.com/a.png",
            "http://localhost.example.com/a.png",
            "//example.com/a.png",
            "/avatar.png",
            "file:///etc/passwd",
            "https:",
            "",
        ] {
            assert_eq!(picture(hidden), None, "{hidden}");
        }
    }

    #[test]
    fn a_quote_in_a_picture_url_is_percent_encoded() {
        let url = picture("https://example.com/a\"onerror=\"alert(1)").unwrap();
        assert!(!url.contains('"'), "{url}");
    }
}
