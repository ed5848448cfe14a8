//! Starts the sample as a program. `tests/browser` signs in with it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation ends the test")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// The running program, ended with this.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts it at free ports, and waits for what it prints. Program, output.
fn start(vars: &[(&str, &str)], last_line: &str) -> (Program, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-spa"));
    // Without a file `.env`.
    command.env_clear().envs(vars.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (sender, lines) = mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let program = Program(child);
    let mut output = String::new();
    while !output.contains(last_line) {
        let line = lines.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("{last_line:?}: {output}"));
        output += &format!("{line}\n");
    }
    (program, output)
}

#[test]
fn without_settings_it_starts_everything_and_says_where_and_who_can_sign_in() {
    let (_program, output) = start(&[("PORT", "0"), ("GATEWAY_PORT", "0")], "The gateway listens at http://127.0.0.1:");
    for part in ["The app is at http://localhost:", "alice", "bob", "provider     http://127.0.0.1:"] {
        assert!(output.contains(part), "{part}: {output}");
    }
}

#[test]
fn half_of_the_settings_are_not_enough() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-spa"));
    command.env_clear().env("ZITADEL_DOMAIN", "http://127.0.0.1:9").current_dir(env!("CARGO_TARGET_TMPDIR"));
    let output = command.env("PORT", "0").env("GATEWAY_PORT", "0").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    for name in ["ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "SESSION_SECRET"] {
        assert!(text.contains(&format!("{name}: is missing")), "{text}");
    }
}
