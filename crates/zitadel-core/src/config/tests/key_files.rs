//! The key file of an application: of this one, or of an API application beside it.

use serde_json::json;

use super::*;
use crate::protocol::key_file::tests::pem;

const ISSUER: &str = "https://acme.zitadel.cloud";
/// As in `VALID`.
const OWN: &str = "170086824411201793@app";

fn key_file(client_id: &str) -> String {
    let (pem, _) = pem();
    json!({"type": "application", "keyId": "301", "key": pem, "appId": "302", "clientId": client_id}).to_string()
}

#[test]
fn key_of_this_application_authenticates_everything_and_does_not_open_the_api() {
    let config = builder().application_key(key_file(OWN)).build().unwrap();
    assert!(config.api.is_none());
    let client = login(config).client;
    assert_eq!(client.id, OWN);
    assert!(matches!(client.credential, ClientCredential::Key(_)));
    let config = builder().application_key(key_file(OWN)).audience("project").build().unwrap();
    let api = config.api.unwrap();
    assert_eq!((api.audiences, api.client.unwrap().id), (vec!["project".to_owned()], OWN.to_owned()));
}

#[test]
fn without_a_client_id_that_of_the_key_file_is_used() {
    let vars = VALID.into_iter().filter(|(name, _)| *name != "ZITADEL_CLIENT_ID");
    let vars = vars.map(|(name, value)| (name, value.to_owned())).chain([("ZITADEL_APP_KEY", key_file("303"))]);
    let client = login(Config::from_vars(vars).unwrap()).client;
    assert_eq!(client.id, "303");
    assert!(client.has_credentials());
}

#[test]
fn key_of_an_api_application_is_for_introspection_only_and_its_client_id_is_the_audience() {
    let config = builder().application_key(key_file("303")).build().unwrap();
    let api = config.api.unwrap();
    assert_eq!((api.audiences, api.client.unwrap().id), (vec!["303".to_owned()], "303".to_owned()));
    let client = config.login.unwrap().client;
    assert_eq!(client.id, OWN);
    assert!(!client.has_credentials());
    let config = builder().application_key(key_file("303")).audience("project").client_secret("s").build().unwrap();
    let api = config.api.unwrap();
    assert_eq!((api.audiences, api.client.unwrap().id), (vec!["project".to_owned()], "303".to_owned()));
    assert!(matches!(config.login.unwrap().client.credential, ClientCredential::Secret(..)));
}

#[test]
fn issuer_and_key_file_are_enough_for_an_api() {
    let config = Config::from_vars([("ZITADEL_DOMAIN", ISSUER), ("ZITADEL_APP_KEY", &key_file("303"))]).unwrap();
    assert!(config.login.is_none());
    let api = config.api.unwrap();
    assert_eq!((api.audiences, api.client.unwrap().id), (vec!["303".to_owned()], "303".to_owned()));
}

#[test]
fn key_file_is_read_from_a_file() {
    let path = std::env::temp_dir().join(format!("zitadel-key-file-{}.json", std::process::id()));
    std::fs::write(&path, key_file("303") + "\n").unwrap();
    let path_text = path.to_str().unwrap();
    let config = Config::from_vars([("ZITADEL_DOMAIN", ISSUER), ("ZITADEL_APP_KEY_FILE", path_text)]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(config.unwrap().api.unwrap().client.unwrap().id, "303");
}

#[test]
fn problems_name_the_setting_and_repeat_nothing() {
    let message = |json: &str| problem(Config::from_vars([("ZITADEL_DOMAIN", ISSUER), ("ZITADEL_APP_KEY", json)]));
    assert_eq!(
        message("x-secret-x"),
        "ZITADEL_APP_KEY: is not the JSON of a key file; download it again from the ZITADEL console"
    );
    let account = key_file("303").replace("application", "serviceaccount").replace("clientId", "userId");
    assert!(message(&account).starts_with("ZITADEL_APP_KEY: is the key of a service account; "));
    let both = problem(builder().application_key(key_file(OWN)).client_secret("s").build());
    assert_eq!(both, ".application_key(): is set and so is .client_secret(); keep one of the two");
    let method = builder().application_key(key_file(OWN)).client_authentication(ClientAuthentication::Post).build();
    assert!(problem(method).starts_with(".client_authentication(): is without effect"));
}
