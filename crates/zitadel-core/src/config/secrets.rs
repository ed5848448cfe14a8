//! Whether secrets are strong enough. No message here ever repeats one.

use std::sync::Arc;

use super::{
    error::Problems,
    setting_name::{CLIENT_SECRET, PREVIOUS_SESSION_SECRET, SESSION_SALT, SESSION_SECRET, SettingName},
    settings::Settings,
};
use crate::{
    protocol::key_file::{KeyFile, KeyFileKind},
    secret::Secret,
};

/// As many bytes as the key that is derived from it (AES-256 has 32).
const MIN_LENGTH: usize = 32;

/// Distinct bytes; 32 random hexadecimal digits have fewer once in 26 million times.
const MIN_VARIETY: usize = 8;

/// Parts of placeholders: of our `.env.example`, of ZITADEL's example applications, and of common use.
const PLACEHOLDERS: &[&str] = &[
    "replace-me",
    "replace_me",
    "replaceme",
    "change-me",
    "change_me",
    "changeme",
    "your-client",
    "your-very-secret",
    "your-randomly",
    "your-cryptographic",
    "your-zitadel",
    "your-domain",
    "your-instance",
    "your_",
];

pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value.starts_with('<') || PLACEHOLDERS.iter().any(|known| value.contains(known))
}

/// All secrets that open sessions, the sealing one first.
pub(super) fn session(problems: &mut Problems, settings: &mut Settings) -> Option<Vec<Secret<String>>> {
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

/// The client secret; an empty one is none, because a public client has none.
pub(super) fn client(problems: &mut Problems, secret: Option<Secret<String>>) -> Option<Secret<String>> {
    let secret = secret.filter(|secret| !secret.expose().is_empty())?;
    if is_placeholder(secret.expose()) {
        problems.add(CLIENT_SECRET, "is still a placeholder; leave it empty for a public client (PKCE)")
    } else if secret.expose().chars().any(char::is_control) {
        problems.add(CLIENT_SECRET, "contains a control character; copy it again from the ZITADEL console")
    } else {
        Some(secret)
    }
}

/// A key file of this kind.
pub(super) fn key_file(
    problems: &mut Problems,
    setting: SettingName,
    json: &Secret<String>,
    kind: KeyFileKind,
) -> Option<Arc<KeyFile>> {
    match (KeyFile::parse(json), kind) {
        (Ok(key), _) if key.kind() == kind => Some(Arc::new(key)),
        (Ok(_), KeyFileKind::Application) => problems.add(
            setting,
            "is the key of a service account; make a key for the application itself in the ZITADEL console",
        ),
        (Ok(_), KeyFileKind::ServiceAccount) => problems
            .add(setting, "is the key of an application; make a key for the service account in the ZITADEL console"),
        (Err(error), _) => problems.add(setting, error.to_string()),
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
