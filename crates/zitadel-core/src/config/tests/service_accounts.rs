//! The service account of an application.

use serde_json::json;

use super::{
    super::{ServiceAccountConfig, ServiceAccountCredential},
    *,
};
use crate::protocol::key_file::tests::pem;

const ISSUER: &str = "https://acme.zitadel.cloud";

fn key_file() -> String {
    let (pem, _) = pem();
    json!({"type": "serviceaccount", "keyId": "1", "key": pem, "userId": "2"}).to_string()
}

fn read(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_vars([("ZITADEL_DOMAIN", ISSUER)].iter().chain(vars).copied())
}

fn account(vars: &[(&str, &str)]) -> ServiceAccountConfig {
    let config = read(vars).unwrap_or_else(|error| panic!("{error}"));
    assert!(config.login.is_none() && config.api.is_none(), "it needs nothing of a login");
    config.service_account.unwrap()
}

#[test]
fn each_of_the_three_credentials_is_enough() {
    let key = account(&[("ZITADEL_SERVICE_ACCOUNT_KEY", &key_file())]);
    assert!(matches!(key.credential, ServiceAccountCredential::Key(_)));
    assert_eq!(key.scopes, ["openid", "urn:zitadel:iam:org:projects:roles"]);
    let secret = account(&[("ZITADEL_SERVICE_ACCOUNT_ID", "robot"), ("ZITADEL_SERVICE_ACCOUNT_SECRET", "s")]);
    assert!(
        matches!(secret.credential, ServiceAccountCredential::Secret(id, secret) if id == "robot" && secret == "s".into())
    );
    let token = account(&[("ZITADEL_SERVICE_ACCOUNT_TOKEN", "t"), ("ZITADEL_SERVICE_ACCOUNT_SCOPES", "a  b a")]);
    assert!(matches!(token.credential, ServiceAccountCredential::PersonalAccessToken(token) if token == "t".into()));
    assert_eq!(token.scopes, ["a", "b"]);
    let beside =
        account(&[("ZITADEL_SERVICE_ACCOUNT_TOKEN", "t"), ("ZITADEL_CLIENT_ID", "1"), ("ZITADEL_CLIENT_SECRET", "s")]);
    assert_eq!(beside.scopes.len(), 2, "a secret opens no API");
    let both = builder().service_account_token("t").service_account_project("1700").build().unwrap();
    assert!(both.login.is_some());
    assert_eq!(both.service_account.unwrap().scopes[2], "urn:zitadel:iam:org:project:id:1700:aud");
}

#[test]
fn problems_name_the_setting_and_repeat_nothing() {
    let message = |vars: &[(&str, &str)]| problem(read(vars));
    for (vars, expected) in [
        (&[("ZITADEL_SERVICE_ACCOUNT_ID", "robot")][..], "ZITADEL_SERVICE_ACCOUNT_SECRET: is missing; "),
        (&[("ZITADEL_SERVICE_ACCOUNT_SECRET", "x-secret-x")], "ZITADEL_SERVICE_ACCOUNT_ID: is missing; "),
        (
            &[("ZITADEL_SERVICE_ACCOUNT_KEY", "x-secret-x")],
            "ZITADEL_SERVICE_ACCOUNT_KEY: is not the JSON of a key file",
        ),
        (&[("ZITADEL_SERVICE_ACCOUNT_TOKEN", "x-secret-x y")], "ZITADEL_SERVICE_ACCOUNT_TOKEN: is empty or has white"),
        (&[("ZITADEL_SERVICE_ACCOUNT_TOKEN", "replace-me")], "ZITADEL_SERVICE_ACCOUNT_TOKEN: is still a placeholder"),
        (
            &[("ZITADEL_SERVICE_ACCOUNT_TOKEN", "t"), ("ZITADEL_SERVICE_ACCOUNT_KEY", "k")],
            "ZITADEL_SERVICE_ACCOUNT_TOKEN: is set and so is ZITADEL_SERVICE_ACCOUNT_KEY; ",
        ),
        (
            &[("ZITADEL_SERVICE_ACCOUNT_TOKEN", "t"), ("ZITADEL_SERVICE_ACCOUNT_SCOPES", "a\"b")],
            "ZITADEL_SERVICE_ACCOUNT_SCOPES: has a scope",
        ),
    ] {
        let message = message(vars);
        assert!(message.starts_with(expected) && message.lines().count() == 1, "{message}");
        assert!(!message.contains("x-secret-x"), "{message}");
    }
    let application = key_file().replace("serviceaccount", "application").replace("userId", "clientId");
    let message = message(&[("ZITADEL_SERVICE_ACCOUNT_KEY", &application)]);
    assert!(message.starts_with("ZITADEL_SERVICE_ACCOUNT_KEY: is the key of an application; "), "{message}");
}
