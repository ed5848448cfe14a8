//! [`settings`]: a provider for applications that were started without any.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
};

use crate::emulator::{Emulator, EmulatorBuilder};

/// If one of these is set, a real provider is meant; a half-filled configuration is the application's to report.
const MEANT: [&str; 8] = [
    "ZITADEL_DOMAIN",
    "ZITADEL_CLIENT_ID",
    "ZITADEL_CLIENT_SECRET",
    "ZITADEL_CLIENT_SECRET_FILE",
    "ZITADEL_CALLBACK_URL",
    "ZITADEL_POST_LOGOUT_URL",
    "SESSION_SECRET",
    "SESSION_SECRET_FILE",
];

/// The variables an application runs with: the process's own if they name a provider, otherwise the process's own
/// and those of an emulator that is started for it.
///
/// For sample applications: the same program runs against a real ZITADEL when it is configured, and on its own when it
/// is not. The emulator lives in a thread of its own until the process ends, so it does not matter whether the caller
/// is inside an asynchronous runtime. Where it is and who can sign in is printed to standard output. The application
/// is expected at `http://localhost:$PORT`, `PORT` being 3000 unless set; a `PORT` that is no port is the application's to
/// report.
///
/// Never replaces anything: if one of the variables about the provider or the session secret is set, the environment is
/// returned as it is, and what is missing is for the application to complain about.
#[must_use]
pub fn settings() -> Vec<(String, String)> {
    let own = of_process();
    let port = own.get("PORT").and_then(|port| port.trim().parse().ok()).unwrap_or(3000);
    settings_from(own, port, say).into_iter().collect()
}

/// The same for an application that listens already, at this port of `localhost`: also where `PORT` left the choice to the
/// system (`PORT=0`).
#[must_use]
pub fn settings_at(port: u16) -> Vec<(String, String)> {
    settings_from(of_process(), port, say).into_iter().collect()
}

/// Whether [`settings`] would start an emulator: nothing in the environment says that a real provider is meant. For
/// applications that want to complain about something else before they have one.
#[must_use]
pub fn is_wanted() -> bool {
    !names_a_provider(&of_process())
}

fn of_process() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn names_a_provider(own: &BTreeMap<String, String>) -> bool {
    MEANT.into_iter().any(|name| own.get(name).is_some_and(|value| !value.is_empty()))
}

fn settings_from(own: BTreeMap<String, String>, port: u16, say: impl FnOnce(&str)) -> BTreeMap<String, String> {
    if names_a_provider(&own) {
        return own;
    }
    let application = format!("http://localhost:{port}");
    match start_in_background(Emulator::builder().application(&application)) {
        Ok(emulator) => {
            say(&emulator.banner(&application));
            let mut all: BTreeMap<String, String> = emulator.env_for(&application).into_iter().collect();
            for (name, value) in own {
                // What the user chose wins over what the emulator suggests; an empty value is no choice.
                if !(value.is_empty() && all.contains_key(&name)) {
                    all.insert(name, value);
                }
            }
            all
        }
        Err(problem) => {
            say(&format!("The ZITADEL emulator could not be started: {problem}"));
            own
        }
    }
}

/// Serves on a small runtime in a thread of its own, until the process ends.
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

/// Prints a line; a closed output is nothing to die of.
fn say(text: &str) {
    drop(writeln!(io::stdout().lock(), "{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_half_filled_configuration_is_returned_as_it_is() {
        for name in MEANT {
            let own = variables(&[(name, "x"), ("PORT", "4000")]);
            assert!(names_a_provider(&own), "{name}");
            assert_eq!(settings_from(own.clone(), 4000, |_| panic!("nothing is started")), own, "{name}");
        }
    }

    #[test]
    fn without_a_provider_an_emulator_answers_at_the_address_in_the_variables() {
        let own =
            variables(&[("PORT", "4123"), ("ZITADEL_DOMAIN", ""), ("ZITADEL_POST_LOGIN_URL", "/"), ("HOME", "/h")]);
        let mut banner = String::new();
        let all = settings_from(own, 4123, |text| banner = text.to_owned());
        assert_eq!(all["ZITADEL_CALLBACK_URL"], "http://localhost:4123/auth/callback");
        assert_eq!(
            (all["ZITADEL_POST_LOGIN_URL"].as_str(), all["HOME"].as_str()),
            ("/", "/h"),
            "the user's choice wins"
        );
        for told in [&all["ZITADEL_DOMAIN"], "http://localhost:4123", "development only", "alice@acme.localhost"] {
            assert!(banner.contains(told), "{told}");
        }
        assert!(!banner.contains(&all["SESSION_SECRET"]));
        let address = all["ZITADEL_DOMAIN"].strip_prefix("http://").unwrap().to_owned();
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "GET /debug/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    #[tokio::test]
    async fn it_works_inside_a_runtime_too() {
        let all = settings_from(BTreeMap::new(), 3000, |_| {});
        assert_eq!(all["ZITADEL_POST_LOGOUT_URL"], "http://localhost:3000/auth/logout/callback");
    }
}
