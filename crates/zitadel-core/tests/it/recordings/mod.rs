//! What a running ZITADEL answered, byte for byte, given to the engine at the time of the recording: every recorded token
//! response, userinfo, discovery document and key set (`crates/zitadel-emulator/tests/recordings`).
//!
//! Each test takes its entries by what they are, so that a new one is tested without being named. What is left out stands
//! in [`LEFT_OUT`], with the reason.

mod documents;
mod logins;
mod provider;
mod recorded;
mod refreshes;
mod user_info;

use std::collections::BTreeSet;

use self::recorded::{Kind, all, whole_files};

/// Entries of the kinds that are tested here, but cannot be.
const LEFT_OUT: &[(&str, &str)] = &[
    ("refresh-parallel", "a summary of eight answers, which are recorded one by one elsewhere"),
    ("token-exchange-id-token", "an ID token in the place of the access token, which is no bearer token (`N_A`)"),
    ("userinfo-machine-robot", "a machine does not log in"),
    ("userinfo-machine-robot-jwt", "a machine does not log in"),
    ("userinfo-pat", "a machine does not log in"),
];

/// Files with answers to requests that the engine does not send, or that are replayed elsewhere.
const OTHER_FILES: &[(&str, &str)] = &[
    ("authorize", "redirects of browsers"),
    ("backchannel", "back-channel logout is not built yet"),
    ("device", "the engine has no device authorization"),
    ("end-session", "answers to browsers; the emulator replays them"),
    ("instance", "names and ids"),
    ("introspection", "tokens of APIs are not checked yet"),
    ("key-files", "machine tokens are not built yet"),
    ("revocation", "answers without content"),
];

/// Whether an entry is tested.
fn is_tested(name: &str) -> bool {
    !LEFT_OUT.iter().any(|(left_out, _)| *left_out == name)
}

#[test]
fn every_recorded_answer_of_these_kinds_is_tested_or_left_out_with_a_reason() {
    let entries = all();
    let names: BTreeSet<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), entries.len(), "names are unique");
    for (name, _) in LEFT_OUT {
        assert!(names.contains(name), "{name} is left out and does not exist");
    }
    for entry in &entries {
        assert!(
            entry.kind != Kind::Unknown || !is_tested(&entry.name),
            "{} in {} is no known kind",
            entry.name,
            entry.file
        );
    }
    let read: BTreeSet<_> = entries.iter().map(|entry| entry.file).collect();
    let other: BTreeSet<_> = OTHER_FILES.iter().map(|(file, _)| *file).collect();
    let known: BTreeSet<String> = read.union(&other).map(|file| format!("{file}.json")).collect();
    assert_eq!(whole_files(), known, "every file is read or left out");
}
