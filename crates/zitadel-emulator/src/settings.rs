//! [`settings`]: starts an emulator for an application without a configured provider.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
};

use crate::emulator::{Emulator, EmulatorBuilder};

/// If any of these is set, a real provider is configured, possibly incompletely.
const PROVIDER_VARIABLES: [&str; 8] = [
    "ZITADEL_DOMAIN",
    "ZITADEL_CLIENT_ID",
    "ZITADEL_CLIENT_SECRET",
    "ZITADEL_CLIENT_SECRET_FILE",
    "ZITADEL_CALLBACK_URL",
    "ZITADEL_POST_LOGOUT_URL",
    "SESSION_SECRET",
    "SESSION_SECRET_FILE",
];

/// Returns the environment variables of the process. If they configure no provider, an emulator is started and its
/// variables are added.
///
/// For sample applications: the same program runs against a real ZITADEL if configured, and against the emulator
/// otherwise. The emulator runs in its own thread until the process ends, so the caller may or may not be inside an
/// async runtime. Its URL and users are printed to standard output.
///
/// The application's base URL is `http://localhost:$PORT`; `PORT` defaults to 3000. An invalid `PORT` is returned
/// unchanged, so that the application reports it.
///
/// If any provider variable or session secret is set, the environment is returned unchanged and no emulator is started.
/// Reporting missing variables is then up to the application.
#[must_use]
pub fn settings() -> Vec<(String, String)> {
    let env = process_env();
    let port = env.get("PORT").and_then(|port| port.trim().parse().ok()).unwrap_or(3000);
    settings_from(env, port, print_line).into_iter().collect()
}

/// Like [`settings`], for an application that already listens on this port of `localhost`; for example after `PORT=0`.
#[must_use]
pub fn settings_at(port: u16) -> Vec<(String, String)> {
    settings_from(process_env(), port, print_line).into_iter().collect()
}

/// Whether [`settings`] would start an emulator, because no variable configures a provider. For applications that
/// report other errors first.
#[must_use]
pub fn is_wanted() -> bool {
    !is_configured(&process_env())
}

fn process_env() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn is_configured(env: &BTreeMap<String, String>) -> bool {
    PROVIDER_VARIABLES.into_iter().any(|name| env.get(name).is_some_and(|value| !value.is_empty()))
}

fn settings_from(env: BTreeMap<String, String>, port: u16, print: impl FnOnce(&str)) -> BTreeMap<String, String> {
    if is_configured(&env) {
        return env;
    }
    let application = format!("http://localhost:{port}");
    match start_in_background(Emulator::builder().application(&application)) {
        Ok(emulator) => {
            print(&emulator.banner(&application));
            let mut variables: BTreeMap<String, String> = emulator.env_for(&application).into_iter().collect();
            for (name, value) in env {
                // Variables set by the user override those of the emulator. An empty value is not an override.
                if !(value.is_empty() && variables.contains_key(&name)) {
                    variables.insert(name, value);
                }
            }
            variables
        }
        Err(error) => {
            print(&format!("Failed to start the ZITADEL emulator: {error}"));
            env
        }
    }
}

/// Serves on a single-threaded runtime in its own thread until the process ends.
fn start_in_background(builder: EmulatorBuilder) -> io::Result<Emulator> {
    let (emulator, socket) = builder.bind()?;
    let provider = std::sync::Arc::clone(&emulator.provider);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("zitadel-emulator".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let listener = crate::server::Listener::start(provider, socket);
            if listener.is_ok() {
                std::future::pending::<()>().await;
            }
        });
    })?;
    Ok(emulator)
}

/// Prints a line; ignores a closed output.
fn print_line(text: &str) {
    drop(writeln!(io::stdout().lock(), "{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_incomplete_configuration_is_returned_unchanged() {
        for name in PROVIDER_VARIABLES {
            let env = variables(&[(name, "x"), ("PORT", "4000")]);
            assert!(is_configured(&env), "{name}");
            assert_eq!(settings_from(env.clone(), 4000, |_| panic!("nothing is started")), env, "{name}");
        }
    }

    #[test]
    fn without_a_configured_provider_an_emulator_is_started() {
        let env =
            variables(&[("PORT", "4123"), ("ZITADEL_DOMAIN", ""), ("ZITADEL_POST_LOGIN_URL", "/"), ("HOME", "/h")]);
        let mut banner = String::new();
        let variables = settings_from(env, 4123, |text| banner = text.to_owned());
        assert_eq!(variables["ZITADEL_CALLBACK_URL"], "http://localhost:4123/auth/callback");
        assert_eq!(
            (variables["ZITADEL_POST_LOGIN_URL"].as_str(), variables["HOME"].as_str()),
            ("/", "/h"),
            "the user's choice wins"
        );
        for text in [&variables["ZITADEL_DOMAIN"], "http://localhost:4123", "development only", "alice@acme.localhost"]
        {
            assert!(banner.contains(text), "{text}");
        }
        assert!(!banner.contains(&variables["SESSION_SECRET"]));
        let address = variables["ZITADEL_DOMAIN"].strip_prefix("http://").unwrap().to_owned();
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "GET /debug/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        io::Read::read_to_string(&mut stream, &mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }

    #[tokio::test]
    async fn settings_can_be_called_inside_a_runtime() {
        let variables = settings_from(BTreeMap::new(), 3000, |_| {});
        assert_eq!(variables["ZITADEL_POST_LOGOUT_URL"], "http://localhost:3000/auth/logout/callback");
    }
}
