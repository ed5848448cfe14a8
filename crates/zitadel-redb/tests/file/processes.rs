//! Other processes: this test program, started again for one of its tests.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use zitadel_core::environment::Store as _;
use zitadel_redb::{OpenError, RedbStore};

use crate::{LONG, folder::Folder, key, text};

/// Names the file in the other process, and says that it is one.
const PATH: &str = "ZITADEL_REDB_TEST_PATH";
/// Bytes of a value: a commit writes several pages.
const SIZE: usize = 3_000;

fn start(test: &str, path: &Path, shell: &str) -> Child {
    let program = std::env::current_exe().unwrap();
    Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(program)
        .args(["--exact", &format!("processes::{test}"), "--nocapture", "--ignored"])
        .env(PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A line for the test that started this process. `println!` would begin in the line of the test harness.
fn say(line: &str) {
    std::io::stdout().write_all(format!("\nsay {line}\n").as_bytes()).unwrap();
}

/// What the other process says.
fn heard(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("say ").map(str::to_owned))
}

fn value(number: usize) -> Vec<u8> {
    number.to_string().into_bytes().into_iter().cycle().take(SIZE).collect()
}

#[test]
#[ignore = "the other process"]
fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(PATH) else { return };
    runtime().block_on(async {
        let store = RedbStore::open(path).unwrap();
        let mut number: usize = std::env::var("ZITADEL_REDB_TEST_FIRST").unwrap().parse().unwrap();
        loop {
            store.put(&key(number), value(number), LONG).await.unwrap();
            say(&number.to_string());
            number += 1;
        }
    });
}

#[test]
fn a_process_that_is_killed_while_it_writes_loses_nothing_that_it_was_told_is_written() {
    let folder = Folder::new();
    let mut next = 0;
    for round in 0..8 {
        let shell = format!("ZITADEL_REDB_TEST_FIRST={next}; export ZITADEL_REDB_TEST_FIRST;");
        let mut child = start("writes_until_it_is_killed", &folder.store(), &shell);
        let mut lines = heard(&mut child);
        for _ in 0..5 + round {
            next = 1 + lines.next().expect("it writes").parse::<usize>().unwrap();
        }
        // SIGKILL, in the middle of a commit as a rule.
        child.kill().unwrap();
        next = lines.fold(next, |_, line| 1 + line.parse::<usize>().unwrap());
        child.wait().unwrap();
        runtime().block_on(async {
            let store = RedbStore::open(folder.store()).unwrap();
            for number in 0..next {
                assert_eq!(store.get(&key(number)).await.unwrap(), Some(value(number)), "{number} of {next}");
            }
            match store.get(&key(next)).await.unwrap() {
                None => {}
                Some(unanswered) => assert_eq!(unanswered, value(next), "it is whole"),
            }
            assert_eq!(store.get(&key(next + 1)).await.unwrap(), None);
        });
    }
}

#[test]
#[ignore = "the other process"]
fn opens_the_file_and_waits() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let _store = RedbStore::open(path).unwrap();
    say("open");
    drop(std::io::stdin().read_line(&mut String::new()));
}

#[test]
fn a_second_process_is_told_what_to_do_and_may_come_after_the_first() {
    let folder = Folder::new();
    let mut child = start("opens_the_file_and_waits", &folder.store(), "");
    assert_eq!(heard(&mut child).next().as_deref(), Some("open"));
    let error = RedbStore::open(folder.store()).unwrap_err();
    assert!(matches!(error, OpenError::InUse), "{error:?}");
    let error = error.to_string();
    assert!(error.contains("one process can use it") && error.contains("Stop the other process"), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();
    RedbStore::open(folder.store()).unwrap();
}

#[test]
#[ignore = "the other process"]
fn writes_until_the_file_may_not_grow_and_again_when_it_may() {
    let Some(path) = std::env::var_os(PATH) else { return };
    runtime().block_on(async {
        let store = RedbStore::open(path).unwrap();
        let mut written = 0;
        let error = loop {
            match store.put(&key(written), value(written), LONG).await {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        say(&text(&error));
        for number in 0..written {
            assert_eq!(store.get(&key(number)).await.unwrap(), Some(value(number)), "{number} of {written}");
        }
        say(&written.to_string());
        std::io::stdin().read_line(&mut String::new()).unwrap();
        let started = Instant::now();
        while store.put(&key(written), value(written), LONG).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "no recovery");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        say("written again");
    });
}

/// As a full disk, to one process: writing beyond the limit fails.
#[test]
fn a_file_that_may_not_grow_refuses_writes_keeps_what_is_there_and_needs_no_restart() {
    let folder = Folder::new();
    // Blocks of 512 bytes.
    let shell = "trap '' XFSZ; ulimit -S -f 800;";
    let mut child = start("writes_until_the_file_may_not_grow_and_again_when_it_may", &folder.store(), shell);
    let mut lines = heard(&mut child);
    let error = lines.next().expect("an error");
    assert!(error.starts_with("the store is not available: the store's file could not be"), "{error}");
    assert!(error.contains("File too large"), "{error}");
    let written: usize = lines.next().expect("everything is still there").parse().unwrap();
    assert!(written > 10, "{written}");
    let raised = Command::new("prlimit").args(["--pid", &child.id().to_string(), "--fsize=unlimited"]).status();
    assert!(raised.expect("prlimit is part of util-linux").success());
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(lines.next().as_deref(), Some("written again"));
    assert!(child.wait().unwrap().success());
    runtime().block_on(async {
        let store = RedbStore::open(folder.store()).unwrap();
        assert_eq!(store.get(&key(written)).await.unwrap(), Some(value(written)));
    });
}
