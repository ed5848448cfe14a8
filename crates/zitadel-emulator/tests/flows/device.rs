//! Device authorization.

use std::time::Duration;

use serde_json::Value;
use zitadel_emulator::{Client, Emulator, GrantType};

use crate::support::*;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An emulator whose default application may use the grant, and the answer to its device.
fn started() -> (Emulator, Value) {
    let emulator = emulator();
    emulator.client().update(|client| client.grant_types.push(GrantType::DeviceCode));
    let answer = start(&emulator);
    (emulator, answer.json())
}

fn start(emulator: &Emulator) -> TestResponse {
    let client = emulator.client();
    let parameters = [("client_id", client.id()), ("scope", "openid profile offline_access")];
    post(emulator, "/oauth/v2/device_authorization", &parameters)
}

fn poll(emulator: &Emulator, client_id: &str, device: &Value) -> TestResponse {
    let code = device["device_code"].as_str().unwrap();
    post(emulator, "/oauth/v2/token", &[("grant_type", GRANT), ("client_id", client_id), ("device_code", code)])
}

fn error(code: &str, text: &str) -> (u16, String, String) {
    (400, code.to_owned(), text.to_owned())
}

#[test]
fn an_approved_device_gets_the_tokens_of_a_login_once() {
    let (emulator, device) = started();
    let client = emulator.client();
    let order = ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"];
    assert_eq!(member_names(&device), order);
    assert_eq!(poll(&emulator, client.id(), &device).error().1, "authorization_pending");
    emulator.approve_device(device["user_code"].as_str().unwrap(), "alice");
    let tokens = poll(&emulator, client.id(), &device).json();
    let order = ["access_token", "token_type", "refresh_token", "expires_in", "id_token"];
    assert_eq!(member_names(&tokens), order);
    let id_token = claims(&tokens["id_token"]);
    assert_eq!(id_token["sid"], emulator.session_ids("alice")[0].as_str());
    assert!(id_token.get("nonce").is_none());
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).json()["name"], "Alice Anderson");
    assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 200);
    assert_eq!(poll(&emulator, client.id(), &device).error(), error("invalid_grant", ""));
}

#[test]
fn a_denied_an_expired_and_a_foreign_device_are_told_apart() {
    let (emulator, device) = started();
    let client = emulator.client();
    let other = emulator.add_client(Client { grant_types: vec![GrantType::DeviceCode], ..Client::web("Other") });
    assert_eq!(poll(&emulator, other.id(), &device).error(), error("invalid_grant", ""));
    let missing = post(&emulator, "/oauth/v2/token", &[("grant_type", GRANT), ("client_id", client.id())]);
    assert_eq!(missing.error(), error("invalid_request", "device_code missing"));
    emulator.advance(Duration::from_secs(299));
    assert_eq!(poll(&emulator, client.id(), &device).error().1, "authorization_pending");
    emulator.advance(Duration::from_secs(1));
    assert_eq!(
        poll(&emulator, client.id(), &device).error(),
        error("expired_token", "The \"device_code\" has expired.")
    );

    let device = start(&emulator).json();
    emulator.deny_device(device["user_code"].as_str().unwrap());
    let denied = error("access_denied", "The authorization request was denied.");
    assert_eq!(poll(&emulator, client.id(), &device).error(), denied);

    let device = start(&emulator).json();
    emulator.approve_device(device["user_code"].as_str().unwrap(), "bob");
    emulator.deactivate("bob");
    assert_eq!(poll(&emulator, client.id(), &device).error(), error("invalid_request", "Errors.User.NotActive"));
}

#[test]
fn the_grant_is_asked_for_when_the_code_is_redeemed() {
    let emulator = emulator();
    let device = start(&emulator).json();
    let text = format!("grant_type \"{GRANT}\" not allowed");
    assert_eq!(poll(&emulator, emulator.client().id(), &device).error(), error("unauthorized_client", &text));
    let unknown = post(&emulator, "/oauth/v2/device_authorization", &[("client_id", "1"), ("scope", "openid")]);
    assert_eq!(unknown.error(), error("invalid_client", "no active client not found"));
}

#[test]
fn a_user_enters_the_code_and_decides_at_the_verification_uri() {
    let (emulator, device) = started();
    let mut browser = Browser::new(&emulator);
    let path = |name: &str| device[name].as_str().unwrap().strip_prefix(emulator.issuer()).unwrap().to_owned();
    assert!(browser.get(&path("verification_uri")).body.contains("Enter the code"));
    let unknown = browser.get("/device?user_code=%3Cb%3E");
    assert!(unknown.status == 404 && !unknown.body.contains("<b>"), "{}", unknown.body);
    let page = browser.get(&path("verification_uri_complete"));
    assert!(page.body.contains("Alice Anderson") && page.body.contains("Demo app"), "{}", page.body);
    // The user types it in lower case and without the dash.
    let typed = device["user_code"].as_str().unwrap().to_lowercase().replace('-', "");
    assert_eq!(browser.post("/device", &[("user_code", &typed), ("person", "nobody")]).status, 400);
    let approved = browser.post("/device", &[("user_code", &typed), ("person", "alice")]);
    assert!(approved.body.contains("Device approved"), "{}", approved.body);
    assert_eq!(poll(&emulator, emulator.client().id(), &device).status, 200);
    assert_eq!(browser.post("/device", &[("user_code", &typed), ("person", "bob")]).status, 404);

    let device = start(&emulator).json();
    browser.post("/device", &[("user_code", device["user_code"].as_str().unwrap()), ("cancel", "1")]);
    assert_eq!(poll(&emulator, emulator.client().id(), &device).error().1, "access_denied");
}
