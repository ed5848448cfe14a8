//! Credential of a service account → access token.
//!
//! # Rules
//!
//! 1. A personal access token is what it is: no request, no expiry that is known here.
//! 2. A token is used while it is valid. One that will soon expire is replaced in the background; nobody waits for that.
//! 3. One request in flight, however many ask.
//! 4. A provider that failed is left alone for a moment. One that refused this account is asked again after
//!    [half a minute](REFUSED_PAUSE): it will refuse it again until an operator changes something, and ZITADEL answers a refused
//!    assertion with an internal error, which must not be repeated blindly.
//! 5. A token that an API rejected is replaced, unless it is only seconds old: then the next one would be rejected, too.

use std::{sync::Arc, time::Duration};

use crate::{
    answer::ErrorCode,
    config::ServiceAccountCredential,
    engine::{KnownToken, ServiceAccountEngine},
    error::Failure,
    protocol::{
        AccessToken, assertion,
        client::{Client, Credential},
        retry_after::retry_after,
        service_account::{self, ServiceAccountError},
        token::{self, TokenResponse},
    },
    secret::Secret,
    telemetry::{self, ProviderEndpoint},
};

/// Rule 4.
const REFUSED_PAUSE: Duration = Duration::from_secs(30);

/// A token that can be used now.
pub(crate) async fn access_token(engine: &Arc<ServiceAccountEngine>) -> Result<AccessToken, Arc<Failure>> {
    if let ServiceAccountCredential::PersonalAccessToken(token) = &engine.credential {
        return Ok(AccessToken::new(token.clone(), None));
    }
    match engine.known(engine.environment.clock.now()) {
        KnownToken::Fresh(token) => Ok(token),
        KnownToken::Due(token) => {
            renew_in_background(engine);
            Ok(token)
        }
        KnownToken::None => request_once(engine).await,
    }
}

/// Rule 5.
pub(crate) async fn access_token_after_rejection(
    engine: &Arc<ServiceAccountEngine>,
    rejected: &AccessToken,
) -> Result<AccessToken, Arc<Failure>> {
    engine.forget(rejected, engine.environment.clock.now());
    access_token(engine).await
}

/// Rule 2.
fn renew_in_background(engine: &Arc<ServiceAccountEngine>) {
    if engine.endpoint.pause(engine.environment.clock.now()).is_some() {
        return;
    }
    let Ok(permit) = Arc::clone(&engine.renewal).try_acquire_owned() else { return };
    let engine = Arc::clone(engine);
    tokio::spawn(async move {
        let _permit = permit;
        // What goes wrong is logged.
        drop(request_once(&engine).await);
    });
}

/// Rule 3.
async fn request_once(engine: &Arc<ServiceAccountEngine>) -> Result<AccessToken, Arc<Failure>> {
    let work = || {
        let engine = Arc::clone(engine);
        async move {
            // The caller that asked before this one may have finished in between.
            if let KnownToken::Fresh(token) = engine.known(engine.environment.clock.now()) {
                return Ok(token);
            }
            let response = request(&engine).await.map_err(Arc::new)?;
            Ok(engine.remember(response, engine.environment.clock.now()))
        }
    };
    let lost = || Err(Arc::new(Failure::NotRequested(ErrorCode::ProviderUnavailable)));
    engine.requests.run(&(), work).await.unwrap_or_else(lost)
}

async fn request(engine: &ServiceAccountEngine) -> Result<TokenResponse, Failure> {
    if let Some(code) = engine.endpoint.pause(engine.environment.clock.now()) {
        return Err(Failure::NotRequested(code));
    }
    let failed = |failure: Failure, pause| {
        let now = engine.environment.clock.now();
        engine.endpoint.failed(now, pause, ErrorCode::from(&failure));
        failure
    };
    let metadata = engine.provider.metadata().await.inspect_err(|error| telemetry::service_account_failed(error))?;
    let (request, by_assertion) = match &engine.credential {
        ServiceAccountCredential::Key(key) => {
            let (random, now) = (engine.environment.random(), engine.environment.clock.now());
            // As in `ClientConfig::client`: a key that was read signs.
            let assertion = assertion::sign(key, engine.provider.issuer(), random, now).unwrap_or_default();
            (service_account::assertion_request(&metadata, &assertion, &engine.scopes), true)
        }
        ServiceAccountCredential::Secret(id, secret) => {
            let client = Client { id, credential: Credential::Secret(secret, None) };
            (service_account::client_credentials_request(&metadata, &client, &engine.scopes), false)
        }
        ServiceAccountCredential::PersonalAccessToken(token) => return Ok(static_response(token)),
    };
    let answer = engine.provider.send(ProviderEndpoint::Token, request).await;
    let response = answer.map_err(|error| {
        telemetry::service_account_failed(&error);
        failed(error.into(), None)
    })?;
    let status = response.status().as_u16();
    match service_account::parse(status, response.body(), by_assertion) {
        Ok(tokens) => {
            engine.endpoint.succeeded();
            telemetry::service_account_token_obtained(tokens.expires_in);
            if !service_account::names_project(&engine.scopes) {
                telemetry::service_account_without_project();
            }
            Ok(tokens)
        }
        Err(error) if error.is_refusal() => {
            let description = token::loggable_description(response.body());
            log_refusal(engine, status, description.as_deref(), &error);
            Err(failed(error.into(), Some(REFUSED_PAUSE)))
        }
        Err(error) => {
            telemetry::service_account_failed(&error);
            Err(failed(error.into(), retry_after(response.headers(), engine.environment.clock.now())))
        }
    }
}

fn log_refusal(engine: &ServiceAccountEngine, status: u16, description: Option<&str>, error: &ServiceAccountError) {
    let key = match &engine.credential {
        ServiceAccountCredential::Key(key) => Some((key.key_id(), key.expiration())),
        _ => None,
    };
    telemetry::service_account_refused(status, description, key, error);
}

/// Rule 1: a response that needed no request.
fn static_response(token: &Secret<String>) -> TokenResponse {
    TokenResponse::of_access_token(token.clone())
}
