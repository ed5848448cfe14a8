//! Service accounts: client credentials and JWT bearer.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use zitadel_emulator::{AccessTokenType, Client, Emulator, ServiceAccount};

use crate::support::*;

const PROJECT: &str = "310000000000000100";
/// What a token needs to be introspected in the project, with roles.
const SCOPE: &str =
    "openid profile urn:zitadel:iam:org:project:id:310000000000000100:aud urn:zitadel:iam:org:projects:roles";

fn client_credentials(emulator: &Emulator, id: &str, secret: &str, scope: &str) -> TestResponse {
    let grant = [("grant_type", "client_credentials"), ("scope", scope)];
    post_as(emulator, "/oauth/v2/token", &grant, Some(&basic(id, secret)))
}

fn jwt_bearer(emulator: &Emulator, assertion: &str, scope: &str) -> TestResponse {
    let grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    post(emulator, "/oauth/v2/token", &[("grant_type", grant_type), ("assertion", assertion), ("scope", scope)])
}

fn invalid_request(text: &str) -> (u16, String, String) {
    (400, "invalid_request".to_owned(), text.to_owned())
}

/// A clock that stands still, and its time.
fn stop_clock(emulator: &Emulator) -> u64 {
    let now = emulator.unix_now();
    emulator.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
    now
}

#[test]
fn client_credentials_give_a_token_that_an_api_of_the_project_accepts() {
    for format in [AccessTokenType::Opaque, AccessTokenType::Jwt] {
        let emulator = emulator();
        let api = emulator.add_client(Client::api("API"));
        let robot = emulator.service_account("robot");
        robot.update(|robot| robot.access_token_type = format);
        let secret = robot.create_secret();
        let tokens = client_credentials(&emulator, "Robot", &secret, SCOPE).json();
        assert_eq!(member_names(&tokens), ["access_token", "token_type", "expires_in", "id_token"]);
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(token.contains('.'), format == AccessTokenType::Jwt);
        let answer = introspect(&emulator, &api, token).json();
        assert_eq!((&answer["active"], &answer["client_id"]), (&true.into(), &"robot".into()));
        assert_eq!((&answer["sub"], &answer["amr"]), (&robot.id().into(), &json!(["pwd"])));
        assert_eq!(answer["aud"], json!([PROJECT]));
        let roles = json!({ "editor": { "310000000000000001": "acme.localhost" } });
        assert_eq!(answer["urn:zitadel:iam:org:project:roles"], roles);
        let user = user_info(&emulator, token).json();
        assert_eq!((&user["name"], &user["preferred_username"]), (&"Robot".into(), &"robot".into()));
        assert_eq!(user[format!("urn:zitadel:iam:org:project:{PROJECT}:roles")], roles);
        assert!(user.get("urn:zitadel:iam:org:project:roles").is_none(), "there is no project of the client");
    }
}

#[test]
fn without_a_scope_for_the_project_the_token_is_inactive_there() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let secret = emulator.service_account("robot").create_secret();
    let tokens = client_credentials(&emulator, "robot", &secret, "openid profile offline_access").json();
    assert!(tokens.get("refresh_token").is_none());
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(introspect(&emulator, &api, token).json(), json!({ "active": false }));
    assert_eq!(user_info(&emulator, token).status, 200);
    assert_eq!(claims(&tokens["id_token"])["aud"], json!(["robot"]));
}

#[test]
fn the_id_token_of_a_service_account_is_expired_when_it_is_issued() {
    let emulator = emulator();
    let now = stop_clock(&emulator);
    let secret = emulator.service_account("robot").create_secret();
    let tokens = client_credentials(&emulator, "robot", &secret, "openid").json();
    let id_token = claims(&tokens["id_token"]);
    let order = ["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "azp", "client_id", "at_hash"];
    assert_eq!(member_names(&id_token), order);
    assert_eq!((&id_token["exp"], &id_token["iat"], &id_token["auth_time"]), (&now.into(), &now.into(), &now.into()));
}

#[test]
fn scopes_of_another_organization_are_ignored_and_any_role_can_be_requested() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let secret = emulator.service_account("robot").create_secret();
    let [own, other] = ["310000000000000001", "310000000000000002"].map(|id| format!("urn:zitadel:iam:org:id:{id}"));
    let [acme, globex] = ["acme", "globex"].map(|name| format!("urn:zitadel:iam:org:domain:primary:{name}.localhost"));
    let audience = format!("urn:zitadel:iam:org:project:id:{PROJECT}:aud");
    let role = "urn:zitadel:iam:org:project:role:pilot";
    let scope = format!("{other} {globex} {own} {acme} {audience} {role} custom");
    let tokens = client_credentials(&emulator, "robot", &secret, &scope).json();
    let answer = introspect(&emulator, &api, tokens["access_token"].as_str().unwrap()).json();
    assert_eq!(answer["scope"], format!("{own} {acme} {audience} {role}"));
}

#[test]
fn errors_of_client_credentials_are_those_of_zitadel() {
    let emulator = emulator();
    let robot = emulator.service_account("robot");
    let error = |id: &str, secret: &str| client_credentials(&emulator, id, secret, "openid").error();
    let unknown = (400, "invalid_client".to_owned(), "client not found".to_owned());
    let no_secret = invalid_request("Errors.User.Machine.Secret.NotExisting");
    assert_eq!(error("robot", "x"), no_secret);
    assert_eq!(error("alice", "x"), no_secret);
    let secret = robot.create_secret();
    let wrong = invalid_request("Errors.User.Machine.Secret.Invalid");
    assert_eq!((error("robot", "x"), error("robot", "")), (wrong.clone(), wrong.clone()));
    for id in ["nobody", robot.id(), emulator.client().id(), "alice@example.com"] {
        assert_eq!(error(id, &secret), unknown, "{id}");
    }
    let scope = client_credentials(&emulator, "robot", &secret, "").error();
    assert!(scope.2.starts_with("The scope of your request is missing."), "{scope:?}");
    let second = robot.create_secret();
    assert_eq!(error("robot", &secret), wrong, "a new secret replaces the one before");
    emulator.deactivate("robot");
    assert_eq!(error("robot", &second), invalid_request("Errors.User.NotActive"));
}

#[test]
fn a_deactivated_account_loses_its_tokens_for_good() {
    let emulator = emulator();
    let secret = emulator.service_account("robot").create_secret();
    let token = client_credentials(&emulator, "robot", &secret, "openid").json()["access_token"].clone();
    let status = || user_info(&emulator, token.as_str().unwrap()).status;
    assert_eq!(status(), 200);
    emulator.deactivate("robot");
    assert_eq!(status(), 401);
    emulator.reactivate("robot");
    assert_eq!(status(), 401);
    assert_eq!(client_credentials(&emulator, "robot", &secret, "openid").status, 200);
}

#[test]
fn a_login_name_with_domain_is_the_client_id_if_the_instance_demands_it() {
    let emulator = Emulator::builder().user_login_must_be_domain(true).build();
    let robot = emulator.service_account("robot");
    assert_eq!(robot.client_id(), "robot@acme.localhost");
    let secret = robot.create_secret();
    assert_eq!(client_credentials(&emulator, "robot%40acme.localhost", &secret, "profile").status, 200);
}

/// A valid assertion, with some claims changed; `null` removes a claim.
fn assertion(emulator: &Emulator, file: &Value, changes: &Value) -> String {
    let now = emulator.unix_now();
    let id = &file["userId"];
    let mut claims = json!({ "iss": id, "sub": id, "aud": [emulator.issuer()], "iat": now, "exp": now + 60 });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    sign(file, &claims)
}

#[test]
fn a_key_file_has_the_members_of_zitadel_and_gives_tokens_without_amr() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let account = emulator.add_service_account(ServiceAccount::named("importer", "Importer"));
    emulator.set_roles("importer", &["user"]);
    let file: Value = serde_json::from_str(&account.create_key()).unwrap();
    assert_eq!(member_names(&file), ["type", "keyId", "key", "expirationDate", "userId"]);
    assert_eq!((&file["type"], &file["userId"]), (&"serviceaccount".into(), &account.id().into()));
    assert_eq!(file["expirationDate"], "9999-12-31T23:59:59Z");
    let tokens = jwt_bearer(&emulator, &assertion(&emulator, &file, &json!({})), SCOPE).json();
    let answer = introspect(&emulator, &api, tokens["access_token"].as_str().unwrap()).json();
    assert_eq!((&answer["active"], &answer["client_id"]), (&true.into(), &"importer".into()));
    assert!(answer.get("amr").is_none());
    let without_scope = jwt_bearer(&emulator, &assertion(&emulator, &file, &json!({})), "").json();
    assert_eq!(member_names(&without_scope), ["access_token", "token_type", "expires_in"]);
}

#[test]
fn every_failure_of_an_assertion_is_an_internal_error() {
    let emulator = emulator();
    let now = stop_clock(&emulator);
    let robot = emulator.service_account("robot");
    let file: Value = serde_json::from_str(&robot.create_key()).unwrap();
    let with = |changes: &Value| jwt_bearer(&emulator, &assertion(&emulator, &file, changes), "openid");
    for accepted in [json!({ "iat": now + 1 }), json!({ "exp": now + 2 }), json!({ "aud": emulator.issuer() })] {
        assert_eq!(with(&accepted).status, 200, "{accepted}");
    }
    let internal = (500, "server_error".to_owned(), "Errors.Internal".to_owned());
    let other = emulator.add_service_account(ServiceAccount::named("importer", "Importer"));
    for broken in [
        json!({ "iat": now + 2 }),
        json!({ "exp": now + 1 }),
        json!({ "aud": "x" }),
        json!({ "iss": other.id(), "sub": other.id() }),
        json!({ "iss": "310000000000000301", "sub": "310000000000000301" }),
    ] {
        assert_eq!(with(&broken).error(), internal, "{broken}");
    }
    let missing = post(&emulator, "/oauth/v2/token", &[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")]);
    assert_eq!(missing.error(), invalid_request("assertion missing"));
    robot.update(|robot| robot.keys[0].expires_at = Some(now));
    assert_eq!(with(&json!({})).error(), internal);
    let key_file = robot.snapshot().key_file(&robot.snapshot().keys[0]);
    assert!(!key_file.contains("9999-12-31"), "the key file has the expiration");
}

#[test]
fn claims_of_actions_are_added_to_the_tokens_of_service_accounts() {
    let emulator = emulator();
    let robot = emulator.service_account("robot");
    let secret = robot.create_secret();
    robot.update(|robot| {
        robot.access_token_type = AccessTokenType::Jwt;
        robot.user_info_claims.insert("tenant".to_owned(), json!({ "id": 7 }));
        robot.access_token_claims.insert("limit".to_owned(), json!(12_345_678_901_234_567_000_u64));
        robot.metadata.push(("team".to_owned(), b"R&D".to_vec()));
    });
    let scope = "openid urn:zitadel:iam:user:metadata";
    let tokens = client_credentials(&emulator, "robot", &secret, scope).json();
    assert_eq!(claims(&tokens["access_token"])["limit"], json!(12_345_678_901_234_567_000_u64));
    assert_eq!(claims(&tokens["id_token"])["tenant"], json!({ "id": 7 }));
    let user = user_info(&emulator, tokens["access_token"].as_str().unwrap()).json();
    assert_eq!(
        (&user["tenant"], &user["urn:zitadel:iam:user:metadata"]),
        (&json!({ "id": 7 }), &json!({ "team": "UiZE" }))
    );
}
