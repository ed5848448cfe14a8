//! The gateway as a program: its command line, what it says when it cannot start, and how it stops.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Limit for every wait.
const MAX_WAIT: Duration = Duration::from_secs(20);

fn command(arguments: &[&str], vars: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zitadel-gateway"));
    // A folder without `.env`.
    command.env_clear().envs(vars.iter().copied()).args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str], vars: &[(&str, &str)]) -> Output {
    command(arguments, vars).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_explains_every_option_with_its_variable() {
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let output = run(arguments, &[]);
        assert!(output.status.success());
        let help = text(&output.stdout);
        for variable in [
            "PORT",
            "HOST",
            "SPA_ORIGIN",
            "DANGER_TOKEN_IN_FRAGMENT",
            "MACHINE_TOKEN_CALLERS_FILE",
            "DANGER_OPEN_MACHINE_TOKEN",
            "TRUSTED_PROXIES",
        ] {
            let option = variable.to_ascii_lowercase().replace('_', "-");
            assert!(help.contains(&format!("--{option}")) && help.contains(&format!("[env: {variable}")), "{help}");
        }
    }
    assert!(text(&run(&["--help"], &[]).stdout).contains("ZITADEL_DOMAIN"));
}

#[test]
fn half_filled_configuration_lists_everything_that_is_missing_or_wrong_and_no_secret() {
    let secret = "hunter2hunter2";
    let vars = [
        ("ZITADEL_DOMAIN", "http://zitadel.example"),
        ("SESSION_SECRET", secret),
        ("PORT", "x"),
        ("SPA_ORIGIN", "app.example"),
        ("TRUSTED_PROXIES", "everyone"),
        ("MACHINE_TOKEN_CALLERS_FILE", "/nowhere"),
    ];
    let output = run(&["--host", "gateway", "--danger-token-in-fragment", "maybe"], &vars);
    assert_eq!(output.status.code(), Some(1));
    let problems = text(&output.stderr);
    for name in [
        "ZITADEL_DOMAIN",
        "ZITADEL_CLIENT_ID",
        "ZITADEL_CALLBACK_URL",
        "ZITADEL_POST_LOGOUT_URL",
        "SESSION_SECRET",
        "HOST",
        "PORT",
        "SPA_ORIGIN",
        "DANGER_TOKEN_IN_FRAGMENT",
        "TRUSTED_PROXIES",
        "MACHINE_TOKEN_CALLERS_FILE",
    ] {
        assert!(problems.lines().any(|line| line.starts_with(&format!("{name}: "))), "{name}: {problems}");
    }
    assert!(!problems.contains(secret), "{problems}");
}

/// A gateway, killed at the end of the test.
struct Gateway {
    child: Child,
    address: SocketAddr,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Gateway {
    fn start(provider: SocketAddr) -> Self {
        let vars = [
            ("ZITADEL_DOMAIN", &*format!("http://{provider}")),
            ("ZITADEL_CLIENT_ID", "170086824411201793@app"),
            ("ZITADEL_CALLBACK_URL", "http://localhost:8000/api/v1/callback"),
            ("ZITADEL_POST_LOGOUT_URL", "http://localhost:8000/api/v1/logout/callback"),
            ("SESSION_SECRET", "fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi"),
        ];
        let mut child = command(&["serve", "--port", "0"], &vars).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap_or_else(|_| panic!("{line}"));
        Self { child, address }
    }

    fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(MAX_WAIT)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        stream
    }

    fn terminate(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        let started = Instant::now();
        while started.elapsed() < MAX_WAIT {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("still running");
    }
}

fn response(mut stream: TcpStream) -> String {
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn it_starts_while_the_provider_is_out_and_stops_at_a_signal() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut gateway = Gateway::start(nobody);
    assert!(response(gateway.send("/healthz")).starts_with("HTTP/1.1 200"));
    assert!(response(gateway.send("/readyz")).starts_with("HTTP/1.1 503"));
    gateway.terminate();
    assert_eq!(gateway.exit_code(), Some(0));
}

#[test]
fn request_that_is_open_at_the_signal_is_answered() {
    let provider = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut gateway = Gateway::start(provider.local_addr().unwrap());
    let open = gateway.send("/readyz");
    let (mut at_provider, _) = provider.accept().unwrap();
    gateway.terminate();
    // No new connections, and this one is not closed.
    let started = Instant::now();
    while TcpStream::connect(gateway.address).is_ok() {
        assert!(started.elapsed() < MAX_WAIT, "it still listens");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(gateway.child.try_wait().unwrap().is_none());
    at_provider.write_all(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n").unwrap();
    drop((at_provider, provider));
    assert!(response(open).starts_with("HTTP/1.1 503"));
    assert_eq!(gateway.exit_code(), Some(0));
}
