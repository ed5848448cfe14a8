//! `StepUp`: what a login must show about the authentication, because a page requires it (RFC 9470).
//!
//! 1. In a URL it is `max_age`, `acr_values` (as in an authorization request, OIDC Core §3.1.2.1) and `amr`, which has no
//!    parameter there. The URL is not signed: the page decides again, so that a forged one asks for another login at most.
//! 2. What is not readable, or too long, is left out.
//! 3. The provider is told `max_age` and `acr_values`, and `prompt=login`: ZITADEL's version-2 login ignores the first two, and
//!    would answer from its own session.
//! 4. A provider need not comply. The ID token is compared with every part, without a tolerance, as the page does: what passes
//!    here passes there, and a login that does not pass is an error and not another login.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{claims::AuthenticationContext, time::Timestamp};

/// The longest list of classes or methods in a URL, in bytes.
const MAX_NAMES: usize = 256;

/// What a login must show. In the sealed cookie of the login: the fields are written in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StepUp {
    /// How long ago the user may have authenticated, in seconds.
    max_age: Option<u64>,
    /// One of these classes; empty: any.
    acr: Vec<String>,
    /// One of these methods; empty: any.
    amr: Vec<String>,
}

impl StepUp {
    pub(crate) fn new(max_age: Option<Duration>, acr: Option<&str>, amr: &[&str]) -> Self {
        let owned = |name: &&str| (*name).to_owned();
        Self {
            max_age: max_age.map(|age| age.as_secs()),
            acr: acr.iter().map(owned).collect(),
            amr: amr.iter().map(owned).collect(),
        }
    }

    /// From the query of a URL; rule 2.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let mut step_up = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "max_age" => step_up.max_age = value.parse().ok(),
                "acr_values" => step_up.acr = names(&value),
                "amr" => step_up.amr = names(&value),
                _ => {}
            }
        }
        step_up
    }

    /// Adds it to the query of a URL; rule 1.
    pub(crate) fn write_to(&self, query: &mut form_urlencoded::Serializer<'_, String>) {
        if let Some(max_age) = self.max_age {
            query.append_pair("max_age", &max_age.to_string());
        }
        for (name, values) in [("acr_values", &self.acr), ("amr", &self.amr)] {
            if !values.is_empty() {
                query.append_pair(name, &values.join(" "));
            }
        }
    }

    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }

    /// The classes, for `acr_values`.
    pub(crate) fn acr(&self) -> &[String] {
        &self.acr
    }

    /// Rule 4.
    pub(crate) fn is_met(
        &self,
        authenticated_at: Option<Timestamp>,
        context: &AuthenticationContext,
        now: Timestamp,
    ) -> bool {
        let is_recent = |age: u64| authenticated_at.is_some_and(|at| now.duration_since(at).as_secs() <= age);
        let is_class = |class: &String| context.acr.as_deref() == Some(class);
        let is_method = |method: &String| context.amr.iter().any(|known| known == method);
        self.max_age.is_none_or(is_recent)
            && (self.acr.is_empty() || self.acr.iter().any(is_class))
            && (self.amr.is_empty() || self.amr.iter().any(is_method))
    }
}

/// Names separated by spaces, of visible ASCII.
fn names(text: &str) -> Vec<String> {
    let is_readable = text.len() <= MAX_NAMES && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let names = text.split(' ').filter(|name| is_readable && !name.is_empty());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(step_up: &StepUp) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        step_up.write_to(&mut query);
        query.finish()
    }

    #[test]
    fn what_is_written_to_a_url_is_read_from_it() {
        let all = StepUp::new(Some(Duration::from_secs(60)), Some("urn:mfa"), &["mfa", "user"]);
        assert_eq!(url(&all), "max_age=60&acr_values=urn%3Amfa&amr=mfa+user");
        assert_eq!(StepUp::parse(Some(&url(&all))), all);
        assert_eq!(url(&StepUp::default()), "");
        assert_eq!(StepUp::parse(None), StepUp::default());
    }

    #[test]
    fn what_is_not_readable_is_left_out() {
        for max_age in ["", "-1", "1.5", "now", "99999999999999999999"] {
            assert_eq!(StepUp::parse(Some(&format!("max_age={max_age}"))), StepUp::default(), "{max_age}");
        }
        let long = "a".repeat(MAX_NAMES + 1);
        for names in ["", "+++", "a%0Ab", "%C3%A4", &long] {
            assert_eq!(StepUp::parse(Some(&format!("acr_values={names}&amr={names}"))), StepUp::default(), "{names}");
        }
    }

    #[test]
    fn every_part_must_be_met_without_a_tolerance() {
        let now = Timestamp::from_unix(1_800_000_000);
        let ago = |seconds| Some(now.saturating_sub(Duration::from_secs(seconds)));
        let context = AuthenticationContext { acr: Some("urn:mfa".into()), amr: vec!["pwd".into(), "mfa".into()] };
        let is_met = |query: &str, at| StepUp::parse(Some(query)).is_met(at, &context, now);
        assert!(is_met("max_age=60", ago(60)) && !is_met("max_age=60", ago(61)) && !is_met("max_age=60", None));
        assert!(is_met("max_age=0", ago(0)) && !is_met("max_age=0", ago(1)));
        assert!(is_met("acr_values=urn:mfa", None) && is_met("acr_values=urn:hwk+urn:mfa", None));
        assert!(!is_met("acr_values=urn:hwk", None) && !is_met("acr_values=URN:MFA", None));
        assert!(is_met("amr=mfa", None) && is_met("amr=hwk+pwd", None) && !is_met("amr=hwk", None));
        assert!(
            is_met("", None) && !is_met("amr=mfa&acr_values=urn:hwk", None) && !is_met("amr=hwk&max_age=60", ago(1))
        );
    }
}
