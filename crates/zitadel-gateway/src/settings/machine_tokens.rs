//! Who may ask for machine tokens, and whether there is a service account whose tokens can be limited.

use std::fs;

use zitadel_axum::core::config::env;

use crate::{config, machine_token::MachineTokenSettings};

/// Adds what is wrong to `problems`.
pub(super) fn read(
    problems: &mut Vec<String>,
    callers_file: Option<&str>,
    is_open: bool,
    variable: &impl Fn(&str) -> Option<String>,
) -> MachineTokenSettings {
    match (callers_file, is_open) {
        (Some(_), _) => check_account(problems, "MACHINE_TOKEN_CALLERS_FILE", variable),
        (None, true) => check_account(problems, "DANGER_OPEN_MACHINE_TOKEN", variable),
        (None, false) => {}
    }
    let callers = callers_file.map_or_else(MachineTokenSettings::default, |path| {
        read_file(path).unwrap_or_else(|found| {
            problems.extend(found.into_iter().map(|problem| format!("MACHINE_TOKEN_CALLERS_FILE: {problem}")));
            MachineTokenSettings::default()
        })
    });
    if is_open { callers.danger_open(config::service_account_scopes(variable)) } else { callers }
}

fn check_account(problems: &mut Vec<String>, name: &str, variable: &impl Fn(&str) -> Option<String>) {
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.trim().is_empty());
    let personal_access_token = [env::ZITADEL_SERVICE_ACCOUNT_TOKEN, env::ZITADEL_SERVICE_ACCOUNT_TOKEN_FILE];
    let accounts =
        [env::ZITADEL_SERVICE_ACCOUNT_KEY, env::ZITADEL_SERVICE_ACCOUNT_KEY_FILE, env::ZITADEL_SERVICE_ACCOUNT_ID];
    if personal_access_token.iter().any(is_set) {
        problems.push(format!(
            "{name}: needs a service account with a key or a secret; a personal access token has its scopes, whichever caller asks"
        ));
    } else if !accounts.iter().any(is_set) {
        problems.push(format!("{name}: needs a service account; set ZITADEL_SERVICE_ACCOUNT_KEY_FILE"));
    }
}

fn read_file(path: &str) -> Result<MachineTokenSettings, Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| {
        vec![format!("names a file that cannot be read ({}); check the path and who may read it", error.kind())]
    })?;
    MachineTokenSettings::parse(&text)
}
