//! The samples as programs: what somebody sees who types `cargo run`. Compiled once per sample, by its `tests/start.rs`.

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

/// Nothing here takes longer, whatever goes wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of its own without `.env`, removed at the end.
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

/// A sample at work; killed at the end, if it still is.
pub(crate) struct Sample {
    child: Child,
    lines: Receiver<String>,
    told: String,
    _folder: Folder,
}

impl Sample {
    /// With these variables and no others.
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
        let (say, lines) = channel();
        let also = say.clone();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|line| also.send(line))
        });
        Self { child, lines, told: String::new(), _folder: folder }
    }

    /// Waits until it says this; returns all it said so far.
    pub(crate) fn says(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        while !self.told.contains(words) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.told += &format!("{line}\n"),
                Err(_) => panic!("it never said {words:?}, but:\n{}", self.told),
            }
        }
        self.told.clone()
    }

    /// Waits until it says where it is; the port.
    fn says_where(&mut self) -> u16 {
        let before = "The app is at http://localhost:";
        let told = self.says(before);
        told.split(before).nth(1).unwrap().lines().next().unwrap().parse().unwrap()
    }

    /// Waits for its end; all it said, and how it ended.
    pub(crate) fn ends(mut self) -> (String, ExitStatus) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.told += &format!("{line}\n");
        }
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (std::mem::take(&mut self.told), status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end:\n{}", self.told);
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
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(unix)]
#[test]
fn without_any_settings_it_brings_a_provider_of_its_own_and_stops_when_asked() {
    for signal in ["-INT", "-TERM"] {
        let port = free_port();
        let mut app = Sample::start(super::PROGRAM, Folder::new(signal), &[("PORT", &port.to_string())]);
        let told = app.says(&format!("The app is at http://localhost:{port}"));
        for words in ["http://127.0.0.1:", "alice", "bob"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert!(get(port, "/").starts_with("HTTP/1.1 200"));
        assert!(get(port, "/profile").starts_with("HTTP/1.1 401"));
        let ready = get(port, "/readyz");
        assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
        app.signal(signal);
        let (told, status) = app.ends();
        assert!(status.success(), "{signal}: {status}: {told}");
    }
}

const HALF: &str =
    "ZITADEL_DOMAIN=https://acme.zitadel.cloud\nSESSION_SECRET=canary-too-short\nSESSION_DURATION=soon\n";

fn lists_everything(told: &str, status: ExitStatus) {
    assert_eq!(status.code(), Some(1), "{told}");
    for name in
        ["ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "ZITADEL_POST_LOGOUT_URL", "SESSION_SECRET", "SESSION_DURATION"]
    {
        assert!(told.lines().any(|line| line.starts_with(name)), "{name}: {told}");
    }
    assert!(!told.contains("canary"), "{told}");
    assert!(!told.contains("alice"), "no provider is started: {told}");
}

#[test]
fn half_filled_variables_are_listed_with_everything_else_that_is_wrong() {
    let vars: Vec<_> = HALF.lines().filter_map(|line| line.split_once('=')).chain([("PORT", "many")]).collect();
    let (told, status) = Sample::start(super::PROGRAM, Folder::new("variables"), &vars).ends();
    lists_everything(&told, status);
    assert!(told.lines().any(|line| line.starts_with("PORT")), "{told}");
}

#[test]
fn a_port_that_is_none_is_all_that_is_said_where_nothing_else_is_set() {
    let (told, status) = Sample::start(super::PROGRAM, Folder::new("port"), &[("PORT", "many")]).ends();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.starts_with("PORT: ") && told.lines().count() == 1, "{told}");
}

#[test]
fn with_a_port_of_the_systems_choice_the_provider_knows_it_too() {
    let mut app = Sample::start(super::PROGRAM, Folder::new("any"), &[("PORT", "0")]);
    let port = app.says_where();
    assert!(app.told.contains(&format!("application  http://localhost:{port}\n")), "{}", app.told);
    assert!(get(port, "/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_file_named_env_counts_and_one_with_a_broken_line_is_refused_without_showing_it() {
    let port = free_port().to_string();
    let folder = Folder::new("env").with(".env", HALF);
    let (told, status) = Sample::start(super::PROGRAM, folder, &[("PORT", &port)]).ends();
    lists_everything(&told, status);

    let folder = Folder::new("broken").with(".env", "SESSION_SECRET='canary");
    let (told, status) = Sample::start(super::PROGRAM, folder, &[("PORT", &port)]).ends();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains("the file .env has a line that is not NAME=value") && !told.contains("canary"), "{told}");
}

#[test]
fn a_port_that_is_taken_is_named_and_no_provider_is_started() {
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let (told, status) = Sample::start(super::PROGRAM, Folder::new("taken"), &[("PORT", &port)]).ends();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("127.0.0.1:{port} is taken")), "{told}");
    assert!(!told.contains("alice"), "{told}");
}

#[test]
fn with_a_provider_of_your_own_that_is_down_it_starts_and_says_that_it_is_not_ready() {
    let vars = [
        // Nobody listens there: a port for which one has to be root.
        ("ZITADEL_DOMAIN", "http://127.0.0.1:1"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"),
        ("PORT", "0"),
    ];
    let mut app = Sample::start(super::PROGRAM, Folder::new("own"), &vars);
    let port = app.says_where();
    assert!(!app.told.contains("alice"), "{}", app.told);
    assert!(get(port, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(port, "/readyz").starts_with("HTTP/1.1 503"));
}
