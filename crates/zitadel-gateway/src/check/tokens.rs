//! What can be known of access tokens and roles without a login: introspection (RFC 7662) and the requested scopes.

use serde_json::Value;
use zitadel_axum::core::ConfiguredClient;

use super::{
    Context,
    code::Code,
    discovery::Metadata,
    provider::{OAuthError, Provider, uri},
    report::Report,
};

/// No access token.
const BOGUS: &str = "zitadel-gateway-check";
/// The scopes that ask ZITADEL for roles.
const ROLE_SCOPES: [&str; 2] = ["urn:zitadel:iam:org:projects:roles", "urn:zitadel:iam:org:project:role:"];

pub(super) async fn check(context: &Context, provider: &Provider, metadata: &Metadata, report: &mut Report) {
    report.add(
        Code::AccessTokenTypeUnknown,
        "The application's setting Auth Token Type shows at the first login: /api/v1/validate says what it got.",
    );
    introspection(context, provider, metadata, report).await;
    roles(context, report);
}

async fn introspection(context: &Context, provider: &Provider, metadata: &Metadata, report: &mut Report) {
    let Some(client) = context.settings.config.introspection_client() else {
        report.add(Code::IntrospectionUnconfigured, "There is neither a key file nor a client secret.");
        return;
    };
    match introspect(provider, metadata, client, BOGUS).await {
        Introspection::Active(_) => {
            report.add(Code::IntrospectionOk, format!("The client {} may introspect tokens.", client.id()));
        }
        Introspection::Refused => {
            report.add(Code::IntrospectionRefused, format!("The endpoint refuses the client {}.", client.id()));
        }
        Introspection::Unclear(problem) => report.add(Code::IntrospectionUnknown, problem),
    }
}

/// What introspection says of a token, or of the client that asks.
pub(super) enum Introspection {
    Active(bool),
    Refused,
    Unclear(String),
}

pub(super) async fn introspect(
    provider: &Provider,
    metadata: &Metadata,
    client: ConfiguredClient<'_>,
    token: &str,
) -> Introspection {
    let Some(endpoint) = metadata.introspection_endpoint.as_ref().and_then(uri) else {
        return Introspection::Unclear("The discovery document has no introspection_endpoint.".to_owned());
    };
    let request = client.form_request(endpoint, metadata.client_authentication, &[("token", token)]);
    let response = match provider.send(request).await {
        Ok(response) => response,
        Err(error) => return Introspection::Unclear(format!("The introspection endpoint: {error}.")),
    };
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let status = response.status().as_u16();
    let error = OAuthError::of(&response).code;
    match (status, body.get("active").and_then(Value::as_bool)) {
        (200, Some(active)) => Introspection::Active(active),
        (401, _) => Introspection::Refused,
        // ZITADEL says `unauthorized_client` where RFC 7662 §2.3 has 401.
        (400 | 403, None) if ["unauthorized_client", "invalid_client"].contains(&error.as_str()) => {
            Introspection::Refused
        }
        _ => Introspection::Unclear(
            format!("The introspection endpoint answers {status} {error}").trim_end().to_owned() + ".",
        ),
    }
}

fn roles(context: &Context, report: &mut Report) {
    let scopes = context.login_scopes();
    let asks_for_roles =
        scopes.split(' ').any(|scope| ROLE_SCOPES.iter().any(|role_scope| scope.starts_with(role_scope)));
    let from_user_info = context.variable("ZITADEL_USER_INFO").is_none_or(|source| source.trim() != "skip");
    if !asks_for_roles {
        report.add(Code::RoleScopeMissing, "ZITADEL_SCOPES has no scope for roles.");
    } else if from_user_info {
        report.add(Code::RoleScopeOk, "Sessions get roles from the userinfo endpoint.");
    }
    report.add(
        Code::RoleAssertionUnknown,
        match from_user_info {
            true => "For sessions it does not matter; JWT access tokens have roles only if the application adds them.",
            false => "ZITADEL_USER_INFO is skip: sessions have the roles of the ID token only.",
        },
    );
}
