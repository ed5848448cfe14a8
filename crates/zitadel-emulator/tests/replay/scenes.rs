//! What happens before and between the recorded requests. Each scene has an emulator of its own.

mod authorize;
mod backchannel;
mod device;
mod discovery;
mod end_session;
mod exchange;
mod introspection;
mod machine;
mod refresh;
mod token;
mod user_info;

use crate::{
    instance::ALL,
    replay::{Login, Replay},
};

pub(crate) type Scene = fn(&mut Replay<'_>);

/// All scenes of all files.
pub(crate) fn all() -> Vec<Scene> {
    [
        authorize::SCENES,
        backchannel::SCENES,
        device::SCENES,
        discovery::SCENES,
        end_session::SCENES,
        exchange::SCENES,
        introspection::SCENES,
        machine::SCENES,
        refresh::SCENES,
        token::SCENES,
        user_info::SCENES,
    ]
    .concat()
}

/// Alice at the public application, with the scopes of most recordings.
const ALICE: Login<'_> = Login { person: "alice", client: "web-none", scope: ALL };
