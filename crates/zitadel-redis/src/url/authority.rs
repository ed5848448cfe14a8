//! Credentials and hosts.

use percent_encoding::percent_decode_str;
use zitadel_core::Secret;

use super::{Credentials, Host, UrlError};

pub(super) struct Authority {
    pub(super) credentials: Credentials,
    pub(super) hosts: Vec<Host>,
}

pub(super) fn parse(text: &str, default_port: u16) -> Result<Authority, UrlError> {
    let (user_info, hosts) = match text.rsplit_once('@') {
        Some((user_info, hosts)) => (Some(user_info), hosts),
        None => (None, text),
    };
    let credentials = user_info.map_or_else(|| Ok(Credentials::default()), credentials)?;
    let hosts = hosts.split(',').map(|text| host(text, default_port).ok_or(UrlError::Host));
    Ok(Authority { credentials, hosts: hosts.collect::<Result<_, _>>()? })
}

fn credentials(text: &str) -> Result<Credentials, UrlError> {
    let part = |text: &str| match text {
        "" => Ok(None),
        text => decode(text).map(Some).ok_or(UrlError::Credentials),
    };
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok(Credentials { user: part(user)?, password: part(password)?.map(Secret::new) })
}

fn host(text: &str, default_port: u16) -> Option<Host> {
    let (name, port) = match text.strip_prefix('[') {
        // An IPv6 address (RFC 3986 §3.2.2).
        Some(rest) => {
            let (name, port) = rest.split_once(']')?;
            (name, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':');
    let port = port.map_or(Some(default_port), |port| port.parse().ok().filter(|port| *port != 0))?;
    (!name.is_empty() && name.chars().all(is_plain)).then(|| Host { name: name.to_owned(), port })
}

pub(super) fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}
