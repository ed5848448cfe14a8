//! Sends every request that was recorded with a running ZITADEL to the emulator, and compares the answers.
//!
//! The emulator has the recorded ids and secrets; codes and tokens are its own, put in where the recording has one.
//! `differences.rs` lists what differs, with the reason. An entry that has come true fails the test, and so does a
//! recorded exchange that is neither sent nor listed.
//!
//! With `#[cfg(test)]` on the modules, clippy's `allow-*-in-tests` settings also apply to helper functions.

#[cfg(test)]
mod backchannel;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod instance;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod report;
#[cfg(test)]
mod scenes;

#[test]
fn every_recorded_exchange_is_answered_like_zitadel() {
    let recordings = recording::Recordings::load();
    let mut report = report::Report::default();
    for scene in scenes::all() {
        let mut replay = replay::Replay::new(&recordings, &mut report);
        scene(&mut replay);
    }
    report.check(&recordings, differences::LIST);
}
