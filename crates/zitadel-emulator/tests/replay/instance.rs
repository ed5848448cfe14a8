//! The recorded instance: its organizations, projects, applications and people with the recorded ids and secrets.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zitadel_emulator::{
    AccessTokenType, AssertionKey, AuthMethod, Client, ClientKind, ClientSecret, Emulator, LoginVersion, Organization,
    Person, Project, ServiceAccount, UserGrant,
};

/// Scopes of most recorded logins.
pub(crate) const ALL: &str = "openid profile email phone offline_access urn:zitadel:iam:user:metadata \
                              urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles";

/// 2026-11-25, 18:22:25 UTC.
const RECORDED_AT: u64 = 1_795_630_945;

/// ZITADEL's own project in the emulator, and in the recorded instance.
pub(crate) const OWN_PROJECTS: [&str; 2] = ["310000000000000099", "401201629958900774"];

pub(crate) struct Instance<'a>(pub(crate) &'a Value);

impl<'a> Instance<'a> {
    /// An id of `instance.json`.
    pub(crate) fn id(&self, name: &str) -> &'a str {
        self.0[name].as_str().or_else(|| self.0[name]["id"].as_str()).unwrap_or_else(|| panic!("no {name}"))
    }

    /// A client id of `instance.json`.
    pub(crate) fn client(&self, name: &str) -> &'a str {
        self.0[name]["client"].as_str().unwrap_or_else(|| panic!("no client {name}"))
    }

    /// An emulator with the data of the instance. Version 1 is its login, and the issuer follows the host.
    pub(crate) fn emulator(&self) -> Emulator {
        let (home, acme) = (self.id("org"), self.id("org2"));
        let project = |name: &str, roles: &[&str]| Project {
            id: self.id(name).to_owned(),
            organization_id: home.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            role_assertion: true,
            ..Project::default()
        };
        let mut builder = Emulator::builder()
            .issuer("http://localhost:8088")
            .issuer_follows_host(true)
            .login_version(LoginVersion::V1)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(RECORDED_AT))
            .without_people()
            .organization(organization(home, "ZITADEL", "zitadel.localhost"))
            .organization(organization(acme, "Acme", "acme.localhost"))
            .project(project("project", &["admin", "editor", "viewer"]))
            .project(project("project2", &["reader"]));
        for client in self.clients() {
            builder = builder.client(client);
        }
        for person in self.people() {
            builder = builder.person(person);
        }
        for account in self.service_accounts() {
            builder = builder.service_account(account);
        }
        builder.build()
    }

    fn clients(&self) -> Vec<Client> {
        let web = |name: &str, method: AuthMethod| Client {
            id: self.client(name).to_owned(),
            project_id: self.id("project").to_owned(),
            auth_method: method,
            secret: matches!(method, AuthMethod::Basic | AuthMethod::Post).then(|| recorded_secret(name)),
            redirect_uris: vec!["http://localhost:3000/auth/callback".to_owned()],
            post_logout_redirect_uris: vec!["http://localhost:3000/auth/logout/callback".to_owned()],
            ..Client::web(name)
        };
        let api = |name: &str, method: AuthMethod| Client {
            kind: ClientKind::Api,
            grant_types: Vec::new(),
            ..web(name, method)
        };
        let second = |client: Client| Client { project_id: self.id("project2").to_owned(), ..client };
        vec![
            web("web-none", AuthMethod::None),
            web("web-basic", AuthMethod::Basic),
            web("web-post", AuthMethod::Post),
            Client { keys: vec![key("web-jwt")], ..web("web-jwt", AuthMethod::PrivateKeyJwt) },
            Client {
                backchannel_logout_uri: Some("http://localhost:3010/auth/backchannel-logout".to_owned()),
                ..web("web-bcl", AuthMethod::None)
            },
            Client {
                access_token_type: AccessTokenType::Jwt,
                id_token_role_assertion: true,
                id_token_userinfo_assertion: true,
                access_token_role_assertion: true,
                ..web("web-jwtat", AuthMethod::None)
            },
            api("api-basic", AuthMethod::Basic),
            Client { keys: vec![key("api-jwt")], ..api("api-jwt", AuthMethod::PrivateKeyJwt) },
            second(web("web-second", AuthMethod::None)),
            second(api("api-second", AuthMethod::Basic)),
        ]
    }

    fn people(&self) -> Vec<Person> {
        let (home, acme) = (self.id("org"), self.id("org2"));
        let person = |username: &str, names: [&str; 2], organization: &str, roles: &[&str]| Person {
            id: self.id(username).to_owned(),
            organization_id: organization.to_owned(),
            email: format!("{username}@example.com"),
            email_verified: true,
            grants: self.grants(organization, roles),
            ..Person::named(username, names[0], names[1])
        };
        let mut alice = person("alice", ["Alice", "Adams"], home, &["admin", "viewer"]);
        alice.nickname = "Ali".to_owned();
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        alice.metadata = vec![("department".into(), decode("UiZE")), ("plan".into(), decode("Z3LDtsOfZXI_Pg"))];
        alice.grants.push(UserGrant {
            project_id: self.id("project2").to_owned(),
            organization_id: home.to_owned(),
            roles: vec!["reader".to_owned()],
        });
        let bob = Person { never_activated: true, ..person("bob", ["Bob", "Brown"], home, &["viewer"]) };
        let erin = Person {
            email_verified: false,
            locale: "de".to_owned(),
            ..person("erin", ["Erin", "Evans"], home, &["viewer"])
        };
        let carol = person("carol", ["Carol", "Çelik"], home, &[]);
        vec![alice, bob, carol, person("dave", ["Dave", "Acme"], acme, &["editor"]), erin]
    }

    fn service_accounts(&self) -> Vec<ServiceAccount> {
        let home = self.id("org");
        let account = |username: &str, name: &str| ServiceAccount {
            id: self.id(username).to_owned(),
            organization_id: home.to_owned(),
            grants: self.grants(home, &["editor"]),
            secret: Some(recorded_secret(username)),
            keys: vec![key(username)],
            ..ServiceAccount::named(username, name)
        };
        let jwt = ServiceAccount { access_token_type: AccessTokenType::Jwt, ..account("robot-jwt", "Robot-Jwt") };
        vec![account("robot", "Robot"), jwt]
    }

    /// Roles in the first project; none without roles.
    pub(crate) fn grants(&self, organization: &str, roles: &[&str]) -> Vec<UserGrant> {
        let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
        let project_id = self.id("project").to_owned();
        let grant = UserGrant { project_id, organization_id: organization.to_owned(), roles };
        if grant.roles.is_empty() { Vec::new() } else { vec![grant] }
    }
}

fn organization(id: &str, name: &str, domain: &str) -> Organization {
    Organization { id: id.to_owned(), name: name.to_owned(), primary_domain: domain.to_owned() }
}

/// Keys for assertions with the recorded ids. The recorded private keys are not kept, so these are others.
static KEYS: LazyLock<[(&str, AssertionKey); 4]> = LazyLock::new(|| {
    [
        ("web-jwt", "401201767246793766"),
        ("api-jwt", "401201767364168742"),
        ("robot", "401201776222538790"),
        ("robot-jwt", "401201776457419814"),
    ]
    .map(|(name, id)| (name, AssertionKey::generate(id)))
});

/// The key of an application or a service account.
pub(crate) fn key(name: &str) -> AssertionKey {
    KEYS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no key of {name}")).1.clone()
}

/// The placeholder that the recording has for a secret: 64 characters.
fn recorded_secret(name: &str) -> ClientSecret {
    ClientSecret::new(&format!("{:x<64}", format!("SECRET.of.{name}.")))
}

/// Adds the claims of the recorded Action to a person.
pub(crate) fn add_action_claims(person: &mut Person) {
    let object = |value: Value| value.as_object().unwrap().clone();
    let common = json!({
        "count": 12_345_678_901_234_567_000_u64,
        "https://example.com/flag": true,
        "tenant": { "id": 7, "plan": ["a", "b"] },
    });
    person.user_info_claims = object(common.clone());
    person.access_token_claims = object(common);
    person.access_token_claims.insert("email".to_owned(), "evil@example.com".into());
}
