//! The addresses in a configuration.

use url::Url;

use super::{error::Problems, setting_name::SettingName, settings::HttpIssuer};
use crate::http::is_loopback;

/// The issuer, as given (OIDC Discovery §3: https, no query, no fragment).
pub(super) fn issuer(problems: &mut Problems, setting: SettingName, text: String, http: HttpIssuer) -> Option<String> {
    let url = absolute(problems, setting, &text)?;
    if url.path().contains("/.well-known/") {
        return problems.add(setting, "is the address of the discovery document; cut it before `/.well-known`");
    }
    if url.scheme() == "http" && http == HttpIssuer::LoopbackOnly && !is_loopback(&url) {
        return problems
            .add(setting, "is http, which anyone in between can forge; use https (http is for loopback only)");
    }
    Some(text)
}

/// The address at which this process reaches ZITADEL.
pub(super) fn internal(problems: &mut Problems, setting: SettingName, text: &str) -> Option<Url> {
    if text.is_empty() {
        return None;
    }
    absolute(problems, setting, text)
}

/// `http(s)://host…` without anything that a parser would quietly repair.
pub(super) fn absolute(problems: &mut Problems, setting: SettingName, text: &str) -> Option<Url> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return problems.add(setting, "must begin with `https://` (or `http://` on loopback)");
    }
    let url =
        if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') { Url::parse(text).ok() } else { None };
    let Some(url) = url else {
        return problems.add(setting, "is not a URL; check for white space, odd characters and the port");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return problems.add(setting, "has a user name or password in it; remove it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return problems.add(setting, "has a query or fragment; cut it at `?` or `#`");
    }
    Some(url)
}
