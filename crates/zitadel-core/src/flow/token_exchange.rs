//! Access token → access token for another audience (RFC 8693).
//!
//! # Rules
//!
//! 1. It authenticates as the client of the login, or as that of introspection in an application without one.
//! 2. Nothing is kept: every call asks the provider, unless the token endpoint failed a moment ago.
//! 3. What an operator or a developer has to change is an error in the log, with what that is; everything else a warning.

use crate::{
    config::ClientConfig,
    engine::Engine,
    error::Failure,
    protocol::{
        AccessToken, token,
        token_exchange::{self, TokenExchange, TokenExchangeError},
    },
    telemetry::{self, ProviderEndpoint},
};

pub(crate) async fn exchange(
    engine: &Engine,
    subject: &AccessToken,
    exchange: &TokenExchange,
) -> Result<AccessToken, Failure> {
    match send(engine, subject, exchange).await {
        Ok(token) => Ok(token),
        Err((Failure::TokenExchange(error), description)) if error.is_permanent() => {
            telemetry::token_exchange_refused(hint(error), description.as_deref(), &error);
            Err(error.into())
        }
        Err((failure, _)) => {
            telemetry::token_exchange_failed(&failure);
            Err(failure)
        }
    }
}

/// The token, or why there is none, and what the provider said about it.
async fn send(
    engine: &Engine,
    subject: &AccessToken,
    exchange: &TokenExchange,
) -> Result<AccessToken, (Failure, Option<String>)> {
    let silent = |failure: Failure| (failure, None);
    let client = client(engine).ok_or(TokenExchangeError::NoClient).map_err(|error| silent(error.into()))?;
    let environment = &engine.environment;
    if let Some(reason) = engine.provider.token_endpoint.pause(environment.clock.now()) {
        return Err(silent(Failure::NotRequested(reason)));
    }
    let metadata = engine.provider.metadata().await.map_err(|error| silent(error.into()))?;
    let client = client.client(engine.provider.issuer(), environment);
    let request = token_exchange::exchange_request(&metadata, &client, subject, exchange);
    let sent_at = environment.clock.now();
    let response = engine.provider.send(ProviderEndpoint::Token, request).await;
    let response = response.map_err(|error| silent(error.into()))?;
    token_exchange::parse(response.status().as_u16(), response.body(), exchange, sent_at)
        .map_err(|error| (error.into(), token::loggable_description(response.body())))
}

/// Rule 1.
fn client(engine: &Engine) -> Option<&ClientConfig> {
    #[cfg(feature = "login")]
    if let Some(login) = &engine.login {
        return Some(&login.config.client);
    }
    engine.api.as_ref()?.config.client.as_ref()
}

/// Rule 3.
const fn hint(error: TokenExchangeError) -> &'static str {
    match error {
        TokenExchangeError::FeatureDisabled => "turn on the feature `oidcTokenExchange` of the instance in ZITADEL",
        TokenExchangeError::NotPermitted(_) => "allow the grant type Token Exchange in the settings of the application",
        TokenExchangeError::InvalidTarget => {
            "request the audience at login: add urn:zitadel:iam:org:project:id:PROJECT_ID:aud to ZITADEL_SCOPES"
        }
        TokenExchangeError::InvalidScope => "add the scope to ZITADEL_SCOPES: an exchange cannot add one",
        TokenExchangeError::NoClient => "set ZITADEL_CLIENT_ID, and ZITADEL_CLIENT_SECRET or a key file",
        _ => "compare ZITADEL_CLIENT_ID and its secret with the settings of the application in ZITADEL",
    }
}
