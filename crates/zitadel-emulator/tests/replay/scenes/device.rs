//! `device.json`. The recorded person did not get to approve, so that every poll is answered alike.

use zitadel_emulator::GrantType;

use super::Scene;
use crate::replay::Replay;

pub(super) const SCENES: &[Scene] = &[device];

fn device(replay: &mut Replay<'_>) {
    replay.send("device-authorization");
    let client = replay.emulator.client_by_id(replay.instance().client("web-basic")).unwrap();
    client.update(|client| client.grant_types.push(GrantType::DeviceCode));
    replay.send_all(&[
        "device-token-pending",
        "device-token-slow-down",
        "device-token-garbage",
        "device-token",
        "device-token-again",
    ]);
}
