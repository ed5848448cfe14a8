//! `refresh.json`, except for the tokens of the recorded logins (`authorize.rs`).

use std::time::Duration;

use super::{ALICE, Scene};
use crate::replay::{Login, Replay};

pub(super) const SCENES: &[Scene] =
    &[rotation, other_clients, in_parallel, session_deleted, user_deactivated, user_locked, role_added, expired];

fn rotation(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("refresh", "refresh_token", &tokens["refresh_token"]);
    replay.bind("userinfo-old-access-token", "bearer", &tokens["access_token"]);
    replay.send_all(&[
        "refresh",
        "userinfo-old-access-token",
        "refresh-again",
        "refresh-after-reuse",
        "refresh-scope-less",
        "refresh-scope-more",
        "refresh-garbage",
        "refresh-empty",
    ]);
}

fn other_clients(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("refresh-other-client", "refresh_token", &tokens["refresh_token"]);
    replay.send("refresh-other-client");
    let tokens = replay.tokens(Login { client: "web-basic", ..ALICE });
    replay.bind("refresh-secret-wrong", "refresh_token", &tokens["refresh_token"]);
    replay.send_all(&["refresh-secret-wrong", "refresh-basic"]);
}

fn in_parallel(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    let client = replay.instance().client(ALICE.client);
    replay.parallel_refreshes("refresh-parallel", tokens["refresh_token"].as_str().unwrap(), client);
}

/// The recorded session was deleted through ZITADEL's API; here by a logout, which ends it in the same way.
fn session_deleted(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("userinfo-session-deleted", "bearer", &tokens["access_token"]);
    replay.bind("refresh-session-deleted", "refresh_token", &tokens["refresh_token"]);
    replay.end_session(&tokens);
    replay.send_all(&["userinfo-session-deleted", "refresh-session-deleted"]);
}

fn user_deactivated(replay: &mut Replay<'_>) {
    not_active(replay, ["userinfo-user-deactivated", "introspect-user-deactivated", "refresh-user-deactivated"]);
}

/// The emulator has one state for deactivated and locked: the recorded answers are the same.
fn user_locked(replay: &mut Replay<'_>) {
    not_active(replay, ["userinfo-user-locked", "introspect-user-locked", "refresh-user-locked"]);
}

fn not_active(replay: &mut Replay<'_>, [user_info, introspect, refresh]: [&str; 3]) {
    let tokens = replay.tokens(Login { person: "erin", ..ALICE });
    replay.bind(user_info, "bearer", &tokens["access_token"]);
    replay.bind(introspect, "token", &tokens["access_token"]);
    replay.bind(refresh, "refresh_token", &tokens["refresh_token"]);
    replay.emulator.deactivate("erin");
    replay.send_all(&[user_info, introspect, refresh]);
}

fn role_added(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(Login { person: "carol", client: "web-jwtat", ..ALICE });
    replay.bind("userinfo-role-added", "bearer", &tokens["access_token"]);
    replay.bind("refresh-role-added", "refresh_token", &tokens["refresh_token"]);
    let instance = replay.instance();
    let grants = instance.grants(instance.id("org"), &["editor"]);
    replay.emulator.update_person("carol", |carol| carol.grants = grants);
    replay.send_all(&["userinfo-role-added", "refresh-role-added"]);
}

fn expired(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("userinfo-expired", "bearer", &tokens["access_token"]);
    replay.bind("introspect-expired", "token", &tokens["access_token"]);
    replay.bind("refresh-expired", "refresh_token", &tokens["refresh_token"]);
    replay.emulator.advance(Duration::from_secs(31 * 24 * 3600));
    replay.send_all(&["userinfo-expired", "introspect-expired", "refresh-expired"]);
}
