//! The parameters.

use std::collections::BTreeMap;

use zitadel_core::Secret;

use super::{Credentials, Parameters, UrlError, authority::decode};
use crate::builder::TIMEOUT_LIMITS;

#[derive(Default)]
pub(super) struct Query {
    /// Who this client is to the sentinels.
    pub(super) sentinel: Credentials,
    pub(super) parameters: Parameters,
}

pub(super) fn parse(text: &str) -> Result<Query, UrlError> {
    let mut given = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(UrlError::Parameter)?;
        let value = decode(value).filter(|value| !value.is_empty()).ok_or(UrlError::ParameterValue)?;
        if given.insert(name, value).is_some() {
            return Err(UrlError::Parameter);
        }
    }
    let timeout_ms = given.remove("timeout_ms").map(|value| value.parse().map_err(|_| UrlError::ParameterValue));
    let query = Query {
        sentinel: Credentials {
            user: given.remove("sentinel_username"),
            password: given.remove("sentinel_password").map(Secret::new),
        },
        parameters: Parameters {
            key_prefix: given.remove("prefix"),
            timeout_ms: timeout_ms.transpose()?,
            ca_file: given.remove("ca_file"),
        },
    };
    if query.parameters.timeout_ms.is_some_and(|timeout| !TIMEOUT_LIMITS.contains(&timeout)) {
        return Err(UrlError::ParameterValue);
    }
    if given.is_empty() { Ok(query) } else { Err(UrlError::Parameter) }
}
