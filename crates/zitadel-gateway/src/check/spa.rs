//! Whether browsers send the gateway's cookies with requests of the single-page application: only if the two are same-site.

use url::{Host, Url};

use super::{Context, code::Code, report::Report};

pub(super) fn check(context: &Context, report: &mut Report) {
    let Some(spa) = &context.settings.spa_origin else {
        report.add(Code::SpaOff, "SPA_ORIGIN is not set.");
        return;
    };
    let gateway = context.redirect_uri().and_then(|uri| Url::parse(&uri).ok());
    if let (Some(gateway), Ok(app)) = (gateway, Url::parse(spa.as_str())) {
        let origin = gateway.origin().ascii_serialization();
        let sentence = format!("The application is {}, the gateway {origin}.", spa.as_str());
        report.add(if is_same_site(&app, &gateway) { Code::SpaSameSite } else { Code::SpaCrossSite }, sentence);
    }
    if context.settings.danger_token_in_fragment {
        report.add(Code::TokenInFragment, "DANGER_TOKEN_IN_FRAGMENT is true.");
    }
}

/// The same scheme, and the same registrable domain; ports do not matter (HTML, "same site").
fn is_same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| match url.host()? {
        Host::Domain(name) => {
            let registrable = psl::domain_str(name).unwrap_or(name);
            Some(registrable.to_owned())
        }
        address => Some(address.to_string()),
    };
    one.scheme() == other.scheme() && site(one).is_some() && site(one) == site(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_the_scheme_and_the_registrable_domain() {
        let same = |one: &str, other: &str| is_same_site(&Url::parse(one).unwrap(), &Url::parse(other).unwrap());
        assert!(same("https://app.example.com", "https://auth.example.com:8443"));
        assert!(same("https://app.example.co.uk", "https://example.co.uk"));
        assert!(same("http://localhost:5173", "http://localhost:8000"));
        assert!(same("http://127.0.0.1:5173", "http://127.0.0.1:8000"));
        assert!(!same("http://localhost:5173", "http://127.0.0.1:8000"));
        assert!(!same("https://one.co.uk", "https://two.co.uk"));
        assert!(!same("https://one.github.io", "https://two.github.io"));
        assert!(!same("http://localhost:5173", "https://localhost:8000"));
        assert!(!same("https://example.com", "https://example.org"));
    }
}
