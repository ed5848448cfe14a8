//! Start-up of the sample applications: `zitadel-process`, and the emulator where no provider is configured. Login is configured in each
//! application.

use std::net::SocketAddr;

use zitadel_core::Config;
pub use zitadel_process::{
    Metrics, builder, cannot_listen, listen, log, main, metrics, port, runtime, stop_signal, until_stopped,
};

/// The address to listen on, from `HOST` (an IP address or `localhost`; default 127.0.0.1, so that no other machine can
/// connect) and `PORT` (0 to 65535, 0 for any free port; default 3000).
///
/// # Errors
///
/// One line for each of the two variables that is wrong.
pub fn listen_address() -> Result<SocketAddr, String> {
    zitadel_process::listen_address(3000)
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

#[cfg(test)]
mod tests {
    use super::*;

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
