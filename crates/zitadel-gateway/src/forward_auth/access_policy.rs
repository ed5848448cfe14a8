//! `AccessPolicy`: what the URL of a sub-request requires.
//!
//! 1. `role` may be repeated and may hold several keys, separated by commas; one of all of them is enough. `org` (an organization's
//!    id), `project` (a project's id) and `max_age` (seconds since the user authenticated) may stand there once.
//! 2. Any other parameter, an empty value, and one that cannot be read, is an error: a misspelled policy must not let requests pass.
//! 3. In a path, for Envoy, `-` is the policy without parameters.

use std::{borrow::Cow, time::Duration};

use zitadel_axum::{
    Authentication, Requirement,
    core::{Denied, User},
};

use super::{original_request::Proxy, refusal::Refusal};

/// What a request must meet beyond having a user.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AccessPolicy<'q> {
    roles: Vec<Cow<'q, str>>,
    organization: Option<Cow<'q, str>>,
    project: Option<Cow<'q, str>>,
    max_age: Option<Duration>,
}

impl<'q> AccessPolicy<'q> {
    /// The policy of a query, and the proxy that it names.
    pub(super) fn parse(query: &'q str) -> Result<(Self, Option<Proxy>), Refusal> {
        let (mut policy, mut proxy) = (Self::default(), None);
        if query == "-" {
            return Ok((policy, proxy));
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // U+FFFD stands for bytes that are not UTF-8.
            if value.is_empty() || value.chars().any(|char| char.is_control() || char == char::REPLACEMENT_CHARACTER) {
                return Err(Refusal::Policy("a value is empty or cannot be read", name.into_owned()));
            }
            let is_repeated = match &*name {
                "role" => {
                    policy.add_roles(value)?;
                    false
                }
                "org" => policy.organization.replace(value).is_some(),
                "project" => policy.project.replace(value).is_some(),
                "max_age" => policy.max_age.replace(seconds(&value)?).is_some(),
                "proxy" => proxy.replace(Proxy::parse(&value)?).is_some(),
                _ => return Err(Refusal::Policy("this parameter is not known", name.into_owned())),
            };
            if is_repeated {
                return Err(Refusal::Policy("this parameter is repeated", name.into_owned()));
            }
        }
        Ok((policy, proxy))
    }

    fn add_roles(&mut self, value: Cow<'q, str>) -> Result<(), Refusal> {
        if !value.contains(',') {
            self.roles.push(value);
            return Ok(());
        }
        for key in value.split(',') {
            if key.is_empty() {
                return Err(Refusal::Policy("a role key is empty", "role".to_owned()));
            }
            self.roles.push(Cow::Owned(key.to_owned()));
        }
        Ok(())
    }

    /// The user, if they meet it.
    pub(super) fn authorize<'a>(&self, authentication: &'a Authentication) -> Result<&'a User, Denied> {
        let roles: Vec<&str> = self.roles.iter().map(|key| &**key).collect();
        let mut requirement = Requirement::user();
        if !roles.is_empty() {
            requirement = requirement.any_role(&roles);
        }
        if let Some(id) = &self.organization {
            requirement = requirement.in_organization(id);
        }
        if let Some(id) = &self.project {
            requirement = requirement.in_project(id);
        }
        if let Some(age) = self.max_age {
            requirement = requirement.max_age(age);
        }
        authentication.authorize(&requirement)
    }
}

/// Whole seconds, in digits only: `parse` would accept a sign.
fn seconds(text: &str) -> Result<Duration, Refusal> {
    let number = text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    number
        .map(|seconds| Duration::from_secs(seconds.into()))
        .ok_or_else(|| Refusal::Policy("not a number of seconds", "max_age".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> (AccessPolicy<'_>, Option<Proxy>) {
        AccessPolicy::parse(query).unwrap_or_else(|_| panic!("{query}"))
    }

    #[test]
    fn rule_1_roles_are_collected_and_everything_else_stands_there_once() {
        let (policy, proxy) = parse("role=admin,editor&org=1&project=2&max_age=300&proxy=nginx&role=a%20b");
        assert_eq!(policy.roles, ["admin", "editor", "a b"]);
        assert_eq!((policy.organization.as_deref(), policy.project.as_deref()), (Some("1"), Some("2")));
        assert_eq!((policy.max_age, proxy), (Some(Duration::from_secs(300)), Some(Proxy::Nginx)));
        assert_eq!(parse(""), (AccessPolicy::default(), None));
        assert_eq!(parse("-"), (AccessPolicy::default(), None));
    }

    #[test]
    fn rule_2_whatever_cannot_be_read_is_an_error() {
        for wrong in [
            "roles=admin",
            "Role=admin",
            "role",
            "role=",
            "role=,",
            "role=admin,",
            "role=,admin",
            "role=a%0Ab",
            "role=%FF",
            "org=",
            "org=1&org=1",
            "org[]=1",
            "project=1&project=2",
            "max_age=",
            "max_age=-1",
            "max_age=+1",
            "max_age=1.5",
            "max_age=5m",
            "max_age=99999999999",
            "max_age=60&max_age=60",
            "proxy=",
            "proxy=Nginx",
            "proxy=envoy",
            "proxy=nginx&proxy=nginx",
            "role=admin&-",
            "role=admin;org=1&x=2",
            "callbackUrl=/",
        ] {
            assert!(matches!(AccessPolicy::parse(wrong), Err(Refusal::Policy(..))), "{wrong}");
        }
    }
}
