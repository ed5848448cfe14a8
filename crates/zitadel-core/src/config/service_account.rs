//! From settings to the service account of an application.

use super::{
    error::Problems,
    parts::{ServiceAccountConfig, ServiceAccountCredential},
    scopes::scope_list,
    secrets,
    setting_name::{
        SERVICE_ACCOUNT_ID, SERVICE_ACCOUNT_KEY, SERVICE_ACCOUNT_SCOPES, SERVICE_ACCOUNT_SECRET, SERVICE_ACCOUNT_TOKEN,
        SettingName,
    },
    settings::ServiceAccountSettings,
};
use crate::{
    protocol::{key_file::KeyFileKind, service_account::DEFAULT_SCOPES},
    secret::Secret,
};

/// `None` without one, or after a problem was noted.
pub(super) fn service_account(
    problems: &mut Problems,
    mut settings: ServiceAccountSettings,
) -> Option<ServiceAccountConfig> {
    let scopes = scope_list(
        problems,
        SERVICE_ACCOUNT_SCOPES,
        settings.scopes.take(),
        DEFAULT_SCOPES,
        &std::mem::take(&mut settings.added_scopes),
    );
    if !settings.is_set() {
        return None;
    }
    let ServiceAccountSettings { key, id, secret, token, .. } = settings;
    let given = [
        (SERVICE_ACCOUNT_KEY, key.is_some()),
        (SERVICE_ACCOUNT_SECRET, id.is_some() || secret.is_some()),
        (SERVICE_ACCOUNT_TOKEN, token.is_some()),
    ];
    let given: Vec<_> = given.into_iter().filter_map(|(setting, is_given)| is_given.then_some(setting)).collect();
    if let [first, second, ..] = given.as_slice() {
        let first = problems.name(*first);
        return problems.add(*second, format!("is set and so is {first}; a service account has one credential"));
    }
    let credential = match (key, token) {
        (Some(key), _) => secrets::key_file(problems, SERVICE_ACCOUNT_KEY, &key, KeyFileKind::ServiceAccount)
            .map(ServiceAccountCredential::Key),
        (None, Some(token)) => {
            visible(problems, SERVICE_ACCOUNT_TOKEN, token).map(ServiceAccountCredential::PersonalAccessToken)
        }
        (None, None) => client_credentials(problems, id, secret),
    };
    Some(ServiceAccountConfig { credential: credential?, scopes })
}

fn client_credentials(
    problems: &mut Problems,
    id: Option<String>,
    secret: Option<Secret<String>>,
) -> Option<ServiceAccountCredential> {
    match (id.filter(|id| !id.is_empty()), secret.filter(|secret| !secret.expose().is_empty())) {
        (Some(id), Some(secret)) => {
            let secret = visible(problems, SERVICE_ACCOUNT_SECRET, secret)?;
            Some(ServiceAccountCredential::Secret(id, secret))
        }
        (None, _) => problems.add(SERVICE_ACCOUNT_ID, "is missing; set the login name of the service account"),
        (_, None) => problems.add(SERVICE_ACCOUNT_SECRET, "is missing; set the secret that ZITADEL generated for it"),
    }
}

/// A credential as ZITADEL makes them: visible ASCII.
fn visible(problems: &mut Problems, setting: SettingName, secret: Secret<String>) -> Option<Secret<String>> {
    if secrets::is_placeholder(secret.expose()) {
        problems.add(setting, "is still a placeholder; copy it from the ZITADEL console")
    } else if secret.expose().is_empty() || !secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        problems.add(setting, "is empty or has white space or other odd characters in it; copy it again")
    } else {
        Some(secret)
    }
}
