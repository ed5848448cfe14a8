//! `machine.json`, and the tokens of service accounts at introspection and userinfo.

use std::time::Duration;

use zitadel_emulator::AssertionKey;

use super::Scene;
use crate::{instance, replay::Replay};

pub(super) const SCENES: &[Scene] = &[tokens, client_errors, assertions, deactivated, personal_access_tokens];

/// The recorded instance had this lifetime at the time.
fn short_lifetimes(replay: &Replay<'_>) {
    replay.emulator.update_lifetimes(|lifetimes| lifetimes.access_token = Duration::from_secs(15));
}

/// Sends a request with a recorded assertion, signed by the emulator's key of the account.
fn send_signed(replay: &mut Replay<'_>, name: &str, account: &str) {
    replay.sign(name, "assertion", &instance::key(account));
    replay.send(name);
}

fn tokens(replay: &mut Replay<'_>) {
    short_lifetimes(replay);
    for account in ["robot", "robot-jwt"] {
        for request in ["", "-openid"] {
            send_signed(replay, &format!("jwt-bearer-{account}{request}"), account);
        }
        for request in ["basic", "post", "noscope", "no-openid"] {
            replay.send(&format!("client-credentials-{account}-{request}"));
        }
        for request in ["introspect-machine", "introspect-machine-cc", "introspect-machine-noaud", "userinfo-machine"] {
            replay.send(&format!("{request}-{account}"));
        }
    }
}

fn client_errors(replay: &mut Replay<'_>) {
    replay.send_all(&[
        "client-credentials-secret-wrong",
        "client-credentials-unknown",
        "client-credentials-human",
        "client-credentials-web-app",
        "client-credentials-unauthenticated",
    ]);
}

fn assertions(replay: &mut Replay<'_>) {
    short_lifetimes(replay);
    for error in [
        "expired",
        "old",
        "future",
        "iat-missing",
        "exp-missing",
        "aud",
        "aud-missing",
        "kid",
        "sub",
        "iss",
        "scope-missing",
        "exp-long",
    ] {
        send_signed(replay, &format!("jwt-bearer-error-{error}"), "robot");
    }
    let name = "jwt-bearer-error-alg";
    replay.sign(name, "assertion", &AssertionKey::generate(instance::key("robot").id()));
    replay.send(name);
    replay.send("jwt-bearer-error-garbage");
}

fn deactivated(replay: &mut Replay<'_>) {
    replay.emulator.deactivate("robot-jwt");
    send_signed(replay, "jwt-bearer-deactivated", "robot-jwt");
    replay.send("client-credentials-deactivated");
}

fn personal_access_tokens(replay: &mut Replay<'_>) {
    let robot = replay.emulator.service_account("robot");
    replay.bind("introspect-pat", "token", &robot.create_personal_access_token().into());
    replay.send_all(&["introspect-pat", "introspect-pat-other-project", "userinfo-pat"]);

    replay.bind("introspect-pat-expiring", "token", &robot.create_personal_access_token().into());
    let expires_at = Some(replay.emulator.unix_now() + 3);
    robot.update(|robot| robot.personal_access_tokens[1].expires_at = expires_at);
    replay.send("introspect-pat-expiring");
    replay.emulator.advance(Duration::from_secs(3));
    replay.send("introspect-pat-expired");

    replay.bind("introspect-pat-deleted", "token", &robot.create_personal_access_token().into());
    robot.update(|robot| robot.personal_access_tokens.clear());
    replay.send("introspect-pat-deleted");
}
