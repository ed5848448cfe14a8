//! Every page with sample values: an ordinary user, one with minimal claims, and one with hostile claims.

use std::collections::BTreeMap;

use serde_json::json;
use zitadel_core::{AccessTokenKind, ErrorPage};

use crate::{
    html,
    page::{Admin, EndSession, Home, Login, Notice, Profile},
    view::{Fact, Grant, Moment, Organization, Person, Session, UserSession, initials, picture},
};

/// Breaks out of text, of an attribute and of a comment if it is not escaped.
pub(crate) const HOSTILE: &str = "\"'><script>alert(1)</script><!--";

/// The time of the samples, in seconds since 1970; the gallery passes the current time.
const NOW: u64 = 1_772_461_805;

/// Every page, by name.
pub(crate) fn pages() -> BTreeMap<&'static str, String> {
    pages_at(NOW)
}

pub(crate) fn pages_at(now: u64) -> BTreeMap<&'static str, String> {
    let with_incident =
        Notice { incident: Some("7f3a91c2".into()), ..Notice::from_page(&ErrorPage::from_code("internal")) };
    BTreeMap::from([
        ("home", html(&Home { person: None })),
        ("home-signed-in", html(&Home { person: Some(alice()) })),
        ("sign-in", crate::login(Some("/profile"), None)),
        ("sign-in-error", crate::login(None, Some("access_denied"))),
        ("profile", html(&alice_profile(now))),
        ("profile-sessions", html(&Profile { sessions: user_sessions(now), ..alice_profile(now) })),
        ("profile-bare", html(&bare_profile())),
        ("profile-not-renewed", html(&not_renewed_profile(now))),
        ("profile-hostile", html(&hostile_profile(now))),
        ("admin", html(&Admin::new(alice(), alice_grants()))),
        (
            "admin-hostile",
            html(&Admin::new(mallory(), vec![grant(HOSTILE, HOSTILE, HOSTILE), grant("admin", HOSTILE, HOSTILE)])),
        ),
        ("error-forbidden", crate::error_page(&ErrorPage::from_code("forbidden"))),
        ("error-incident", html(&with_incident)),
        ("error", crate::error(Some("expired_login"))),
        (
            "signing-out",
            html(&EndSession {
                action: "https://acme-7fk2pq.zitadel.cloud/oidc/v1/end_session",
                fields: vec![("state", "s")],
            }),
        ),
        ("signed-out", crate::logged_out()),
        ("logout-error", crate::logout_error(Some("state_mismatch"))),
        ("not-found", crate::not_found()),
    ])
}

pub(crate) fn alice() -> Person {
    Person {
        subject: "298712345678901234".into(),
        name: "Alice Adams".into(),
        initials: initials("Alice Adams"),
        username: Some("alice@acme.example.com".into()),
        email: Some("alice.adams@acme.example.com".into()),
        email_verified: true,
        phone: Some("+41 44 668 18 00".into()),
        locale: Some("en".into()),
        organization: Some(Organization {
            id: "298700000000000001".into(),
            name: Some("Acme Incorporated".into()),
            domain: Some("acme.example.com".into()),
        }),
        ..Person::default()
    }
}

fn grant(role: &str, id: &str, domain: &str) -> Grant {
    Grant { role: role.into(), organization_id: id.into(), domain: domain.into() }
}

fn alice_grants() -> Vec<Grant> {
    vec![
        grant("admin", "298700000000000001", "acme.example.com"),
        grant("editor", "298700000000000001", "acme.example.com"),
        grant("editor", "298700000000000002", "partners.long-name-of-a-customer.example.com"),
    ]
}

fn session(now: u64) -> Session {
    Session {
        started: Moment::from_unix(now - 4_000),
        authenticated: Some(Moment::from_unix(now - 4_003)),
        idle_expires: Moment::from_unix(now + 1_790),
        expires: Moment::from_unix(now + 82_400),
        token_kind: AccessTokenKind::Opaque,
        token_expires: Some(Moment::from_unix(now + 42)),
        is_refreshable: true,
        refresh_count: 3,
    }
}

fn user_sessions(now: u64) -> Vec<UserSession> {
    let one = |number: u64, user_agent: Option<&str>, is_current| UserSession {
        id: format!("session-{number}"),
        started: Moment::from_unix(now - 4_000 * number),
        last_seen: Moment::from_unix(now - 300 * number),
        user_agent: user_agent.map(str::to_owned),
        is_current,
    };
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    vec![one(1, Some(firefox), true), one(2, None, false), one(3, Some(HOSTILE), false)]
}

fn alice_profile(now: u64) -> Profile {
    let claims = json!({
        "iss": "https://acme-7fk2pq.zitadel.cloud", "sub": "298712345678901234", "aud": ["298711111111111111", "298722222222222222"],
        "azp": "298711111111111111", "exp": now + 39_200, "iat": now - 4_000, "auth_time": now - 4_003, "amr": ["pwd", "mfa", "otp"],
        "nonce": "Jx1c4k0Xq8e6mGZ0yq3T5w", "sid": "V1_298733333333333333", "at_hash": "b8x1yJ3sM0sQm2bXoP4rNA", "email_verified": true,
        "urn:zitadel:iam:user:resourceowner:name": "Acme Incorporated",
        "urn:zitadel:iam:org:project:298744444444444444:roles": {"admin": {"298700000000000001": "acme.example.com"}},
    });
    Profile {
        person: alice(),
        updated: Some(Moment::from_unix(now - 900_000)),
        grants: alice_grants(),
        metadata: vec![
            Fact::from_bytes("department", b"Research"),
            Fact::from_bytes("plan", br#"{"name":"team","seats":25}"#),
            Fact::from_bytes("badge", &[0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00]),
        ],
        claims: claims.as_object().unwrap().iter().map(|(name, value)| Fact::from_claim(name, value)).collect(),
        session: Some(session(now)),
        sessions: vec![],
    }
}

/// A session without a refresh token.
fn not_renewed_profile(now: u64) -> Profile {
    let session = Session { is_refreshable: false, refresh_count: 0, ..session(now) };
    Profile { session: Some(session), ..alice_profile(now) }
}

fn bare_profile() -> Profile {
    let person = Person {
        subject: "298712345678901234".into(),
        name: "298712345678901234".into(),
        initials: "2".into(),
        ..Person::default()
    };
    Profile { person, updated: None, grants: vec![], metadata: vec![], claims: vec![], session: None, sessions: vec![] }
}

fn mallory() -> Person {
    Person {
        subject: HOSTILE.into(),
        name: HOSTILE.into(),
        initials: initials(HOSTILE),
        picture: picture("https://example.com/\"onerror=\"alert(1)\"><script>"),
        username: Some(HOSTILE.into()),
        email: Some(HOSTILE.into()),
        email_verified: false,
        phone: Some(HOSTILE.into()),
        phone_verified: true,
        locale: Some(HOSTILE.into()),
        organization: Some(Organization {
            id: HOSTILE.into(),
            name: Some(HOSTILE.into()),
            domain: Some(HOSTILE.into()),
        }),
    }
}

fn hostile_profile(now: u64) -> Profile {
    let nested = json!({ HOSTILE: [HOSTILE, { HOSTILE: HOSTILE }] });
    Profile {
        person: mallory(),
        updated: Some(Moment::from_unix(u64::MAX)),
        grants: vec![grant(HOSTILE, HOSTILE, HOSTILE), grant(&"x".repeat(300), &"9".repeat(300), &"y".repeat(300))],
        metadata: vec![
            Fact::from_bytes(HOSTILE, HOSTILE.as_bytes()),
            Fact::from_bytes("nested", nested.to_string().as_bytes()),
            Fact::from_bytes(&"k".repeat(300), &[0xff; 300]),
        ],
        claims: vec![
            Fact::from_claim(HOSTILE, &json!(HOSTILE)),
            Fact::from_claim("nested", &nested),
            Fact::from_claim("exp", &json!(u64::MAX)),
            Fact::from_claim("long", &json!("z".repeat(900))),
        ],
        session: Some(Session {
            token_kind: AccessTokenKind::Jwt,
            expires: Moment::from_unix(u64::MAX),
            refresh_count: u32::MAX,
            ..session(now)
        }),
        sessions: vec![UserSession { id: HOSTILE.into(), ..user_sessions(now).remove(2) }],
    }
}

pub(crate) fn hostile_pages() -> BTreeMap<&'static str, String> {
    let notice =
        Notice { incident: Some(HOSTILE.into()), next_step: (HOSTILE.into(), "Start again"), ..Notice::not_found() };
    BTreeMap::from([
        ("home", html(&Home { person: Some(mallory()) })),
        ("profile", html(&hostile_profile(NOW))),
        (
            "admin",
            html(&Admin::new(mallory(), vec![grant("admin", HOSTILE, HOSTILE), grant(HOSTILE, HOSTILE, HOSTILE)])),
        ),
        ("sign-in", html(&Login { callback_url: Some(HOSTILE), error: None })),
        ("sign-in-error", crate::login(Some(HOSTILE), Some(HOSTILE))),
        ("error", crate::error(Some(HOSTILE))),
        ("signing-out", html(&EndSession { action: HOSTILE, fields: vec![("state", HOSTILE)] })),
        ("logout-error", crate::logout_error(Some(HOSTILE))),
        ("notice", html(&notice)),
    ])
}
