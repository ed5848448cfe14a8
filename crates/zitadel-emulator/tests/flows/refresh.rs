//! `refresh_token` at the token endpoint.

use std::time::Duration;

use serde_json::Value;
use zitadel_emulator::Client;

use crate::support::*;

const INVALID_REFRESH_TOKEN: &str = "Errors.OIDCSession.RefreshTokenInvalid";

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}")).to_owned()
}

#[test]
fn a_refresh_revokes_the_old_refresh_token_and_the_old_access_token() {
    let emulator = emulator();
    let first = login(&emulator, "alice", &[]);
    let second = refresh(&emulator, &text(&first, "refresh_token")).json();
    assert_ne!(text(&first, "refresh_token"), text(&second, "refresh_token"));
    assert_eq!(user_info(&emulator, &text(&first, "access_token")).status, 401);
    assert_eq!(user_info(&emulator, &text(&second, "access_token")).status, 200);
    let again = refresh(&emulator, &text(&first, "refresh_token"));
    assert_eq!(again.error(), (400, "invalid_request".to_owned(), INVALID_REFRESH_TOKEN.to_owned()));
    assert_eq!(refresh(&emulator, &text(&second, "refresh_token")).status, 200, "reuse does not revoke the new token");
}

#[test]
fn a_refreshed_id_token_keeps_nonce_session_and_auth_time() {
    let emulator = emulator();
    let first = login(&emulator, "alice", &[]);
    emulator.advance(Duration::from_secs(600));
    let second = refresh(&emulator, &text(&first, "refresh_token")).json();
    let (old, new) = (claims(&first["id_token"]), claims(&second["id_token"]));
    for same in ["nonce", "auth_time", "sid", "amr", "sub", "aud", "azp"] {
        assert_eq!(old[same], new[same], "{same}");
    }
    for different in ["iat", "exp", "at_hash"] {
        assert_ne!(old[different], new[different], "{different}");
    }
}

#[test]
fn a_narrower_scope_has_no_effect_and_a_wider_scope_is_rejected() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    let client = emulator.client();
    let with_scope = |token: &str, scope: &str| {
        let parameters =
            [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client.id()), ("scope", scope)];
        post(&emulator, "/oauth/v2/token", &parameters)
    };
    let response = with_scope(&text(&tokens, "refresh_token"), "openid phone");
    assert_eq!(response.error(), (400, "invalid_scope".to_owned(), String::new()));
    let response = with_scope(&text(&tokens, "refresh_token"), "openid").json();
    let info = user_info(&emulator, &text(&response, "access_token")).json();
    assert_eq!(info["email"], "alice@example.com", "the original scope is used");
}

#[test]
fn missing_malformed_and_unknown_tokens_have_different_errors() {
    let emulator = emulator();
    assert_eq!(refresh(&emulator, "").error().2, "refresh_token missing");
    assert_eq!(refresh(&emulator, "garbled").error().2, "Errors.User.RefreshToken.Invalid");
    assert_eq!(refresh(&emulator, &"A".repeat(104)).error().2, INVALID_REFRESH_TOKEN);
}

#[test]
fn a_refresh_token_expires_after_thirty_idle_days() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    emulator.advance(Duration::from_secs(720 * 3600));
    assert_eq!(refresh(&emulator, &text(&tokens, "refresh_token")).error().2, INVALID_REFRESH_TOKEN);
}

#[test]
fn a_refresh_token_expires_after_ninety_days_even_if_used() {
    let emulator = emulator();
    let mut token = text(&login(&emulator, "alice", &[]), "refresh_token");
    for _ in 0..4 {
        emulator.advance(Duration::from_secs(500 * 3600));
        token = text(&refresh(&emulator, &token).json(), "refresh_token");
    }
    emulator.advance(Duration::from_secs(160 * 3600));
    assert_eq!(refresh(&emulator, &token).error().2, INVALID_REFRESH_TOKEN);
}

#[test]
fn a_refresh_token_stays_valid_after_logout() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    let hint = text(&tokens, "id_token");
    get(&emulator, &format!("/oidc/v1/end_session?id_token_hint={hint}"));
    assert_eq!(user_info(&emulator, &text(&tokens, "access_token")).status, 401);
    let newer = refresh(&emulator, &text(&tokens, "refresh_token")).json();
    assert_eq!(user_info(&emulator, &text(&newer, "access_token")).status, 200);
}

#[test]
fn a_deactivated_user_cannot_refresh() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    emulator.deactivate("alice");
    assert_eq!(refresh(&emulator, &text(&tokens, "refresh_token")).error().2, "Errors.User.NotActive");
}

#[test]
fn a_refresh_token_of_another_client_is_rejected_and_stays_valid() {
    let emulator = emulator();
    let other = emulator.add_client(Client::web("Other"));
    let tokens = login(&emulator, "alice", &[]);
    let token = text(&tokens, "refresh_token");
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("client_id", other.id())];
    let response = post(&emulator, "/oauth/v2/token", &parameters);
    assert_eq!(response.error(), (400, "invalid_grant".to_owned(), String::new()));
    assert_eq!(refresh(&emulator, &token).status, 200);
}
