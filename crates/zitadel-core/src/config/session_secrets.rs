//! Whether the secrets of sessions are strong enough. No message here ever repeats one.

use super::{
    error::Problems,
    login_settings::LoginSettings,
    secrets::is_placeholder,
    setting_name::{PREVIOUS_SESSION_SECRET, SESSION_SALT, SESSION_SECRET, SettingName},
};
use crate::secret::Secret;

/// As many bytes as the key that is derived from it (AES-256 has 32).
const MIN_LENGTH: usize = 32;

/// Distinct bytes; 32 random hexadecimal digits have fewer once in 26 million times.
const MIN_VARIETY: usize = 8;

/// All secrets that open sessions, the sealing one first.
pub(super) fn session(problems: &mut Problems, settings: &mut LoginSettings) -> Option<Vec<Secret<String>>> {
    let sealing = match settings.session_secret.take() {
        Some(secret) if !secret.expose().is_empty() => check_strength(problems, SESSION_SECRET, secret),
        _ if problems.has_problem_for(SESSION_SECRET) => None,
        _ => problems.add(
            SESSION_SECRET,
            format!("is missing; set at least {MIN_LENGTH} random bytes (`openssl rand -base64 48`)"),
        ),
    };
    let previous: Vec<_> = std::mem::take(&mut settings.previous_session_secrets)
        .into_iter()
        .filter_map(|secret| check_strength(problems, PREVIOUS_SESSION_SECRET, secret))
        .collect();
    let mut all = vec![sealing?];
    for secret in previous {
        // The same secret may be left in place after a rotation was undone.
        if !all.contains(&secret) {
            all.push(secret);
        }
    }
    Some(all)
}

fn check_strength(problems: &mut Problems, setting: SettingName, secret: Secret<String>) -> Option<Secret<String>> {
    let value = secret.expose();
    let mut seen = [false; 256];
    for byte in value.bytes() {
        if let Some(known) = seen.get_mut(usize::from(byte)) {
            *known = true;
        }
    }
    if is_placeholder(value) {
        problems.add(setting, "is still a placeholder; set random bytes (`openssl rand -base64 48`)")
    } else if value.len() < MIN_LENGTH {
        problems.add(setting, format!("is too short; at least {MIN_LENGTH} bytes (`openssl rand -base64 48`)"))
    } else if seen.iter().filter(|known| **known).count() < MIN_VARIETY {
        problems.add(setting, "repeats itself; set random bytes (`openssl rand -base64 48`)")
    } else if value.split([',', ' ', '\t', '\n', '\r']).filter(|part| part.len() >= MIN_LENGTH).count() > 1 {
        problems.add(setting, "looks like a list; it is one secret (in code, `.previous_session_secret()` adds more)")
    } else {
        Some(secret)
    }
}

/// The salt. It need not be secret, but is not shown either.
pub(super) fn salt(problems: &mut Problems, salt: Option<Secret<String>>) -> Option<Secret<String>> {
    let salt = salt.filter(|salt| !salt.expose().is_empty())?;
    if is_placeholder(salt.expose()) {
        problems.add(SESSION_SALT, "is still a placeholder; remove it, or set random characters")
    } else if salt.expose().len() > 1_024 {
        problems.add(SESSION_SALT, "is too long; at most 1024 bytes")
    } else {
        Some(salt)
    }
}
