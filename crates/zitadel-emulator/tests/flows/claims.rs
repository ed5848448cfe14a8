//! Claims of tokens: order, roles, metadata, organizations.

use serde_json::json;
use zitadel_emulator::{AccessTokenType, AuthFactor, Client, Emulator, Person, Project, SigningAlgorithm, UserGrant};

use crate::support::*;

const ROLES: &str = "urn:zitadel:iam:org:project:roles";
const DEMO_ROLES: &str = "urn:zitadel:iam:org:project:310000000000000100:roles";
const ALL_ROLES: &str = "urn:zitadel:iam:org:projects:roles";

#[test]
fn claims_of_an_id_token_without_extra_claims_are_in_zitadels_order() {
    let emulator = emulator();
    emulator.client().set_id_token_role_assertion(false);
    let tokens = login(&emulator, "alice", &[]);
    let claims = claims(&tokens["id_token"]);
    let order = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "azp", "client_id", "at_hash", "sid"];
    assert_eq!(member_names(&claims), order);
    assert_eq!(member_names(&token_part(&tokens["id_token"], 0)), ["alg", "kid", "typ"]);
    assert_eq!(token_part(&tokens["id_token"], 0)["typ"], "JWT");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 12 * 3600);
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["sid"].as_str().unwrap().len(), 18);
}

#[test]
fn with_an_extra_claim_all_claims_are_sorted() {
    let emulator = emulator();
    let claims = claims(&login(&emulator, "alice", &[])["id_token"]);
    let mut sorted = member_names(&claims);
    sorted.sort_unstable();
    assert_eq!(member_names(&claims), sorted);
}

#[test]
fn the_audience_contains_all_applications_of_the_project_and_the_project() {
    let emulator = emulator();
    let scope = "openid urn:zitadel:iam:org:project:id:42:aud urn:zitadel:iam:org:project:id:zitadel:aud";
    let claims = claims(&login(&emulator, "alice", &[("scope", scope)])["id_token"]);
    let expected =
        json!(["310000000000000201", "310000000000000202", "310000000000000100", "42", "310000000000000099"]);
    assert_eq!(claims["aud"], expected);
    assert_eq!((&claims["azp"], &claims["client_id"]), (&json!(emulator.client().id()), &claims["azp"]));
}

#[test]
fn role_claims_map_roles_to_granting_organizations() {
    let emulator = emulator();
    let claims = claims(&login(&emulator, "alice", &[])["id_token"]);
    let acme = json!({ "310000000000000001": "acme.localhost" });
    let expected = json!({ "admin": acme, "user": acme });
    for claim in [ROLES, DEMO_ROLES, ALL_ROLES] {
        assert_eq!(claims[claim], expected, "{claim}");
    }
}

#[test]
fn role_claims_are_absent_without_a_grant() {
    let emulator = emulator();
    let tokens = login(&emulator, "carol", &[]);
    let info = user_info(&emulator, tokens["access_token"].as_str().unwrap()).json();
    for claim in [ROLES, DEMO_ROLES, ALL_ROLES] {
        assert!(claims(&tokens["id_token"]).get(claim).is_none() && info.get(claim).is_none(), "{claim}");
    }
}

#[test]
fn requesting_one_role_returns_all_roles() {
    let emulator = emulator();
    emulator.set_project_role_assertion(false);
    let none = claims(&login(&emulator, "alice", &[])["id_token"]);
    assert!(none.get(ROLES).is_none(), "neither asserted nor requested");
    let scope = "openid urn:zitadel:iam:org:project:role:user";
    let claims = claims(&login(&emulator, "alice", &[("scope", scope)])["id_token"]);
    assert_eq!(member_names(&claims[ROLES]), ["admin", "user"]);
}

#[test]
fn application_settings_control_role_and_profile_claims() {
    let emulator = emulator();
    let client = emulator.client();
    client.set_access_token_type(AccessTokenType::Jwt);
    client.set_id_token_role_assertion(false);
    let tokens = login(&emulator, "alice", &[]);
    let (id, access) = (claims(&tokens["id_token"]), claims(&tokens["access_token"]));
    assert!(id.get(ROLES).is_none() && id.get("email").is_none() && access.get(ROLES).is_none());
    client.set_access_token_role_assertion(true);
    client.set_id_token_userinfo_assertion(true);
    let tokens = login(&emulator, "alice", &[]);
    let (id, access) = (claims(&tokens["id_token"]), claims(&tokens["access_token"]));
    assert!(id.get(ROLES).is_none() && access.get(ROLES).is_some());
    assert_eq!((id["email"].as_str(), id["name"].as_str()), (Some("alice@example.com"), Some("Alice Anderson")));
    assert!(access.get("email").is_none());
}

#[test]
fn a_jwt_access_token_has_no_scope_session_or_profile_claims() {
    let emulator = emulator();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let tokens = login(&emulator, "alice", &[]);
    let claims = claims(&tokens["access_token"]);
    assert_eq!(member_names(&claims), ["iss", "sub", "aud", "exp", "iat", "nbf", "client_id", "jti"]);
    let (session, token) = claims["jti"].as_str().unwrap().split_once('-').unwrap();
    assert!(session.starts_with("V2_") && session.len() == 21 && token.starts_with("at_") && token.len() == 21);
    assert_eq!(token_part(&tokens["access_token"], 0)["typ"], "JWT");
}

#[test]
fn metadata_is_unpadded_base64url_and_absent_if_empty() {
    let emulator = emulator();
    let scope = "openid urn:zitadel:iam:user:metadata";
    let alice = claims(&login(&emulator, "alice", &[("scope", scope)])["id_token"]);
    let metadata = &alice["urn:zitadel:iam:user:metadata"];
    assert_eq!(metadata["department"], "RW5naW5lZXJpbmc");
    assert_eq!(metadata["motto"], "R3LDvMOfZSBhdXMgWsO8cmljaCDwn5qA");
    let bob = claims(&login(&emulator, "bob", &[("scope", scope)])["id_token"]);
    assert!(bob.get("urn:zitadel:iam:user:metadata").is_none());
}

#[test]
fn organization_claims_are_added_on_request_and_the_scope_is_echoed() {
    let emulator = emulator();
    let owner = |name: &str| format!("urn:zitadel:iam:user:resourceowner:{name}");
    let scope = "openid urn:zitadel:iam:org:id:310000000000000002";
    let bob = claims(&login(&emulator, "bob", &[("scope", scope)])["id_token"]);
    assert_eq!(bob["urn:zitadel:iam:org:id"], "310000000000000002");
    assert_eq!(bob[owner("id")], "310000000000000002");
    assert_eq!(bob[owner("name")], "Globex");
    assert_eq!(bob[owner("primary_domain")], "globex.localhost");
    let scope = "openid urn:zitadel:iam:org:domain:primary:globex.localhost";
    let bob = claims(&login(&emulator, "bob", &[("scope", scope)])["id_token"]);
    assert_eq!(bob["urn:zitadel:iam:org:domain:primary"], "globex.localhost");
    assert!(bob.get(owner("id")).is_none());
}

#[test]
fn roles_can_be_requested_for_other_projects_and_filtered_by_organization() {
    let other = Project { id: "42".to_owned(), name: "Other".to_owned(), ..Project::default() };
    let grant = |project: &str, organization: &str, role: &str| UserGrant {
        project_id: project.to_owned(),
        organization_id: organization.to_owned(),
        roles: vec![role.to_owned()],
    };
    let (acme, globex) = ("310000000000000001", "310000000000000002");
    let dora = Person {
        grants: vec![
            grant("310000000000000100", acme, "user"),
            grant("310000000000000100", globex, "editor"),
            grant("42", acme, "pilot"),
        ],
        ..Person::named("dora", "Dora", "Diaz")
    };
    let builder = zitadel_emulator::Emulator::builder().project(other).person(dora);
    let emulator = builder.signing_algorithm(zitadel_emulator::SigningAlgorithm::EdDsa).build();
    let claims_for = |scope: &str| claims(&login(&emulator, "dora", &[("scope", scope)])["id_token"]);
    let all = claims_for("openid urn:zitadel:iam:org:project:id:42:aud urn:zitadel:iam:org:projects:roles");
    assert_eq!(member_names(&all["urn:zitadel:iam:org:project:42:roles"]), ["pilot"]);
    assert_eq!(member_names(&all[ALL_ROLES]), ["editor", "pilot", "user"]);
    assert_eq!(member_names(&all[ROLES]), ["editor", "user"]);
    let filtered = claims_for(&format!("openid urn:zitadel:iam:org:roles:id:{globex}"));
    assert_eq!(member_names(&filtered[ROLES]), ["editor"]);
}

#[test]
fn clock_skew_moves_iat_back_and_exp_forward() {
    let emulator = emulator();
    emulator.set_time(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000));
    emulator.client().update(|client| client.clock_skew = 5);
    let claims = claims(&login(&emulator, "alice", &[])["id_token"]);
    assert_eq!((claims["iat"].as_u64(), claims["auth_time"].as_u64()), (Some(1_799_999_995), Some(1_799_999_995)));
    assert_eq!(claims["exp"], 1_800_000_000_u64 + 12 * 3600 + 5);
}

#[test]
fn login_names_have_the_domain_of_the_organization_only_if_the_instance_demands_it() {
    let builder = || Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa);
    for (emulator, login_name) in
        [(builder().build(), "bob"), (builder().user_login_must_be_domain(true).build(), "bob@globex.localhost")]
    {
        let token = emulator.access_token_for("bob");
        assert_eq!(user_info(&emulator, &token).json()["preferred_username"], login_name);
        assert!(emulator.try_authorize_as(&authorize_query(&emulator, &[]), login_name).is_ok(), "{login_name}");
        let page = Browser::new(&emulator).open(&authorize_query(&emulator, &[])).body;
        assert_eq!(page.contains("bob@globex.localhost"), login_name.contains('@'), "{page}");
    }
}

#[test]
fn amr_says_how_the_user_logged_in_until_the_next_login() {
    let emulator = emulator();
    let amr = |tokens: &serde_json::Value| claims(&tokens["id_token"]).get("amr").cloned();
    let before = login(&emulator, "alice", &[]);
    assert_eq!(amr(&before), Some(json!(["pwd"])));
    emulator.update_person("alice", |alice| {
        alice.factors = vec![AuthFactor::Password, AuthFactor::OneTimePassword];
    });
    let refreshed = refresh(&emulator, before["refresh_token"].as_str().unwrap()).json();
    assert_eq!(amr(&refreshed), Some(json!(["pwd"])), "of the login");
    let api = emulator.add_client(Client::api("API"));
    let after = login(&emulator, "alice", &[]);
    assert_eq!(amr(&after), Some(json!(["pwd", "otp", "mfa"])));
    let token = after["access_token"].as_str().unwrap();
    let secret = api.secret().unwrap();
    let request = [("token", token), ("client_id", api.id()), ("client_secret", &secret)];
    assert_eq!(post(&emulator, "/oauth/v2/introspect", &request).json()["amr"], json!(["pwd", "otp", "mfa"]));

    emulator.update_person("alice", |alice| alice.factors = vec![AuthFactor::IdentityProvider]);
    assert_eq!(amr(&login(&emulator, "alice", &[])), None);
}

#[test]
fn actions_add_claims_but_replace_none() {
    let emulator = emulator();
    let client = emulator.client();
    client.set_access_token_type(AccessTokenType::Jwt);
    client.set_id_token_userinfo_assertion(true);
    let object = |value: serde_json::Value| value.as_object().unwrap().clone();
    emulator.update_person("alice", |alice| {
        alice.user_info_claims = object(json!({
            "tenant": { "id": 7, "plan": ["a", "b"] },
            "https://example.com/flag": true,
            "count": 12_345_678_901_234_567_000_u64,
            "email": "action@example.com",
            "urn:zitadel:iam:org:project:roles": {},
        }));
        alice.access_token_claims = object(json!({ "email": "action@example.com", "sub": "1" }));
    });
    let tokens = login(&emulator, "alice", &[]);
    let id_token = claims(&tokens["id_token"]);
    let info = user_info(&emulator, tokens["access_token"].as_str().unwrap()).json();
    for claims in [&id_token, &info] {
        assert_eq!(claims["tenant"], json!({ "id": 7, "plan": ["a", "b"] }));
        assert_eq!(claims["https://example.com/flag"], true);
        assert_eq!(claims["count"].to_string(), "12345678901234567000");
        assert_eq!(claims["email"], "alice@example.com");
        assert!(claims[ROLES].get("admin").is_some());
    }
    let access_token = claims(&tokens["access_token"]);
    assert_eq!(access_token["email"], "action@example.com", "there is no other");
    assert_eq!((&access_token["sub"], access_token.get("tenant")), (&id_token["sub"], None));
}

#[test]
fn acr_is_absent_whatever_was_asked_for_unless_an_action_adds_it() {
    let emulator = emulator();
    let asked = [("acr_values", "urn:mace:incommon:iap:silver"), ("max_age", "60")];
    assert!(claims(&login(&emulator, "alice", &asked)["id_token"]).get("acr").is_none());
    emulator.update_person("alice", |alice| {
        alice.user_info_claims.insert("acr".to_owned(), "silver".into());
    });
    let tokens = login(&emulator, "alice", &asked);
    assert_eq!(claims(&tokens["id_token"])["acr"], "silver");
}

#[test]
fn auth_time_and_amr_stay_those_of_the_login_until_the_user_logs_in_again() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let mut id_token = |prompt: &str| {
        let url = authorize_query(&emulator, &[("prompt", prompt)]);
        let page = browser.get(&url).location().to_owned();
        let shown = browser.get(&page);
        let callback = match shown.status {
            302 => shown.location().to_owned(),
            _ => browser.submit_login(&page, "alice").location().to_owned(),
        };
        claims(&redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json()["id_token"])
    };
    let first = id_token("");
    emulator.advance(std::time::Duration::from_secs(100));
    emulator.update_person("alice", |alice| alice.factors = vec![AuthFactor::Passkey]);
    let second = id_token("");
    assert_eq!((&second["auth_time"], &second["amr"]), (&first["auth_time"], &json!(["pwd"])));
    let third = id_token("login");
    let later = first["auth_time"].as_u64().unwrap() + 100;
    assert!((later..later + 60).contains(&third["auth_time"].as_u64().unwrap()), "{third}");
    assert_eq!(third["amr"], json!(["user", "mfa"]));
}
