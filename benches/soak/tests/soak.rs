//! One minute with 30 browsers. `cargo xtask soak` runs for as long as one likes.

use std::process::Command;

#[test]
#[ignore = "needs redis-server"]
fn nothing_is_wrong_in_a_minute_in_which_everything_fails_once() {
    let mut soak = Command::new(env!("CARGO_BIN_EXE_soak"));
    let status = soak.args(["--minutes", "1", "--browsers", "30", "--seed", "1"]).status().unwrap();
    assert!(status.success());
}
