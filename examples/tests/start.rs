//! The samples as programs: what `cargo run` prints and serves. Compiled once per sample, by its `tests/start.rs`.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// Limit for every wait: a test that exceeds it fails.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// A new folder without `.env`, removed at the end of the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.0.join(file), text).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A running sample, killed at the end of the test.
pub(crate) struct Sample {
    child: Child,
    lines: Receiver<String>,
    output: String,
    _folder: Folder,
}

impl Sample {
    /// Starts it with only these variables.
    pub(crate) fn start(program: &str, folder: Folder, vars: &[(&str, &str)]) -> Self {
        let mut child = Command::new(program)
            .env_clear()
            .envs(vars.iter().copied())
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let sender2 = sender.clone();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|line| sender2.send(line))
        });
        Self { child, lines, output: String::new(), _folder: folder }
    }

    /// Waits until its output contains `words`; returns the output so far.
    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        let deadline = Instant::now() + MAX_WAIT;
        while !self.output.contains(words) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.output += &format!("{line}\n"),
                Err(_) => panic!("{words:?} is not in the output:\n{}", self.output),
            }
        }
        self.output.clone()
    }

    /// Waits until it prints its address; returns the port.
    fn wait_for_port(&mut self) -> u16 {
        let before = "The app is at http://localhost:";
        let output = self.wait_for(before);
        output.split(before).nth(1).unwrap().lines().next().unwrap().parse().unwrap()
    }

    /// Waits until it exits; returns the whole output and the exit status.
    pub(crate) fn wait_for_exit(mut self) -> (String, ExitStatus) {
        let deadline = Instant::now() + MAX_WAIT;
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.output += &format!("{line}\n");
        }
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (std::mem::take(&mut self.output), status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not exit:\n{}", self.output);
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let kill = format!("kill {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(MAX_WAIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[cfg(unix)]
#[test]
fn without_settings_it_starts_a_provider_and_stops_on_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let port = free_port();
        let mut app = Sample::start(super::PROGRAM, Folder::new(signal), &[("PORT", &port.to_string())]);
        let output = app.wait_for(&format!("The app is at http://localhost:{port}"));
        for words in ["http://127.0.0.1:", "alice", "bob"] {
            assert!(output.contains(words), "{words}: {output}");
        }
        assert!(get(port, "/").starts_with("HTTP/1.1 200"));
        assert!(get(port, "/profile").starts_with("HTTP/1.1 401"));
        let ready = get(port, "/readyz");
        assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
        app.signal(signal);
        let (output, status) = app.wait_for_exit();
        assert!(status.success(), "{signal}: {status}: {output}");
    }
}

const INCOMPLETE: &str =
    "ZITADEL_DOMAIN=https://acme.zitadel.cloud\nSESSION_SECRET=canary-too-short\nSESSION_DURATION=soon\n";

fn assert_all_problems(output: &str, status: ExitStatus) {
    assert_eq!(status.code(), Some(1), "{output}");
    for name in
        ["ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "ZITADEL_POST_LOGOUT_URL", "SESSION_SECRET", "SESSION_DURATION"]
    {
        assert!(output.lines().any(|line| line.starts_with(name)), "{name}: {output}");
    }
    assert!(!output.contains("canary"), "{output}");
    assert!(!output.contains("alice"), "no provider is started: {output}");
}

#[test]
fn incomplete_variables_are_listed_with_all_other_problems() {
    let vars: Vec<_> = INCOMPLETE.lines().filter_map(|line| line.split_once('=')).chain([("PORT", "many")]).collect();
    let (output, status) = Sample::start(super::PROGRAM, Folder::new("variables"), &vars).wait_for_exit();
    assert_all_problems(&output, status);
    assert!(output.lines().any(|line| line.starts_with("PORT")), "{output}");
}

#[test]
fn any_variable_of_the_application_prevents_the_emulator_and_is_named() {
    for name in ["ZITADEL_PROMPT", "SESSION_REVOCATION_LAG", "ZITADEL_OF_A_LATER_VERSION"] {
        let vars = [(name, "consent"), ("PORT", "0")];
        let (output, status) = Sample::start(super::PROGRAM, Folder::new(name), &vars).wait_for_exit();
        assert_eq!(status.code(), Some(1), "{output}");
        assert!(!output.contains("alice"), "no provider is started: {output}");
        assert!(output.lines().any(|line| line.starts_with("ZITADEL_DOMAIN")), "{output}");
        assert!(output.contains(&format!("because these variables are set: {name}\n")), "{output}");
    }
}

#[test]
fn an_invalid_port_is_the_only_problem_if_nothing_else_is_set() {
    let (output, status) = Sample::start(super::PROGRAM, Folder::new("port"), &[("PORT", "many")]).wait_for_exit();
    assert_eq!(status.code(), Some(1), "{output}");
    assert!(output.starts_with("PORT: ") && output.lines().count() == 1, "{output}");
}

#[test]
fn with_port_0_the_provider_knows_the_port_that_the_system_chose() {
    let mut app = Sample::start(super::PROGRAM, Folder::new("any"), &[("PORT", "0")]);
    let port = app.wait_for_port();
    assert!(app.output.contains(&format!("application  http://localhost:{port}\n")), "{}", app.output);
    assert!(get(port, "/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_file_named_env_is_used_and_an_invalid_line_in_it_is_reported_without_its_content() {
    let port = free_port().to_string();
    let folder = Folder::new("env").with(".env", INCOMPLETE);
    let (output, status) = Sample::start(super::PROGRAM, folder, &[("PORT", &port)]).wait_for_exit();
    assert_all_problems(&output, status);

    let folder = Folder::new("broken").with(".env", "SESSION_SECRET='canary");
    let (output, status) = Sample::start(super::PROGRAM, folder, &[("PORT", &port)]).wait_for_exit();
    assert_eq!(status.code(), Some(1), "{output}");
    assert!(
        output.contains("the file .env has a line that is not NAME=value") && !output.contains("canary"),
        "{output}"
    );
}

#[test]
fn a_port_in_use_is_reported_and_no_provider_is_started() {
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let (output, status) = Sample::start(super::PROGRAM, Folder::new("in-use"), &[("PORT", &port)]).wait_for_exit();
    assert_eq!(status.code(), Some(1), "{output}");
    assert!(output.contains(&format!("127.0.0.1:{port} is in use")), "{output}");
    assert!(!output.contains("alice"), "{output}");
}

#[test]
fn with_a_configured_provider_that_is_down_it_starts_and_is_not_ready() {
    let vars = [
        // Connections are refused: only root can listen on this port.
        ("ZITADEL_DOMAIN", "http://127.0.0.1:1"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"),
        ("PORT", "0"),
    ];
    let mut app = Sample::start(super::PROGRAM, Folder::new("own"), &vars);
    let port = app.wait_for_port();
    assert!(!app.output.contains("alice"), "{}", app.output);
    assert!(get(port, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(port, "/readyz").starts_with("HTTP/1.1 503"));
}
