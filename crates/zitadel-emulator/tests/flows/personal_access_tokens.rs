//! Personal access tokens of service accounts.

use serde_json::json;
use zitadel_emulator::Client;

use crate::support::*;

#[test]
fn any_application_introspects_it_and_sees_itself_as_the_audience() {
    let emulator = emulator();
    let token = emulator.service_account("robot").create_personal_access_token();
    assert_eq!(token.len(), 71);
    let other_project = Client { project_id: "42".to_owned(), ..Client::api("Other") };
    for client in [Client::api("API"), other_project] {
        let api = emulator.add_client(client);
        let answer = introspect(&emulator, &api, &token).json();
        assert_eq!(answer["active"], true);
        assert_eq!(answer["aud"], json!([api.id(), api.snapshot().project_id]));
        assert_eq!(answer["exp"], 253_402_300_799_u64);
        assert_eq!(answer["jti"].as_str().unwrap().len(), 18);
        for absent in ["client_id", "auth_time", "amr", "sid"] {
            assert!(answer.get(absent).is_none(), "{absent}");
        }
    }
}

#[test]
fn an_application_of_the_project_sees_its_roles_and_userinfo_sees_none() {
    let emulator = emulator();
    let token = emulator.service_account("robot").create_personal_access_token();
    let api = emulator.add_client(Client::api("API"));
    let answer = introspect(&emulator, &api, &token).json();
    assert_eq!(member_names(&answer["urn:zitadel:iam:org:project:roles"]), ["editor"]);
    assert!(answer["scope"].as_str().unwrap().ends_with("urn:zitadel:iam:org:project:role:editor"));
    let user = user_info(&emulator, &token).json();
    assert_eq!((&user["sub"], &user["name"]), (&"310000000000000401".into(), &"Robot".into()));
    assert!(member_names(&user).iter().all(|name| !name.ends_with(":roles")), "{user}");
}

#[test]
fn it_ends_when_it_is_removed_or_expires_or_its_account_is_deactivated() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let robot = emulator.service_account("robot");
    let [first, second] = [(); 2].map(|()| robot.create_personal_access_token());
    let is_active = |token: &str| introspect(&emulator, &api, token).json()["active"] == true;
    assert_eq!((is_active(&first), is_active(&second)), (true, true));
    let now = emulator.unix_now();
    robot.update(|robot| robot.personal_access_tokens[0].expires_at = Some(now));
    assert_eq!((is_active(&first), is_active(&second)), (false, true));
    assert_eq!(
        user_info(&emulator, &first).error(),
        (401, "access_denied".to_owned(), "access token invalid".to_owned())
    );
    emulator.deactivate("robot");
    assert!(!is_active(&second));
    assert_eq!(user_info(&emulator, &second).status, 401);
    emulator.reactivate("robot");
    assert!(is_active(&second));
    robot.update(|robot| robot.personal_access_tokens.clear());
    assert!(!is_active(&second));
}

#[test]
fn debug_output_shows_no_credential_of_an_account() {
    let emulator = emulator();
    let robot = emulator.service_account("robot");
    let credentials = [robot.create_secret(), robot.create_personal_access_token()];
    let file: serde_json::Value = serde_json::from_str(&robot.create_key()).unwrap();
    let debug = format!("{:?}", robot.snapshot());
    assert!(credentials.iter().all(|credential| !debug.contains(credential)), "{debug}");
    assert!(debug.contains(file["keyId"].as_str().unwrap()) && !debug.contains("PRIVATE"), "{debug}");
}
