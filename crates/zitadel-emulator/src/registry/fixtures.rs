//! Default data: two organizations, one project, three users, a service account, two applications. The ids are fixed.

use super::{Client, Organization, Person, Project, Registry, ServiceAccount, UserGrant};

/// Organization of `alice` and `carol`.
pub(crate) const ACME: &str = "310000000000000001";
/// Organization of `bob`.
pub(crate) const GLOBEX: &str = "310000000000000002";
/// The project of both applications.
pub(crate) const DEMO: &str = "310000000000000100";
/// The project of ZITADEL's own APIs (`urn:zitadel:iam:org:project:id:zitadel:aud`).
pub(crate) const ZITADEL_PROJECT: &str = "310000000000000099";
/// The default application; see [`Emulator::env`](crate::Emulator::env).
pub(crate) const DEFAULT_CLIENT: &str = "310000000000000201";
const SIBLING_CLIENT: &str = "310000000000000202";

/// Returns the default data.
pub(crate) fn registry() -> Registry {
    Registry {
        organizations: vec![
            Organization { id: ACME.into(), name: "Acme".into(), primary_domain: "acme.localhost".into() },
            Organization { id: GLOBEX.into(), name: "Globex".into(), primary_domain: "globex.localhost".into() },
        ],
        projects: vec![Project {
            id: DEMO.into(),
            name: "Demo".into(),
            organization_id: ACME.into(),
            roles: ["admin", "user", "editor"].map(Into::into).into(),
            role_assertion: true,
        }],
        people: vec![alice(), bob(), carol()],
        service_accounts: vec![robot()],
        clients: vec![
            Client {
                id: DEFAULT_CLIENT.into(),
                project_id: DEMO.into(),
                id_token_role_assertion: true,
                ..Client::web("Demo app")
            },
            Client { id: SIBLING_CLIENT.into(), project_id: DEMO.into(), ..Client::web("Sibling app") },
        ],
        login_must_be_domain: false,
    }
}

fn alice() -> Person {
    let id = "310000000000000301";
    Person {
        id: id.into(),
        organization_id: ACME.into(),
        nickname: "Ali".into(),
        gender: "female".into(),
        picture: format!("/assets/v1/{ACME}/users/{id}/avatar"),
        email: "alice@example.com".into(),
        email_verified: true,
        phone: "+41791234567".into(),
        phone_verified: true,
        metadata: vec![
            ("department".into(), b"Engineering".to_vec()),
            ("motto".into(), "Grüße aus Zürich 🚀".as_bytes().to_vec()),
        ],
        grants: vec![grant(ACME, &["admin", "user"])],
        ..Person::named("alice", "Alice", "Anderson")
    }
}

fn bob() -> Person {
    Person {
        id: "310000000000000302".into(),
        organization_id: GLOBEX.into(),
        email: "bob@example.com".into(),
        email_verified: true,
        locale: "de".into(),
        grants: vec![grant(GLOBEX, &["user"])],
        ..Person::named("bob", "Bob", "Brown")
    }
}

fn carol() -> Person {
    Person {
        id: "310000000000000303".into(),
        organization_id: ACME.into(),
        email: "carol@example.com".into(),
        locale: String::new(),
        ..Person::named("carol", "Carol", "Clark")
    }
}

fn robot() -> ServiceAccount {
    ServiceAccount {
        id: "310000000000000401".into(),
        organization_id: ACME.into(),
        grants: vec![grant(ACME, &["editor"])],
        ..ServiceAccount::named("robot", "Robot")
    }
}

fn grant(organization: &str, roles: &[&str]) -> UserGrant {
    UserGrant {
        project_id: DEMO.into(),
        organization_id: organization.into(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
    }
}
