//! `end-session.json`, and tokens after the end of their session.

use super::{ALICE, Scene};
use crate::replay::Replay;

pub(super) const SCENES: &[Scene] = &[hints, ended, without_hint];

fn hints(replay: &mut Replay<'_>) {
    for name in ["end-session-hint", "end-session-hint-no-uri", "end-session-uri-unregistered"] {
        let tokens = replay.tokens(ALICE);
        replay.bind(name, "id_token_hint", &tokens["id_token"]);
    }
    replay.send_all(&[
        "end-session-hint",
        "end-session-hint-again",
        "end-session-hint-no-uri",
        "end-session-uri-unregistered",
        "end-session-client-mismatch",
        "end-session-post",
        "end-session-hint-garbage",
    ]);
}

fn ended(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("userinfo-after-end-session", "bearer", &tokens["access_token"]);
    replay.bind("introspect-after-end-session", "token", &tokens["access_token"]);
    replay.bind("refresh-after-end-session", "refresh_token", &tokens["refresh_token"]);
    replay.end_session(&tokens);
    replay.send_all(&["userinfo-after-end-session", "introspect-after-end-session", "refresh-after-end-session"]);
}

fn without_hint(replay: &mut Replay<'_>) {
    replay.send_all(&[
        "end-session-client-only",
        "end-session-client-unknown",
        "end-session-nothing",
        "end-session-uri-only",
        "end-session-client-only-v2",
        "end-session-nothing-v2",
    ]);
}
