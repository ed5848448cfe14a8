//! Whether a secret is worth the name. Nothing here ever repeats one.

use super::{
    builder::ConfigBuilder,
    check::{CLIENT_SECRET, SESSION_SALT, SESSION_SECRET, SESSION_SECRET_PREVIOUS},
    error::{Label, Problems},
};
use crate::secret::Secret;

/// Shorter than the key derived from it would be pretence (AES-256 has 32 bytes).
const MIN_LENGTH: usize = 32;

/// 32 random hexadecimal digits have fewer different ones once in 26 million times.
const MIN_VARIETY: usize = 8;

/// Parts of placeholders: of our `.env.example`, of ZITADEL's example applications, and of habit.
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
pub(super) fn session(problems: &mut Problems, settings: &mut ConfigBuilder) -> Option<Vec<Secret<String>>> {
    let sealing = match settings.session_secret.take() {
        Some(secret) if !secret.expose().is_empty() => good(problems, SESSION_SECRET, secret),
        _ if problems.mention(SESSION_SECRET) => None,
        _ => problems.add(
            SESSION_SECRET,
            format!("is missing; set at least {MIN_LENGTH} random bytes (`openssl rand -base64 48`)"),
        ),
    };
    let previous: Vec<_> = std::mem::take(&mut settings.previous_secrets)
        .into_iter()
        .filter_map(|secret| good(problems, SESSION_SECRET_PREVIOUS, secret))
        .collect();
    let mut all = vec![sealing?];
    for secret in previous {
        // Left in place after a rotation was undone, say. Once is enough.
        if !all.contains(&secret) {
            all.push(secret);
        }
    }
    Some(all)
}

fn good(problems: &mut Problems, label: Label, secret: Secret<String>) -> Option<Secret<String>> {
    let value = secret.expose();
    let mut seen = [false; 256];
    for byte in value.bytes() {
        if let Some(known) = seen.get_mut(usize::from(byte)) {
            *known = true;
        }
    }
    if is_placeholder(value) {
        problems.add(label, "is still a placeholder; set random bytes (`openssl rand -base64 48`)")
    } else if value.len() < MIN_LENGTH {
        problems.add(label, format!("is too short; at least {MIN_LENGTH} bytes (`openssl rand -base64 48`)"))
    } else if seen.iter().filter(|known| **known).count() < MIN_VARIETY {
        problems.add(label, "repeats itself; set random bytes (`openssl rand -base64 48`)")
    } else if value.split([',', ' ', '\t', '\n', '\r']).filter(|part| part.len() >= MIN_LENGTH).count() > 1 {
        problems.add(label, "looks like a list; it is one secret (in code, `.also_open_with()` takes more)")
    } else {
        Some(secret)
    }
}

/// The client secret; empty is none, because a public client has none.
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

/// The salt. It need not be secret, yet nobody needs to see it either.
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
