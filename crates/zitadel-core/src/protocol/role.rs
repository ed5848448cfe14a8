//! ZITADEL's role claims → [`Roles`].
//!
//! 1. `urn:zitadel:iam:org:project:roles` holds the roles of this application's project,
//!    `urn:zitadel:iam:org:project:{id}:roles` those of one project each. The union claim (`…:projects:roles`) is
//!    not used: two projects with one role key overwrite each other in it.
//! 2. The shape is role key → { organization id → primary domain }. ZITADEL's documentation shows lists; its code
//!    sends objects.
//! 3. Malformed means no role: a claim that is not an object holds none, a role whose value is not an object of texts
//!    is not granted, an empty object grants nothing. Never an error, never everything.

use serde_json::{Map, Value};

use crate::{
    roles::{Grants, Roles},
    table::{Table, Text},
};

const OWN_PROJECT: &str = "urn:zitadel:iam:org:project:roles";
const ALL_PROJECTS: &str = "urn:zitadel:iam:org:projects:roles";
const PROJECT_PREFIX: &str = "urn:zitadel:iam:org:project:";
const PROJECT_SUFFIX: &str = ":roles";

/// The roles these claims grant.
pub(crate) fn roles(claims: &Map<String, Value>) -> Roles {
    let own = claims.get(OWN_PROJECT).map(grants).unwrap_or_default();
    let projects = claims
        .iter()
        .filter_map(|(name, claim)| Some((project_id(name)?, grants(claim))))
        .filter(|(_, grants)| !grants.is_empty())
        .collect();
    Roles::new(own, projects)
}

/// Whether a claim is about roles.
pub(super) fn is_role_claim(name: &str) -> bool {
    name == OWN_PROJECT || name == ALL_PROJECTS || project_id(name).is_some()
}

fn project_id(claim: &str) -> Option<&str> {
    let id = claim.strip_prefix(PROJECT_PREFIX)?.strip_suffix(PROJECT_SUFFIX)?;
    (!id.is_empty() && !id.contains(':')).then_some(id)
}

fn grants(claim: &Value) -> Grants {
    let entries = claim.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, organizations)| {
            let organizations = organizations.as_object()?.iter();
            let granted = organizations.map(|(id, domain)| Some((id.as_str(), Text::new(domain.as_str()?))));
            let granted: Table<_> = granted.collect::<Option<_>>()?;
            (!granted.is_empty()).then_some((key.as_str(), granted))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parse(claims: &Value) -> Roles {
        roles(claims.as_object().unwrap())
    }

    #[test]
    fn rule_1_roles_are_per_project_and_the_union_is_ignored() {
        let roles = parse(&json!({
            "urn:zitadel:iam:org:project:roles": {"admin": {"17": "acme.example"}},
            "urn:zitadel:iam:org:project:42:roles": {"reader": {"18": "other.example"}},
            "urn:zitadel:iam:org:projects:roles": {"root": {"17": "acme.example"}},
            "urn:zitadel:iam:org:project::roles": {"root": {"17": "acme.example"}},
            "urn:zitadel:iam:org:project:4:2:roles": {"root": {"17": "acme.example"}},
        }));
        assert_eq!(roles.keys().collect::<Vec<_>>(), ["admin"]);
        assert!(roles.in_project("42").has("reader"));
        assert!(!roles.in_project("42").has("admin"));
        assert!(!roles.has("root"));
        assert!(!roles.in_project("4:2").has("root") && !roles.in_project("").has("root"));
    }

    #[test]
    fn rule_1_a_claim_sent_twice_is_the_same_by_both_names() {
        let grants = json!({"admin": {"17": "acme.example"}});
        let roles = parse(&json!({
            "urn:zitadel:iam:org:project:roles": grants,
            "urn:zitadel:iam:org:project:42:roles": grants,
            "urn:zitadel:iam:org:project:43:roles": {"reader": {"18": "other.example"}},
        }));
        assert!(roles.has("admin") && roles.in_project("42").has("admin"));
        assert!(!roles.has("reader") && roles.in_project("43").has("reader"));
        assert_eq!(roles.grants().count(), 1);
    }

    #[test]
    fn rule_2_a_role_knows_the_organizations_it_was_granted_in() {
        let roles =
            parse(&json!({"urn:zitadel:iam:org:project:roles": {"admin": {"17": "a.example", "18": "b.example"}}}));
        let grants: Vec<_> = roles.grants().collect();
        assert_eq!(grants, [("admin", "17", "a.example"), ("admin", "18", "b.example")]);
        assert!(roles.in_organization("18").has("admin"));
        assert!(!roles.in_organization("19").has("admin"));
    }

    #[test]
    fn rule_3_a_malformed_claim_grants_nothing() {
        for claim in
            [json!(null), json!("admin"), json!(["admin"]), json!([{"admin": {"17": "a"}}]), json!(true), json!({})]
        {
            assert_eq!(parse(&json!({"urn:zitadel:iam:org:project:roles": claim})), Roles::default(), "{claim}");
        }
        let roles = parse(&json!({"urn:zitadel:iam:org:project:roles": {
            "a": true, "b": {}, "c": null, "d": ["17"], "e": {"17": 1}, "f": {"17": "x", "18": null}, "good": {"17": "x"},
        }}));
        assert_eq!(roles.keys().collect::<Vec<_>>(), ["good"]);
    }

    proptest! {
        #[test]
        fn whatever_the_claim_is_every_role_has_an_organization(text in r#"[\{\}\[\]",:a1 ]{0,40}"#) {
            let claim: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            let roles = parse(&json!({"urn:zitadel:iam:org:project:roles": claim}));
            for key in roles.keys() {
                prop_assert!(roles.grants().any(|(granted, ..)| granted == key));
            }
        }
    }
}
