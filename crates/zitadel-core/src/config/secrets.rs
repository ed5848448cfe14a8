//! Whether secrets can be used. No message here ever repeats one.

use std::sync::Arc;

use super::{
    error::Problems,
    setting_name::{CLIENT_SECRET, SettingName},
};
use crate::{
    protocol::key_file::{KeyFile, KeyFileKind},
    secret::Secret,
};

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
