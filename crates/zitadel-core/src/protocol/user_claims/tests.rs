use proptest::prelude::*;
use serde_json::json;

use super::*;

fn map(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn of(claims: &Value) -> Claims {
    user_claims(map(claims), None)
}

#[test]
fn what_zitadel_sends_at_sign_in_is_read() {
    let id_token = json!({
        "iss": "https://id.example", "sub": "17", "aud": ["1", "2"], "exp": 2, "iat": 1, "auth_time": 1, "nonce": "n",
        "amr": ["pwd"], "azp": "1", "client_id": "1", "at_hash": "h", "sid": "42",
    });
    let user_info = json!({
        "sub": "17", "name": "Road Runner", "given_name": "Road", "family_name": "Runner", "nickname": "rr",
        "picture": "https://id.example/assets/v1/17/a.png", "gender": "diverse", "locale": "de-CH", "updated_at": 5,
        "preferred_username": "road@acme.example", "email": "road@acme.example", "email_verified": true,
        "phone_number": "+41 79", "phone_number_verified": true,
        "urn:zitadel:iam:user:resourceowner:id": "99",
        "urn:zitadel:iam:user:resourceowner:name": "ACME",
        "urn:zitadel:iam:user:resourceowner:primary_domain": "acme.example",
        "urn:zitadel:iam:user:metadata": {"team": "Ymx1ZQ"},
        "urn:zitadel:iam:org:project:roles": {"admin": {"99": "acme.example"}},
        "urn:zitadel:iam:org:project:5:roles": {"reader": {"99": "acme.example"}},
        "urn:zitadel:iam:org:projects:roles": {"admin": {"99": "acme.example"}},
        "department": {"floor": 3},
    });
    let claims = user_claims(map(&id_token), Some(map(&user_info)));
    assert_eq!(claims.subject, "17");
    assert_eq!(claims.name.as_deref(), Some("Road Runner"));
    assert_eq!(claims.given_name.as_deref(), Some("Road"));
    assert_eq!(claims.family_name.as_deref(), Some("Runner"));
    assert_eq!(claims.nickname.as_deref(), Some("rr"));
    assert_eq!(claims.picture.as_deref(), Some("https://id.example/assets/v1/17/a.png"));
    assert_eq!(claims.gender.as_deref(), Some("diverse"));
    assert_eq!(claims.locale.as_deref(), Some("de-CH"));
    assert_eq!(claims.updated_at, Some(5));
    assert_eq!(claims.preferred_username.as_deref(), Some("road@acme.example"));
    assert_eq!(claims.email.as_deref(), Some("road@acme.example"));
    assert_eq!(claims.phone_number.as_deref(), Some("+41 79"));
    assert!(claims.email_verified && claims.phone_number_verified);
    let organization = claims.organization.unwrap();
    assert_eq!((organization.id(), organization.name()), ("99", Some("ACME")));
    assert_eq!(organization.primary_domain(), Some("acme.example"));
    assert_eq!(claims.metadata.get("team").unwrap(), b"blue");
    assert!(claims.roles.has("admin") && claims.roles.in_project("5").has("reader"));
    let others: Vec<_> = claims.extra.iter().map(|(name, text)| (name, text.as_str())).collect();
    assert_eq!(others, [("department", r#"{"floor":3}"#)]);
}

#[test]
fn rule_1_userinfo_wins_claim_by_claim_but_not_over_who_it_is() {
    let id_token = json!({"sub": "17", "name": "Old", "email": "old@acme.example", "x": 1});
    let user_info = json!({"sub": "18", "name": "New", "x": 2, "y": 3});
    let claims = user_claims(map(&id_token), Some(map(&user_info)));
    assert_eq!(claims.subject, "17");
    assert_eq!(claims.name.as_deref(), Some("New"));
    assert_eq!(claims.email.as_deref(), Some("old@acme.example"));
    assert_eq!(claims.extra.get("x").unwrap(), "2");
    assert_eq!(claims.extra.get("y").unwrap(), "3");
}

#[test]
fn rule_2_a_role_that_was_taken_away_does_not_come_back() {
    let granted = |key: &str| json!({"sub": "17", "urn:zitadel:iam:org:project:roles": {key: {"99": "a"}}});
    let keys = |user_info: Option<&Value>| {
        let claims = user_claims(map(&granted("admin")), user_info.map(map));
        claims.roles.keys().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(keys(None), ["admin"]);
    assert_eq!(keys(Some(&granted("reader"))), ["reader"]);
    assert!(keys(Some(&json!({"sub": "17"}))).is_empty());
    let other_project = json!({"sub": "17", "urn:zitadel:iam:org:project:5:roles": {"admin": {"99": "a"}}});
    let claims = user_claims(map(&other_project), Some(map(&json!({"sub": "17"}))));
    assert!(!claims.roles.in_project("5").has("admin"));
}

#[test]
fn rule_3_claims_that_belong_together_come_from_one_source() {
    let id_token = json!({
        "sub": "17", "email": "old@acme.example", "email_verified": true,
        "phone_number": "+41 1", "phone_number_verified": true,
        "urn:zitadel:iam:user:resourceowner:id": "1", "urn:zitadel:iam:user:resourceowner:name": "Old",
    });
    let together = |user_info: &Value| {
        let claims = user_claims(map(&id_token), Some(map(user_info)));
        let organization = claims.organization.unwrap();
        let organization = format!("{} {:?}", organization.id(), organization.name());
        (claims.email.unwrap().to_string(), claims.email_verified, claims.phone_number_verified, organization)
    };
    let new = json!({
        "sub": "17", "email": "new@acme.example", "phone_number": "+41 2", "urn:zitadel:iam:user:resourceowner:id": "2",
    });
    assert_eq!(together(&new), ("new@acme.example".to_owned(), false, false, "2 None".to_owned()));
    // A verification without an address says nothing about the address of the other source.
    let alone = json!({"sub": "17", "email_verified": false, "phone_number_verified": false, "email": ""});
    assert_eq!(together(&alone), ("old@acme.example".to_owned(), true, true, "1 Some(\"Old\")".to_owned()));
}

#[test]
fn rule_4_a_claim_of_the_wrong_type_is_absent() {
    for odd in [json!(null), json!(""), json!(1), json!(["a"]), json!({"a": 1}), json!(true)] {
        let claims = of(&json!({
            "sub": "17", "name": odd, "locale": odd, "email": odd, "picture": odd,
            "urn:zitadel:iam:user:resourceowner:id": odd, "urn:zitadel:iam:user:metadata": odd,
        }));
        assert_eq!((claims.name, claims.locale, claims.email, claims.picture), (None, None, None, None), "{odd}");
        assert!(claims.organization.is_none() && claims.extra.is_empty());
        assert!(claims.metadata.is_empty() || odd == json!({"a": 1}));
    }
    for (value, verified) in [
        (json!(true), true),
        (json!("true"), false),
        (json!(false), false),
        (json!("false"), false),
        (json!("TRUE"), false),
        (json!(1), false),
        (json!(null), false),
    ] {
        let claims = of(&json!({"email_verified": value, "phone_number_verified": value}));
        assert_eq!((claims.email_verified, claims.phone_number_verified), (verified, verified), "{value}");
    }
    assert_eq!(of(&json!({"updated_at": "2024-01-01"})).updated_at, None);
    assert_eq!(of(&json!({})).subject, "");
}

#[test]
fn rule_5_metadata_is_bytes_in_any_usual_base64() {
    let claims = of(&json!({"urn:zitadel:iam:user:metadata": {
        "unpadded": "-_8B", "url": "-_8=", "standard": "+/8=", "standard unpadded": "+/8", "empty": "",
        "not base64": "a b", "mixed": "+_8", "number": 1, "null": null,
    }}));
    let read: Vec<_> = claims.metadata.iter().map(|(key, value)| (key, value.as_slice())).collect();
    let bytes: &[u8] = &[0xfb, 0xff];
    assert_eq!(
        read,
        [
            ("empty", &[][..]),
            ("standard", bytes),
            ("standard unpadded", bytes),
            ("unpadded", &[0xfb, 0xff, 1]),
            ("url", bytes)
        ]
    );
}

#[test]
fn rule_6_every_claim_has_one_place() {
    let mut all = serde_json::Map::new();
    for name in TYPED.into_iter().chain(PROTOCOL) {
        all.insert(name.to_owned(), json!("x"));
    }
    all.insert("urn:zitadel:iam:user:resourceowner:whatever".to_owned(), json!("x"));
    all.insert("urn:zitadel:iam:org:project:roles".to_owned(), json!("malformed"));
    assert!(user_claims(&all, None).extra.is_empty());
    let claims = of(&json!({
        "urn:zitadel:iam:org:id": "17", "urn:zitadel:iam:action:a:log": ["l"], "nothing": null, "text": "t", "f": false,
    }));
    let others: Vec<_> = claims.extra.iter().map(|(name, text)| (name, text.as_str())).collect();
    let expected = [
        ("f", "false"),
        ("text", "\"t\""),
        ("urn:zitadel:iam:action:a:log", "[\"l\"]"),
        ("urn:zitadel:iam:org:id", "\"17\""),
    ];
    assert_eq!(others, expected);
}

proptest! {
    #[test]
    fn a_claim_of_any_type_is_read_and_never_a_panic(
        name in proptest::sample::select(TYPED.to_vec()),
        json in r#"null|true|-?[0-9]{1,25}|"[ -~]{0,9}"|\[1\]|\{"[a-z]":("[ -~]{0,9}"|1|\{"b":"c"\})\}"#,
    ) {
        let Ok(value) = serde_json::from_str::<Value>(&json) else { return Ok(()) };
        let claims = of(&json!({
            name: value, METADATA: value, "urn:zitadel:iam:org:project:roles": value, "other": value,
        }));
        prop_assert_eq!(claims.extra.contains_key("other"), !value.is_null());
    }
}
