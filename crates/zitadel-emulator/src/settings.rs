//! [`settings`]: starts an emulator for an application without a configured provider.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{self, Write as _},
};

use crate::{
    emulator::{Emulator, EmulatorBuilder},
    registry::Client,
};

/// Every variable of the application has one of these prefixes, also those of later versions.
const PREFIXES: [&str; 2] = ["ZITADEL_", "SESSION_"];

/// Set by X11 desktops in every program; says nothing about the application.
const DESKTOP: &str = "SESSION_MANAGER";

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
/// If any variable whose name begins with `ZITADEL_` or `SESSION_` is set, the environment is returned unchanged and no
/// emulator is started: a forgotten `ZITADEL_DOMAIN` must not turn a deployment into one where anyone logs in.
/// Reporting missing variables is then up to the application; [`configured_variables`] names those that are set. An empty
/// value is not set.
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

/// Whether [`settings`] would start an emulator, because no variable configures the application. For applications that
/// report other errors first.
#[must_use]
pub fn is_wanted() -> bool {
    configured_variables().is_empty()
}

/// The names of the variables because of which [`settings`] starts no emulator, sorted. For error messages.
#[must_use]
pub fn configured_variables() -> Vec<String> {
    variables_of_application(&process_env())
}

/// Text that is not UTF-8 is kept, with replacement characters: it must not look as if nothing were set.
fn process_env() -> BTreeMap<String, String> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

fn variables_of_application(env: &BTreeMap<String, String>) -> Vec<String> {
    let is_ours = |name: &str| name != DESKTOP && PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    env.iter().filter(|(name, value)| is_ours(name) && !value.is_empty()).map(|(name, _)| name.clone()).collect()
}

fn settings_from(env: BTreeMap<String, String>, port: u16, mut print: impl FnMut(&str)) -> BTreeMap<String, String> {
    if !variables_of_application(&env).is_empty() {
        return env;
    }
    let application = format!("http://localhost:{port}");
    match start_in_background(Emulator::builder().application(&application)) {
        Ok(emulator) => {
            print(&emulator.banner(&application));
            let mut variables: BTreeMap<String, String> = emulator.env_for(&application).into_iter().collect();
            // As in ZITADEL, where an application with a login page has no key: another one of its project introspects.
            let project_id = emulator.client().snapshot().project_id;
            let api = emulator.add_client(Client { project_id, ..Client::api("Demo API") });
            variables.insert("ZITADEL_APP_KEY".to_owned(), api.create_key());
            let token = emulator.service_account("robot").create_personal_access_token();
            print(&format!("  API call     curl -H 'Authorization: Bearer {token}' {application}/api/me\n"));
            for (name, value) in env {
                // What is set and the emulator knows is empty.
                variables.entry(name).or_insert(value);
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
    fn any_variable_of_the_application_prevents_the_emulator() {
        for name in ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_SECRET_FILE", "ZITADEL_PROMPT", "ZITADEL_OF_A_LATER_VERSION"]
            .into_iter()
            .chain(["SESSION_SECRET", "SESSION_DURATION", "SESSION_X"])
        {
            let env = variables(&[(name, "x"), ("PORT", "4000")]);
            assert_eq!(variables_of_application(&env), [name]);
            assert_eq!(settings_from(env.clone(), 4000, |_| panic!("nothing is started")), env, "{name}");
        }
    }

    #[test]
    fn other_and_empty_variables_do_not_prevent_it() {
        let others = [("PORT", "1"), ("SESSION_MANAGER", "local/host:@/tmp/.ICE-unix/1"), ("SESSIONNAME", "Console")];
        let mut env = variables(&others);
        env.extend(variables(&[("ZITADEL_DOMAIN", ""), ("MY_ZITADEL_DOMAIN", "x"), ("SESSION", "x")]));
        assert_eq!(variables_of_application(&env), Vec::<String>::new());
    }

    #[test]
    fn without_a_configured_provider_an_emulator_is_started() {
        let env = variables(&[("PORT", "4123"), ("ZITADEL_DOMAIN", ""), ("HOME", "/h")]);
        let mut banner = String::new();
        let variables = settings_from(env, 4123, |text| banner += text);
        assert_eq!(variables["ZITADEL_CALLBACK_URL"], "http://localhost:4123/auth/callback");
        assert_eq!(variables["HOME"], "/h");
        for text in [&variables["ZITADEL_DOMAIN"], "http://localhost:4123", "development only", "alice"] {
            assert!(banner.contains(text), "{text}");
        }
        assert!(!banner.contains(&variables["SESSION_SECRET"]));
        assert!(variables["ZITADEL_APP_KEY"].starts_with(r#"{"type":"application","keyId":""#));
        assert!(!banner.contains("PRIVATE KEY"));
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
