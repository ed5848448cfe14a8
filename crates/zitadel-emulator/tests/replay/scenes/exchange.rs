//! `exchange.json`: token exchange.

use zitadel_emulator::GrantType;

use super::{ALICE, Scene};
use crate::replay::Replay;

pub(super) const SCENES: &[Scene] = &[exchange];

fn exchange(replay: &mut Replay<'_>) {
    let tokens = replay.tokens(ALICE);
    replay.bind("token-exchange", "subject_token", &tokens["access_token"]);
    let robot = replay.emulator.service_account("robot");
    replay.bind("token-exchange-actor", "actor_token", &robot.create_personal_access_token().into());
    replay.send("token-exchange-not-allowed");
    let client = replay.emulator.client_by_id(replay.instance().client("web-basic")).unwrap();
    client.update(|client| client.grant_types.push(GrantType::TokenExchange));
    replay.send_all(&[
        "token-exchange",
        "token-exchange-jwt",
        "token-exchange-id-token",
        "token-exchange-actor",
        "token-exchange-user-id",
        "token-exchange-garbage",
        "token-exchange-no-openid",
    ]);
}
