//! `introspection.json`.

use super::{ALICE, Scene};
use crate::{
    instance::{self, ALL},
    replay::{Login, Replay},
};

pub(super) const SCENES: &[Scene] = &[tokens, callers];

fn tokens(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("introspect-opaque", "token", &tokens["access_token"]);
    replay.bind("introspect-refresh-token", "token", &tokens["refresh_token"]);
    replay.bind("introspect-id-token", "token", &tokens["id_token"]);
    let project2 = replay.instance().id("project2");
    let with_audience = format!("{ALL} urn:zitadel:iam:org:project:id:{project2}:aud");
    for (name, login) in [
        ("introspect-jwt", Login { client: "web-jwtat", ..ALICE }),
        ("introspect-openid-only", Login { scope: "openid", ..ALICE }),
        ("introspect-granted-org", Login { person: "dave", ..ALICE }),
        ("introspect-other-project-aud", Login { scope: &with_audience, ..ALICE }),
    ] {
        let tokens = replay.tokens(login);
        replay.bind(name, "token", &tokens["access_token"]);
        replay.send(name);
    }
    replay.send_all(&[
        "introspect-opaque",
        "introspect-refresh-token",
        "introspect-id-token",
        "introspect-garbage",
        "introspect-hint",
        "introspect-token-missing",
        "introspect-get",
    ]);
}

fn callers(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("introspect-opaque", "token", &tokens["access_token"]);
    for name in ["introspect-opaque-private-key-jwt", "introspect-assertion-expired"] {
        replay.sign(name, "client_assertion", &instance::key("api-jwt"));
        replay.send(name);
    }
    replay.send_all(&[
        "introspect-opaque-web-app",
        "introspect-opaque-web-app-post",
        "introspect-other-project",
        "introspect-unauthenticated",
        "introspect-client-id-only",
        "introspect-secret-wrong",
        "introspect-client-unknown",
        "introspect-assertion-garbage",
    ]);
}
