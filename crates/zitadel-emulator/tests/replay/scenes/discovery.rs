//! `discovery.json` and `keys.json`.

use zitadel_emulator::SigningAlgorithm;

use super::{ALICE, Scene};
use crate::replay::{Login, Replay};

pub(super) const SCENES: &[Scene] = &[metadata, keys];

fn metadata(replay: &mut Replay<'_>) {
    replay.send_all(&[
        "discovery",
        "discovery-post",
        "discovery-foreign-host",
        "discovery-public-host",
        "discovery-instance-host",
        "discovery-forwarded-host",
        "discovery-forwarded-proto",
        "discovery-other-port",
        "oauth-metadata",
    ]);
}

fn keys(replay: &mut Replay<'_>) {
    replay.send("keys");
    for (name, algorithm) in [
        ("token-signed-rs512", SigningAlgorithm::Rs512),
        ("token-signed-es256", SigningAlgorithm::Es256),
        ("token-signed-es384", SigningAlgorithm::Es384),
        ("token-signed-es512", SigningAlgorithm::Es512),
        ("token-signed-eddsa", SigningAlgorithm::EdDsa),
    ] {
        replay.emulator.rotate_keys(algorithm);
        replay.exchange(name, Login { client: "web-jwtat", ..ALICE });
    }
    replay.send("keys-after-rotation");
}
