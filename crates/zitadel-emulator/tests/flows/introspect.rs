//! Introspection.

use serde_json::json;
use zitadel_emulator::{AccessTokenType, Client};

use crate::support::*;

#[test]
fn an_active_token_is_returned_with_all_roles_of_the_callers_project() {
    for kind in [AccessTokenType::Opaque, AccessTokenType::Jwt] {
        let emulator = emulator();
        emulator.set_project_role_assertion(false);
        emulator.client().set_access_token_type(kind);
        let api = emulator.add_client(Client::api("API"));
        let response = introspect(&emulator, &api, &emulator.access_token_for("alice")).json();
        assert_eq!(response["active"], true);
        assert_eq!(response["scope"], "openid profile email");
        assert_eq!(response["username"], "alice");
        assert_eq!(response["token_type"], "Bearer");
        assert!(response.get("sid").is_none());
        for claim in ["project", "project:310000000000000100", "projects"] {
            assert_eq!(member_names(&response[format!("urn:zitadel:iam:org:{claim}:roles")]), ["admin", "user"]);
        }
    }
}

#[test]
fn members_are_in_zitadels_order_without_extra_claims() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    emulator.set_roles("bob", &[]);
    let response = introspect(&emulator, &api, &emulator.access_token_for("bob")).json();
    let order = [
        "active",
        "scope",
        "client_id",
        "token_type",
        "exp",
        "iat",
        "auth_time",
        "nbf",
        "sub",
        "aud",
        "amr",
        "iss",
        "jti",
        "username",
        "name",
        "given_name",
        "family_name",
        "locale",
        "updated_at",
        "preferred_username",
        "email",
        "email_verified",
    ];
    assert_eq!(member_names(&response), order);
}

#[test]
fn tokens_of_other_audiences_unknown_tokens_and_refresh_tokens_are_inactive() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let other = emulator.add_client(Client { project_id: "42".to_owned(), ..Client::api("Other") });
    let tokens = login(&emulator, "alice", &[]);
    let inactive = json!({ "active": false });
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(introspect(&emulator, &other, access).json(), inactive);
    assert_eq!(introspect(&emulator, &api, "unknown").json(), inactive);
    assert_eq!(introspect(&emulator, &api, tokens["refresh_token"].as_str().unwrap()).json(), inactive);
    assert_eq!(introspect(&emulator, &api, access).json()["active"], true);
    let hint = tokens["id_token"].as_str().unwrap();
    get(&emulator, &format!("/oidc/v1/end_session?id_token_hint={hint}"));
    assert_eq!(introspect(&emulator, &api, access).json(), inactive);
}

#[test]
fn an_api_application_introspects_and_does_nothing_else() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let secret = api.secret().unwrap();
    let credentials = [("client_id", api.id()), ("client_secret", &secret), ("token", "t")];
    let unknown = (400, "invalid_client".to_owned(), "no active client not found".to_owned());
    assert_eq!(post(&emulator, "/oauth/v2/revoke", &credentials).error(), unknown);
    let grant = [("grant_type", "authorization_code")];
    assert_eq!(post(&emulator, "/oauth/v2/token", &[grant.as_slice(), &credentials].concat()).error(), unknown);
    let authorize = authorize_query(&emulator, &[("client_id", api.id())]);
    let expected = (400, "invalid_request".to_owned(), "Errors.App.NotFound".to_owned());
    assert_eq!(get(&emulator, &authorize).error(), expected);
    api.update(|client| client.active = false);
    let token = emulator.access_token_for("alice");
    let refused = (400, "unauthorized_client".to_owned(), String::new());
    assert_eq!(introspect(&emulator, &api, &token).error(), refused);
}

#[test]
fn callers_must_authenticate_and_the_error_codes_differ_from_the_token_endpoint() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let introspect_error = |parameters: &[(&str, &str)]| post(&emulator, "/oauth/v2/introspect", parameters).error();
    let error = |code: &str, text: &str| (400, code.to_owned(), text.to_owned());
    let missing = error("invalid_request", "client_id or client_assertion must be provided");
    assert_eq!(introspect_error(&[("token", "t")]), missing);
    let unauthenticated = error("invalid_client", "client must be authenticated");
    assert_eq!(introspect_error(&[("token", "t"), ("client_id", api.id())]), unauthenticated);
    let wrong = [("token", "t"), ("client_id", api.id()), ("client_secret", "wrong")];
    assert_eq!(introspect_error(&wrong), error("unauthorized_client", ""));
    let public = [("token", "t"), ("client_id", "310000000000000202"), ("client_secret", "x")];
    assert_eq!(introspect_error(&public), error("unauthorized_client", ""));
    let assertion = |value: &str| {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        post(
            &emulator,
            "/oauth/v2/introspect",
            &[("token", "t"), ("client_assertion_type", kind), ("client_assertion", value)],
        )
    };
    assert_eq!(assertion("x.y.z").json(), json!({ "active": false }));
    assert_eq!(assertion("e30.eyJpc3MiOiIxIn0.c2ln").error(), error("unauthorized_client", ""));
    assert_eq!(introspect(&emulator, &api, "").error(), error("invalid_request", "token missing"));
}
