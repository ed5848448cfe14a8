//! What the checks of all parts of a configuration have in common.

use std::time::Duration;

use super::{
    env,
    error::{ConfigError, Problems},
    secrets,
    setting_name::SettingName,
};

/// In seconds.
pub(super) const MINUTE: u64 = 60;

pub(super) fn into_error(problems: Problems) -> ConfigError {
    problems.into_error(&env::ALL.iter().map(|variable| variable.name))
}

pub(super) fn required(
    problems: &mut Problems,
    setting: SettingName,
    value: Option<String>,
    what: &str,
) -> Option<String> {
    match value {
        Some(value) if secrets::is_placeholder(&value) => {
            problems.add(setting, format!("is still a placeholder; set {what}"))
        }
        Some(value) if !value.is_empty() => Some(value),
        _ if problems.has_problem_for(setting) => None,
        _ => problems.add(setting, format!("is missing; set {what}")),
    }
}

/// Whole seconds within limits, both included.
pub(super) fn within(problems: &mut Problems, setting: SettingName, value: Duration, min: u64, max: u64) -> Duration {
    let seconds = value.as_secs();
    if !(min..=max).contains(&seconds) {
        problems.add::<()>(setting, format!("must be from {min} to {max} seconds"));
    }
    Duration::from_secs(seconds)
}
