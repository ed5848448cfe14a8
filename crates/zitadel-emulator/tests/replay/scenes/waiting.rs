//! Recorded requests whose features the emulator lacks. They are sent as recorded, so that the list of differences is
//! corrected when it learns them.

use super::Scene;
use crate::{differences, replay::Replay};

pub(super) const SCENES: &[Scene] = &[unsupported];

fn unsupported(replay: &mut Replay<'_>) {
    for names in differences::SENT_AS_RECORDED {
        replay.send_all(names);
    }
}
