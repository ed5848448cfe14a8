//! Whether the service account gets an access token, and for whom that is.

use axum::http::{HeaderValue, Request, header::AUTHORIZATION};
use zitadel_axum::{
    ErrorCode, Zitadel,
    core::{AccessToken, ServiceAccount},
};

use super::{
    Context,
    code::Code,
    discovery::Metadata,
    provider::{Provider, uri},
    report::Report,
    tokens::{Introspection, introspect},
};

pub(super) async fn check(context: &Context, provider: &Provider, metadata: &Metadata, report: &mut Report) {
    let Some(account) = service_account(context) else {
        report.add(Code::ServiceAccountOff, "There is no ZITADEL_SERVICE_ACCOUNT_ variable.");
        return;
    };
    let token = match account.access_token().await {
        Ok(token) => token,
        // The engine requests it, because only that has the private key.
        Err(error) if error.code() == ErrorCode::Misconfigured => {
            report.add(Code::ServiceAccountRefused, "The token endpoint refuses its credential.");
            return;
        }
        Err(_) => {
            return report.add(Code::ServiceAccountUnknown, "The token endpoint gave no answer that can be used.");
        }
    };
    if is_personal_access_token(context) && is_rejected(provider, metadata, &token).await {
        report.add(Code::ServiceAccountRefused, "The userinfo endpoint answers 401 to the personal access token.");
        return;
    }
    let kind = if token.expose().split('.').count() == 3 { "a JWT" } else { "opaque" };
    let machine_tokens = &context.settings.machine_tokens;
    let is_open = machine_tokens.is_open();
    // Callers that are listed have audiences of their own.
    if is_open
        && let Some(client) = context.settings.config.introspection_client()
        && let Introspection::Active(false) = introspect(provider, metadata, client, token.expose()).await
    {
        let sentence = format!("Its token is {kind}, and not active for the client {}.", client.id());
        report.add(Code::ServiceAccountAudience, sentence);
    } else {
        report.add(Code::ServiceAccountOk, format!("It gets access tokens; they are {kind}."));
    }
    if is_open {
        report.add(Code::MachineTokensOpen, "DANGER_OPEN_MACHINE_TOKEN is true.");
    } else if machine_tokens.is_enabled() {
        report.add(Code::MachineTokensOk, "MACHINE_TOKEN_CALLERS_FILE lists who may ask.");
    } else {
        report.add(Code::MachineTokensUnused, "MACHINE_TOKEN_CALLERS_FILE is not set.");
    }
}

fn service_account(context: &Context) -> Option<ServiceAccount> {
    let builder = Zitadel::builder(context.settings.config.clone()).transport(context.transport.clone());
    builder.clock(context.clock.clone()).build().ok()?.service_account()
}

fn is_personal_access_token(context: &Context) -> bool {
    let is_set = |name| context.variable(name).is_some();
    is_set("ZITADEL_SERVICE_ACCOUNT_TOKEN") || is_set("ZITADEL_SERVICE_ACCOUNT_TOKEN_FILE")
}

/// A personal access token needs no request, so that nothing has shown yet whether it is valid.
async fn is_rejected(provider: &Provider, metadata: &Metadata, token: &AccessToken) -> bool {
    let Some(endpoint) = metadata.userinfo_endpoint.as_ref().and_then(uri) else { return false };
    let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", token.expose())) else { return false };
    value.set_sensitive(true);
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = endpoint;
    request.headers_mut().insert(AUTHORIZATION, value);
    provider.send(request).await.is_ok_and(|response| response.status() == 401)
}
