//! How the application authenticates, and what it may ask for: token requests (RFC 6749 §4.1.3, §6) with a code and a refresh token
//! that do not exist. ZITADEL checks the client first, then whether the application has the grant, then the code or token.
//!
//! Nothing that the provider says about these requests is printed but its error code: they hold the secret.

use axum::http::{Response, StatusCode};
use zitadel_axum::core::{ConfiguredClient, environment::TransportError};

use super::{
    Context,
    code::Code,
    discovery::Metadata,
    provider::{OAuthError, Provider, uri},
    report::Report,
};

/// The code, the refresh token, and a secret that no client has. As a code verifier it has the length of RFC 7636 §4.1.
const BOGUS: &str = "zitadel-gateway-check-0123456789-0123456789-0123";

/// What an answer says about the client.
enum Outcome {
    Accepted,
    /// `invalid_client` (RFC 6749 §5.2).
    NotAuthenticated(OAuthError),
    /// `unauthorized_client`: it authenticated, and may not use this grant.
    GrantRefused,
    Unclear(String),
}

pub(super) async fn check(context: &Context, provider: &Provider, metadata: &Metadata, report: &mut Report) {
    let Some(client) = context.settings.config.login_client() else { return };
    let method = client.authentication_method(metadata.client_authentication);
    let Some(redirect_uri) = context.redirect_uri() else { return };
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", BOGUS),
        ("redirect_uri", redirect_uri.as_str()),
        ("code_verifier", BOGUS),
    ];
    let is_authenticated = match ask(provider, metadata, client, &fields).await {
        Outcome::NotAuthenticated(error) => {
            report.add(Code::ClientAuthenticationRefused, refusal(method, &error));
            false
        }
        Outcome::Unclear(problem) => {
            report.add(Code::ClientAuthenticationUnknown, problem);
            false
        }
        Outcome::GrantRefused => {
            report.add(Code::CodeGrantRefused, "ZITADEL refuses grant_type=authorization_code for this application.");
            true
        }
        Outcome::Accepted
            if method.starts_with("client_secret") && accepts_any_secret(provider, metadata, client).await =>
        {
            report.add(Code::ClientSecretUnused, "A wrong secret is accepted as well.");
            true
        }
        Outcome::Accepted => {
            report.add(
                Code::ClientAuthenticationOk,
                match method {
                    "none" => "The application is a public client (PKCE).".to_owned(),
                    method => format!("The application authenticates with {method}."),
                },
            );
            true
        }
    };
    if is_authenticated {
        refresh(context, provider, metadata, client, report).await;
    } else {
        report.add(Code::RefreshGrantUnknown, "It was not asked for, because the application could not authenticate.");
    }
}

async fn refresh(
    context: &Context,
    provider: &Provider,
    metadata: &Metadata,
    client: ConfiguredClient<'_>,
    report: &mut Report,
) {
    if !context.login_scopes().split(' ').any(|scope| scope == "offline_access") {
        report.add(Code::OfflineAccessMissing, "ZITADEL_SCOPES has no offline_access.");
        return;
    }
    let fields = [("grant_type", "refresh_token"), ("refresh_token", BOGUS)];
    match ask(provider, metadata, client, &fields).await {
        Outcome::Accepted => report.add(Code::RefreshGrantOk, "The application may use refresh tokens."),
        Outcome::GrantRefused => {
            report.add(Code::RefreshGrantOff, "ZITADEL refuses grant_type=refresh_token for this application.");
        }
        Outcome::NotAuthenticated(_) => {
            report.add(Code::RefreshGrantUnknown, "The application could not authenticate this time.");
        }
        Outcome::Unclear(problem) => report.add(Code::RefreshGrantUnknown, problem),
    }
}

async fn ask(
    provider: &Provider,
    metadata: &Metadata,
    client: ConfiguredClient<'_>,
    fields: &[(&str, &str)],
) -> Outcome {
    let Some(endpoint) = uri(&metadata.token_endpoint) else {
        return Outcome::Unclear("The token endpoint has an address that cannot be used.".to_owned());
    };
    outcome(provider.send(client.form_request(endpoint, metadata.client_authentication, fields)).await)
}

fn outcome(answer: Result<Response<Vec<u8>>, TransportError>) -> Outcome {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return Outcome::Unclear(format!("The token endpoint: {error}.")),
    };
    let error = OAuthError::of(&response);
    match (response.status(), error.code.as_str()) {
        (_, "invalid_client") | (StatusCode::UNAUTHORIZED, _) => Outcome::NotAuthenticated(error),
        (_, "unauthorized_client") => Outcome::GrantRefused,
        (_, "invalid_grant") | (StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND, "invalid_request") => {
            Outcome::Accepted
        }
        (status, code) => Outcome::Unclear(
            format!("The token endpoint answers {} {code}", status.as_u16()).trim_end().to_owned() + ".",
        ),
    }
}

/// An application without a secret is not asked for one, and ZITADEL ignores what it sends.
async fn accepts_any_secret(provider: &Provider, metadata: &Metadata, client: ConfiguredClient<'_>) -> bool {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", BOGUS),
        ("redirect_uri", "https://unregistered.invalid/"),
        ("code_verifier", BOGUS),
        ("client_id", client.id()),
        ("client_secret", BOGUS),
    ];
    matches!(outcome(provider.post(&metadata.token_endpoint, &fields).await), Outcome::Accepted)
}

/// In the words that ZITADEL's descriptions stand for.
fn refusal(method: &str, error: &OAuthError) -> String {
    let reason = match error.description.as_str() {
        "empty client secret" => "the application has a client secret, and none was sent",
        "invalid secret" => "the client secret is wrong",
        "empty client assertion" => "the application authenticates with a key, and none is configured",
        "invalid assertion" => "the key is not one of the application's, has expired, or the clock is wrong",
        "no active client not found" => "no active application has this client id",
        _ => "the client id or its credential is wrong",
    };
    match method {
        "none" => format!("The token endpoint refuses a public client: {reason}."),
        method => format!("The token endpoint refuses {method}: {reason}."),
    }
}
