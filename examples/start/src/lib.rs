//! Start-up and shutdown of the sample applications: `.env`, the log, metrics, the address, signals. Login is configured in each
//! application.

mod metrics;

use std::{
    env, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    process::ExitCode,
};

use tokio::signal;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use zitadel_core::{Config, Zitadel, ZitadelBuilder};
use zitadel_redis::RedisStore;

pub use crate::metrics::{Metrics, metrics};

/// The body of `main`: reads `.env`, runs the application, and prints the error if it fails.
pub fn main(run: impl FnOnce() -> Result<(), String>) -> ExitCode {
    // Before any other thread exists: it changes the environment.
    match read_env_file().and_then(|()| run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn read_env_file() -> Result<(), String> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(problem) if problem.not_found() => Ok(()),
        // Does not repeat the line: it may contain a secret.
        Err(dotenvy::Error::LineParse(..)) => Err("the file .env has a line that is not NAME=value".to_owned()),
        Err(problem) => Err(format!("the file .env cannot be read: {problem}")),
    }
}

/// Writes `tracing` events to standard error, at the levels of `RUST_LOG`; default `info`.
pub fn log() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    tracing_subscriber::fmt().with_env_filter(filter.from_env_lossy()).with_writer(io::stderr).init();
}

/// The address to listen on, from `HOST` (an IP address or `localhost`; default 127.0.0.1, so that no other machine can
/// connect) and `PORT` (0 to 65535, 0 for any free port; default 3000).
///
/// # Errors
///
/// One line for each of the two variables that is wrong.
pub fn listen_address() -> Result<SocketAddr, String> {
    address_from(|name| env::var(name).ok())
}

fn address_from(variable: impl Fn(&str) -> Option<String>) -> Result<SocketAddr, String> {
    let value = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let host = match value("HOST").as_deref() {
        None | Some("localhost") => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(host) => {
            let unbracketed = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
            unbracketed.parse().map_err(|_| "HOST: must be an IP address or `localhost`")
        }
    };
    let port =
        value("PORT").map_or(Ok(3000), |port| port.parse()).map_err(|_| "PORT: must be a number from 0 to 65535");
    match (host, port) {
        (Ok(host), Ok(port)) => Ok(SocketAddr::new(host, port)),
        (host, port) => Err([port.err(), host.err()].into_iter().flatten().collect::<Vec<_>>().join("\n")),
    }
}

/// A socket, and its address: for port 0 with the port that the system chose.
///
/// # Errors
///
/// A message for the user who started the application.
pub fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address).map_err(|problem| cannot_listen(address, &problem))?;
    let address = listener.local_addr().map_err(|problem| format!("the socket has no address: {problem}"))?;
    Ok((listener, address))
}

/// Why a socket cannot be opened, and what to do about it.
#[must_use]
pub fn cannot_listen(address: SocketAddr, problem: &io::Error) -> String {
    match problem.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{address} is in use: stop the program that uses it, or set PORT to another port")
        }
        _ => format!("cannot listen on {address}: {problem}; see HOST and PORT"),
    }
}

/// Adds the problems of the other variables if a provider is configured, so that one start lists all of them.
#[must_use]
pub fn with_other_problems(problems: String) -> String {
    let others = if zitadel_emulator::is_wanted() { None } else { Config::from_env().err() };
    match others {
        Some(others) => with_variables_that_are_set(format!("{problems}\n{others}")),
        None => problems,
    }
}

/// Adds the names of the variables because of which no emulator was started, if there are any: one that was forgotten in
/// a shell or in `.env` is hard to find otherwise.
#[must_use]
pub fn with_variables_that_are_set(problems: String) -> String {
    add_variables(problems, &zitadel_emulator::configured_variables())
}

fn add_variables(problems: String, set: &[String]) -> String {
    if set.is_empty() {
        return problems;
    }
    format!("{problems}\nThe emulator is not started, because these variables are set: {}", set.join(", "))
}

/// The configuration from the environment. If no variable `ZITADEL_…` or `SESSION_…` is set, starts an emulator and returns its configuration for
/// an application at this port.
///
/// # Errors
///
/// Every variable that is missing or wrong, one per line.
pub fn config(port: u16) -> Result<Config, String> {
    Config::from_vars(zitadel_emulator::settings_at(port))
        .map_err(|problems| with_variables_that_are_set(problems.to_string()))
}

/// Starts an application with the store that `SESSION_STORE` names.
///
/// # Errors
///
/// A line that begins with the variable, and repeats nothing of its value.
pub fn builder(config: Config) -> Result<ZitadelBuilder, String> {
    let Some(url) = config.store_url().map(|url| url.expose().clone()) else { return Ok(Zitadel::builder(config)) };
    let builder = Zitadel::builder(config);
    let with_store = match url.starts_with("redb:") {
        true => with_file(builder, &url),
        false => RedisStore::from_url(&url).map(|store| builder.store(store)).map_err(|problem| problem.to_string()),
    };
    with_store.map_err(|problem| format!("SESSION_STORE: {problem}"))
}

#[cfg(feature = "redb")]
fn with_file(builder: ZitadelBuilder, url: &str) -> Result<ZitadelBuilder, String> {
    let store = zitadel_redb::RedbStore::from_url(url).map_err(|problem| problem.to_string())?;
    Ok(builder.store(store))
}

#[cfg(not(feature = "redb"))]
fn with_file(_: ZitadelBuilder, _: &str) -> Result<ZitadelBuilder, String> {
    Err("names a file, and this program was built without the feature `redb`".to_owned())
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM.
pub async fn stop_signal() {
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_address_is_loopback_port_3000() {
        let listen = |host: &str, port: &str| {
            let address = address_from(|name| Some(if name == "HOST" { host } else { port }.to_owned()));
            address.map(|address| address.to_string())
        };
        assert_eq!(listen("", "").unwrap(), "127.0.0.1:3000");
        assert_eq!(listen("0.0.0.0", "80").unwrap(), "0.0.0.0:80");
        assert_eq!(listen("localhost", "0").unwrap(), "127.0.0.1:0");
        assert_eq!(listen("[::1]", "1").unwrap(), "[::1]:1");
        assert_eq!(listen("::", "1").unwrap(), "[::]:1");
        assert_eq!(listen("example.com", "65536").unwrap_err().lines().count(), 2);
    }

    fn with_store(value: &str) -> Result<(), String> {
        let config = Config::from_vars([
            ("ZITADEL_DOMAIN", "https://acme.zitadel.cloud"),
            ("ZITADEL_CLIENT_ID", "170086824411201793@app"),
            ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
            ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
            ("SESSION_SECRET", "fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi"),
            ("SESSION_STORE", value),
        ]);
        builder(config.unwrap())?.build().map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn the_store_is_the_one_of_the_settings() {
        for value in ["cookie", "redis://user:hunter2@localhost/1", "rediss+sentinel://:hunter2@one,two/main"] {
            assert_eq!(with_store(value), Ok(()), "{value}");
        }
        let problem = with_store("redis://user:hunter2@localhost/one").unwrap_err();
        assert_eq!(problem, "SESSION_STORE: the database must be a number from 0 to 65535");
    }

    #[cfg(feature = "redb")]
    #[test]
    fn a_file_is_opened_at_the_start_and_its_problem_names_the_variable() {
        let folder = env::temp_dir().join(format!("example-start-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let value = format!("redb:{}", folder.join("store.redb").display());
        assert_eq!(with_store(&value), Ok(()));
        assert!(folder.join("store.redb").exists());
        let problem = with_store("redb:").unwrap_err();
        assert_eq!(
            problem,
            "SESSION_STORE: must be `redb:` and the path of a file, as in `redb:/var/lib/app/store.redb`"
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(not(feature = "redb"))]
    #[test]
    fn a_file_needs_the_feature() {
        let problem = with_store("redb:/var/lib/app/store.redb").unwrap_err();
        assert_eq!(problem, "SESSION_STORE: names a file, and this program was built without the feature `redb`");
    }

    #[test]
    fn the_variables_that_prevent_the_emulator_are_named() {
        let set = ["SESSION_DURATION".to_owned(), "ZITADEL_PROMPT".to_owned()];
        let text = add_variables("ZITADEL_DOMAIN: missing".to_owned(), &set);
        assert_eq!(
            text,
            "ZITADEL_DOMAIN: missing\n\
             The emulator is not started, because these variables are set: SESSION_DURATION, ZITADEL_PROMPT"
        );
        assert_eq!(add_variables("PORT: wrong".to_owned(), &[]), "PORT: wrong");
    }
}
