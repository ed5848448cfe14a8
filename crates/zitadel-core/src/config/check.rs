//! From [`Settings`] to a [`Config`], collecting problems on the way.
//!
//! Every check returns `None` only after it noted a problem, or where nothing was set and nothing is required.

use std::{sync::Arc, time::Duration};

use url::Url;

#[cfg(feature = "login")]
use super::check_login::login;
use super::{
    client::{ClientConfig, ClientCredential},
    common::{MINUTE, into_error, required, within},
    error::{ConfigError, Problems},
    parts::{ApiConfig, Config, ProviderConfig},
    secrets,
    service_account::service_account,
    setting_name::{
        APPLICATION_KEY, AUDIENCE, CA_CERTIFICATES, CLIENT_AUTHENTICATION, CLIENT_ID, CLIENT_SECRET, INTERNAL_URL,
        INTROSPECTION_CACHE, ISSUER, NamingStyle,
    },
    settings::Settings,
    uri,
};
#[cfg(feature = "reqwest")]
use crate::environment::RootCertificates;
use crate::{
    http::is_loopback,
    protocol::key_file::{KeyFile, KeyFileKind},
};

pub(super) fn build(mut settings: Settings) -> Result<Config, ConfigError> {
    let mut problems = std::mem::replace(&mut settings.problems, Problems::new(NamingStyle::Methods));
    let provider = provider(&mut problems, &mut settings);
    let wants_login = settings.wants_login();
    let Clients { client, introspection } = clients(&mut problems, &mut settings, wants_login);
    let is_separate = |api: &&ClientConfig| client.as_ref().is_none_or(|client| client.id != api.id);
    let has_key = |api: &&ClientConfig| matches!(api.credential, ClientCredential::Key(_));
    let default_audience = introspection.as_ref().filter(has_key).filter(|api| !wants_login || is_separate(api));
    let default_audience = default_audience.map(|api| api.id.clone());
    #[cfg(feature = "login")]
    let login = wants_login.then(|| login(&mut problems, std::mem::take(&mut settings.login), client)).flatten();
    #[cfg(not(feature = "login"))]
    if settings.is_nothing_else() {
        problems.add::<()>(
            AUDIENCE,
            "is missing; name an audience, or set the key file of an application or a service account",
        );
    }
    let api = api(&mut problems, &mut settings, introspection, default_audience);
    let service_account = service_account(&mut problems, std::mem::take(&mut settings.service_account));
    let store_url = settings.store_url.take();
    match provider {
        // Without a problem every part is there.
        Some(provider) if problems.is_empty() => Ok(Config {
            provider,
            #[cfg(feature = "login")]
            login,
            api,
            service_account,
            store_url,
        }),
        _ => Err(into_error(problems)),
    }
}

fn provider(problems: &mut Problems, settings: &mut Settings) -> Option<ProviderConfig> {
    let issuer = required(problems, ISSUER, settings.issuer.take(), "ZITADEL's base URL, `https://…`")
        .and_then(|text| uri::issuer(problems, ISSUER, text, settings.http_issuer));
    let internal_url = settings.internal_url.take().and_then(|text| uri::internal(problems, INTERNAL_URL, &text));
    #[cfg(feature = "reqwest")]
    let root_certificates = settings.ca_certificates.take().and_then(|pem| root_certificates(problems, &pem));
    #[cfg(not(feature = "reqwest"))]
    if settings.ca_certificates.is_some() {
        problems.add::<()>(
            CA_CERTIFICATES,
            "is without effect in this build, which has no feature `reqwest`; give the certificates to your transport",
        );
    }
    let issuer = issuer?;
    // Beyond loopback, http was accepted on purpose: `uri::issuer` refuses it otherwise.
    let allow_http = Url::parse(&issuer).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url));
    Some(ProviderConfig {
        issuer,
        internal_url,
        #[cfg(feature = "reqwest")]
        root_certificates,
        allow_http,
    })
}

#[cfg(feature = "reqwest")]
fn root_certificates(problems: &mut Problems, pem: &[u8]) -> Option<RootCertificates> {
    RootCertificates::from_pem(pem).map_or_else(
        |error| {
            problems.add(CA_CERTIFICATES, format!("has no usable certificates ({error}); give one or several as PEM"))
        },
        Some,
    )
}

/// This application, and what it introspects as.
struct Clients {
    client: Option<ClientConfig>,
    introspection: Option<ClientConfig>,
}

/// A key file is that of this application, or of an API application beside it, as ZITADEL's console makes them: its kind of
/// application decides how it authenticates, and one with a login page has no key by default.
fn clients(problems: &mut Problems, settings: &mut Settings, wants_login: bool) -> Clients {
    let key = settings.application_key.take();
    let has_key = key.is_some();
    let key = key.and_then(|json| secrets::key_file(problems, APPLICATION_KEY, &json, KeyFileKind::Application));
    let is_own = |id: &String, key: &KeyFile| id == key.subject();
    let own = key.as_ref().filter(|key| settings.client_id.as_ref().is_none_or(|id| is_own(id, key)));
    if let Some(own) = own {
        if settings.client_secret.as_ref().is_some_and(|secret| !secret.expose().is_empty()) {
            let secret = problems.name(CLIENT_SECRET);
            problems.add::<()>(APPLICATION_KEY, format!("is set and so is {secret}; keep one of the two"));
        }
        settings.client_id = Some(own.subject().to_owned());
    }
    let own = own.cloned();
    // Without a readable key it is not known whether the client id is missing.
    let is_unknown = has_key && key.is_none() && settings.client_id.is_none();
    let is_named = settings.client_id.is_some() || settings.client_secret.is_some();
    let client = ((wants_login && !is_unknown) || is_named).then(|| client(problems, settings, own.clone())).flatten();
    let introspection = match key {
        Some(key) if own.is_none() => {
            Some(ClientConfig { id: key.subject().to_owned(), credential: ClientCredential::Key(key) })
        }
        _ => client.clone().filter(ClientConfig::has_credentials),
    };
    Clients { client, introspection }
}

fn client(problems: &mut Problems, settings: &mut Settings, key: Option<Arc<KeyFile>>) -> Option<ClientConfig> {
    let id = required(problems, CLIENT_ID, settings.client_id.take(), "the id the ZITADEL console shows")
        .and_then(|id| client_id(problems, id));
    let secret = secrets::client(problems, settings.client_secret.take());
    let authentication = settings.client_authentication;
    if authentication.is_some() && secret.is_none() && !problems.has_problem_for(CLIENT_SECRET) {
        let secret = problems.name(CLIENT_SECRET);
        problems.add::<()>(
            CLIENT_AUTHENTICATION,
            format!("is without effect, since {secret} is not set; set both or neither"),
        );
    }
    let credential = match (key, secret) {
        (Some(key), _) => ClientCredential::Key(key),
        (None, Some(secret)) => ClientCredential::Secret(secret, authentication),
        (None, None) => ClientCredential::Public,
    };
    Some(ClientConfig { id: id?, credential })
}

/// A key file says which API it is for; a secret does not.
fn api(
    problems: &mut Problems,
    settings: &mut Settings,
    client: Option<ClientConfig>,
    default_audience: Option<String>,
) -> Option<ApiConfig> {
    let mut audiences = std::mem::take(&mut settings.audiences);
    let audience_is_default = audiences.is_empty();
    if audience_is_default {
        audiences.extend(default_audience);
    }
    if audiences.iter().any(|audience| audience.is_empty() || !audience.bytes().all(|byte| byte.is_ascii_graphic())) {
        return problems.add(AUDIENCE, "is empty or has white space in it; use a client id or a project id");
    }
    let introspection_cache = settings.introspection_cache.unwrap_or(Duration::from_secs(MINUTE / 2));
    let introspection_cache = within(problems, INTROSPECTION_CACHE, introspection_cache, 0, MINUTE);
    (!audiences.is_empty()).then_some(ApiConfig { audiences, audience_is_default, client, introspection_cache })
}

fn client_id(problems: &mut Problems, id: String) -> Option<String> {
    // RFC 6749 Appendix A.1: visible characters and spaces.
    if id.len() <= 256 && id.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Some(id);
    }
    problems.add(CLIENT_ID, "has line breaks or other odd characters in it; copy it again from the ZITADEL console")
}
