//! `userinfo.json` and `revocation.json`.

use super::{ALICE, Scene};
use crate::replay::{Login, Replay};

pub(super) const SCENES: &[Scene] = &[tokens, jwt, people, revocation];

fn tokens(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("userinfo", "bearer", &tokens["access_token"]);
    replay.bind("userinfo-refresh-token", "bearer", &tokens["refresh_token"]);
    replay.bind("userinfo-id-token", "bearer", &tokens["id_token"]);
    let openid = replay.tokens(Login { scope: "openid", ..ALICE });
    replay.bind("userinfo-openid", "bearer", &openid["access_token"]);
    replay.send_all(&[
        "userinfo",
        "userinfo-post-form",
        "userinfo-query",
        "userinfo-lowercase-scheme",
        "userinfo-missing",
        "userinfo-garbage",
        "userinfo-refresh-token",
        "userinfo-id-token",
        "userinfo-openid",
    ]);
}

fn jwt(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(Login { client: "web-jwtat", ..ALICE });
    replay.bind("userinfo-jwt", "bearer", &tokens["access_token"]);
    replay.send("userinfo-jwt");
}

fn people(replay: &mut Replay<'_>) {
    for (name, person) in [("userinfo-granted-org", "dave"), ("userinfo-unverified", "erin")] {
        let tokens = replay.tokens(Login { person, ..ALICE });
        replay.bind(name, "bearer", &tokens["access_token"]);
        replay.send(name);
    }
}

fn revocation(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("revoke-access", "token", &tokens["access_token"]);
    replay.bind("refresh-after-access-revoked", "refresh_token", &tokens["refresh_token"]);
    let second = replay.tokens(Login { client: "web-second", ..ALICE });
    replay.bind("revoke-other-client", "token", &second["access_token"]);
    replay.send_all(&[
        "revoke-access",
        "userinfo-revoked",
        "introspect-revoked",
        "refresh-after-access-revoked",
        "revoke-refresh",
        "refresh-revoked",
        "userinfo-refresh-revoked",
        "revoke-unknown",
        "revoke-missing",
        "revoke-secret-wrong",
        "revoke-other-client",
    ]);
}
