//! Whether ZITADEL is reachable and is what `ZITADEL_DOMAIN` says: the discovery document (OIDC Discovery §4) and the key set.

use axum::http::{Response, header::DATE};
use serde_json::Value;
use url::Url;
use zitadel_axum::core::{ClientAuthentication, Timestamp, environment::TransportError, is_loopback};

use super::{Context, clock, code::Code, provider::Provider, report::Report};

/// What the other checks need of the discovery document.
pub(super) struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) introspection_endpoint: Option<Url>,
    pub(super) userinfo_endpoint: Option<Url>,
    pub(super) end_session_endpoint: Option<Url>,
    /// Basic, unless only Post is offered (RFC 8414 §2).
    pub(super) client_authentication: ClientAuthentication,
}

/// `None` after an error was reported.
pub(super) async fn check(
    provider: &Provider,
    issuer: &str,
    context: &Context,
    report: &mut Report,
) -> Option<Metadata> {
    connection(provider, report);
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let url = Url::parse(&url).ok()?;
    let sent_at = context.clock.now();
    let response = match provider.get(&url).await {
        Ok(response) => response,
        Err(error) => {
            let code = match error {
                TransportError::Certificate => Code::DiscoveryCertificate,
                _ => Code::DiscoveryUnreachable,
            };
            report.add(code, format!("{url}: {error}."));
            return None;
        }
    };
    clock::check(date(&response), sent_at, context.clock.now(), report);
    let document: Value = match serde_json::from_slice(response.body()) {
        Ok(document @ Value::Object(_)) if response.status() == 200 => document,
        _ => {
            report.add(Code::DiscoveryRefused, refusal(&url, &response));
            return None;
        }
    };
    let named = document.get("issuer").and_then(Value::as_str).unwrap_or_default();
    if named != issuer {
        let named: String = named.chars().filter(|character| !character.is_control()).take(200).collect();
        report.add(Code::DiscoveryIssuer, format!("ZITADEL_DOMAIN is {issuer}, and the document there names {named}."));
        return None;
    }
    let metadata = metadata(&document, report)?;
    keys(provider, issuer, &document, report).await.then_some(metadata)
}

fn connection(provider: &Provider, report: &mut Report) {
    let (variable, address) = match &provider.internal {
        Some(internal) => ("ZITADEL_INTERNAL_URL", internal),
        None => ("ZITADEL_DOMAIN", &provider.issuer),
    };
    if address.scheme() == "https" {
        report.add(Code::ConnectionEncrypted, format!("{variable} is https."));
    } else if is_loopback(address) {
        report.add(Code::ConnectionLoopback, format!("{variable} is http on loopback, for development."));
    } else {
        report.add(Code::ConnectionUnencrypted, format!("{variable} is http beyond loopback."));
    }
}

fn date(response: &Response<Vec<u8>>) -> Option<Timestamp> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    httpdate::parse_http_date(date).ok().map(Timestamp::from)
}

fn refusal(url: &Url, response: &Response<Vec<u8>>) -> String {
    let status = response.status().as_u16();
    if status == 404 && response.body().starts_with(b"unable to set instance") {
        return format!("{url} answers 404: no ZITADEL instance has this domain.");
    }
    match super::provider::location(response) {
        Some(_) => format!("{url} answers {status}, a redirect; the issuer must be the address that it leads to."),
        None => format!("{url} answers {status}, and no JSON document with endpoints."),
    }
}

fn metadata(document: &Value, report: &mut Report) -> Option<Metadata> {
    let endpoint = |name: &str| document.get(name).and_then(Value::as_str).and_then(|text| Url::parse(text).ok());
    let (authorization, token) = (endpoint("authorization_endpoint"), endpoint("token_endpoint"));
    let required = [
        ("authorization_endpoint", authorization.is_some()),
        ("token_endpoint", token.is_some()),
        ("jwks_uri", endpoint("jwks_uri").is_some()),
    ];
    let missing: Vec<_> = required.into_iter().filter_map(|(name, is_named)| (!is_named).then_some(name)).collect();
    let (Some(authorization_endpoint), Some(token_endpoint), true) = (authorization, token, missing.is_empty()) else {
        report.add(Code::DiscoveryIncomplete, format!("The discovery document has no {}.", missing.join(", ")));
        return None;
    };
    let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
    let offers = |method: &str| methods.is_some_and(|methods| methods.iter().any(|one| one == method));
    let only_post = offers("client_secret_post") && !offers("client_secret_basic");
    let end_session_endpoint = endpoint("end_session_endpoint");
    if end_session_endpoint.is_none() {
        report.add(Code::EndSessionUnsupported, "The discovery document has no end_session_endpoint.");
    }
    Some(Metadata {
        authorization_endpoint,
        token_endpoint,
        introspection_endpoint: endpoint("introspection_endpoint"),
        userinfo_endpoint: endpoint("userinfo_endpoint"),
        end_session_endpoint,
        client_authentication: if only_post { ClientAuthentication::Post } else { ClientAuthentication::Basic },
    })
}

/// Whether the key set has keys.
async fn keys(provider: &Provider, issuer: &str, document: &Value, report: &mut Report) -> bool {
    let Some(url) = document.get("jwks_uri").and_then(Value::as_str).and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let problem = match provider.get(&url).await {
        Err(error) => format!("{url}: {error}."),
        Ok(response) => {
            let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            let keys = body.get("keys").and_then(Value::as_array).map_or(0, Vec::len);
            if response.status() == 200 && keys > 0 {
                report.add(Code::DiscoveryOk, format!("{issuer} answers, with {keys} keys."));
                return true;
            }
            format!("{url} answers {} with {keys} keys.", response.status().as_u16())
        }
    };
    report.add(Code::KeysUnavailable, problem);
    false
}
