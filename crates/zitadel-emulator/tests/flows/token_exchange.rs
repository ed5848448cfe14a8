//! Token exchange.

use serde_json::{Value, json};
use zitadel_emulator::{AccessTokenType, Client, Emulator, GrantType, SigningAlgorithm};

use crate::support::*;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const USER_ID: &str = "urn:zitadel:params:oauth:token-type:user_id";

/// An emulator whose default application may exchange tokens.
fn with_grant(impersonation: bool) -> Emulator {
    let builder = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).impersonation(impersonation);
    let emulator = builder.build();
    emulator.client().update(|client| client.grant_types.push(GrantType::TokenExchange));
    emulator
}

fn exchange(emulator: &Emulator, parameters: &[(&str, &str)]) -> TestResponse {
    let client = emulator.client();
    let grant = [("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("client_id", client.id())];
    post(emulator, "/oauth/v2/token", &[grant.as_slice(), parameters].concat())
}

fn subject(token: &str) -> [(&str, &str); 2] {
    [("subject_token", token), ("subject_token_type", ACCESS_TOKEN)]
}

fn error(code: &str, text: &str) -> (u16, String, String) {
    (400, code.to_owned(), text.to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn the_new_token_is_for_the_same_user_and_the_old_one_goes_on() {
    let emulator = with_grant(false);
    let api = emulator.add_client(Client::api("API"));
    let old = emulator.access_token_for("alice");
    let tokens = exchange(&emulator, &subject(&old)).json();
    let order = ["access_token", "issued_token_type", "token_type", "expires_in", "scope", "id_token"];
    assert_eq!(member_names(&tokens), order);
    let new = text(&tokens["access_token"]);
    assert_ne!(new, old);
    for token in [new, &old] {
        assert_eq!(introspect(&emulator, &api, token).json()["username"], "alice");
    }
    let id_token = claims(&tokens["id_token"]);
    assert!(id_token.get("sid").is_none() && id_token.get("auth_time").is_none(), "there was no login");
}

#[test]
fn audience_and_scopes_can_be_narrowed_and_not_widened() {
    let emulator = with_grant(false);
    let api = emulator.add_client(Client::api("API"));
    let old = emulator.access_token_for("alice");
    let with = |more: &[(&str, &str)]| exchange(&emulator, &[subject(&old).as_slice(), more].concat());
    let two = [("audience", api.id()), ("audience", "310000000000000202"), ("scope", "openid email")];
    let tokens = with(&two).json();
    assert_eq!(tokens["scope"], "openid email");
    let answer = introspect(&emulator, &api, text(&tokens["access_token"])).json();
    assert_eq!((&answer["aud"], &answer["scope"]), (&json!([api.id(), "310000000000000202"]), &"openid email".into()));
    let other = error("invalid_target", "audience \"x\" not found in subject or actor token");
    assert_eq!(with(&[("audience", "x")]).error(), other);
    let wider = error("invalid_scope", "scope \"phone\" not found in subject or actor token");
    assert_eq!(with(&[("scope", "openid phone")]).error(), wider);
    assert_eq!(with(&[("resource", "x")]).error(), error("invalid_target", "resource parameter not supported"));
}

#[test]
fn an_id_token_is_a_subject_until_it_expires_and_keeps_its_authentication() {
    let emulator = with_grant(false);
    let id_token = text(&login(&emulator, "alice", &[])["id_token"]).to_owned();
    let parameters = [("subject_token", id_token.as_str()), ("subject_token_type", ID_TOKEN), ("scope", "openid")];
    let tokens = exchange(&emulator, &parameters).json();
    let (old, new) = (claims(&id_token.clone().into()), claims(&tokens["id_token"]));
    for claim in ["sub", "auth_time", "amr", "aud"] {
        assert_eq!(new[claim], old[claim], "{claim}");
    }
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let access_token = emulator.access_token_for("alice");
    let as_id_token = [("subject_token", access_token.as_str()), ("subject_token_type", ID_TOKEN)];
    assert_eq!(exchange(&emulator, &as_id_token).error(), error("invalid_request", "subject_token invalid"));
    let as_access_token = exchange(&emulator, &subject(&id_token)).error();
    assert_eq!(as_access_token, error("invalid_request", "subject_token invalid"));
    emulator.advance(std::time::Duration::from_secs(13 * 3600));
    assert_eq!(exchange(&emulator, &parameters).error(), error("invalid_request", "subject_token invalid"));
}

#[test]
fn errors_name_what_is_missing_or_not_supported() {
    let emulator = with_grant(false);
    let with = |parameters: &[(&str, &str)]| exchange(&emulator, parameters).error();
    let invalid = |text: &str| error("invalid_request", text);
    assert_eq!(with(&[]), invalid("subject_token missing"));
    assert_eq!(with(&[("subject_token", "x")]), invalid("subject_token_type missing"));
    let other = [("subject_token", "x"), ("subject_token_type", "x")];
    assert_eq!(with(&other), invalid("subject_token_type is not supported"));
    assert_eq!(with(&subject("x")), invalid("subject_token invalid"));
    for kind in [JWT, "urn:ietf:params:oauth:token-type:refresh_token"] {
        assert_eq!(with(&[("subject_token", "x"), ("subject_token_type", kind)]), invalid("subject_token invalid"));
    }
    let alice = emulator.access_token_for("alice");
    let requested = [subject(&alice).as_slice(), &[("requested_token_type", "x")]].concat();
    assert_eq!(with(&requested), invalid("requested_token_type is not supported"));
    let secret = emulator.service_account("robot").create_secret();
    let grant = [("grant_type", "client_credentials"), ("scope", "profile")];
    let robot = post_as(&emulator, "/oauth/v2/token", &grant, Some(&basic("robot", &secret))).json();
    let for_nobody = text(&robot["access_token"]).to_owned();
    assert_eq!(with(&subject(&for_nobody)), invalid("subject_token invalid"), "the client is not in the audience");
    emulator.deactivate("alice");
    assert_eq!(with(&subject(&alice)), invalid("subject_token invalid"));
}

#[test]
fn impersonation_needs_the_policy_and_names_the_actor() {
    let emulator = with_grant(false);
    let impersonate = |emulator: &Emulator| {
        let actor = emulator.service_account("robot").create_personal_access_token();
        let subject = [("subject_token", "310000000000000302"), ("subject_token_type", USER_ID)];
        let actor = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS_TOKEN)];
        let rest = [("requested_token_type", JWT), ("scope", "openid profile")];
        exchange(emulator, &[subject, actor, rest].concat())
    };
    let refused = "Errors.TokenExchange.Impersonation.PolicyDisabled";
    assert_eq!(impersonate(&emulator).error(), (403, "invalid_request".to_owned(), refused.to_owned()));

    let emulator = with_grant(true);
    let api = emulator.add_client(Client::api("API"));
    let tokens = impersonate(&emulator).json();
    let act = json!({ "iss": emulator.issuer(), "sub": "310000000000000401" });
    for token in ["access_token", "id_token"] {
        let claims = claims(&tokens[token]);
        assert_eq!((&claims["sub"], &claims["act"]), (&"310000000000000302".into(), &act), "{token}");
    }
    let answer = introspect(&emulator, &api, text(&tokens["access_token"])).json();
    assert_eq!((&answer["active"], &answer["act"]), (&true.into(), &act));

    // The impersonated user is the actor of the next exchange: its own actor is nested.
    let subject = [("subject_token", "310000000000000303"), ("subject_token_type", USER_ID)];
    let actor = [("actor_token", text(&tokens["access_token"])), ("actor_token_type", ACCESS_TOKEN)];
    let nested = exchange(&emulator, &[subject, actor, [("scope", "openid"), ("requested_token_type", JWT)]].concat());
    let expected = json!({ "act": act, "iss": emulator.issuer(), "sub": "310000000000000302" });
    assert_eq!(claims(&nested.json()["access_token"])["act"], expected);
    let no_actor = exchange(&emulator, &subject).error();
    assert_eq!(no_actor, error("invalid_request", "actor_token invalid"));
}
