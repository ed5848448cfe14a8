//! Redeems an authorization code, exactly once (RFC 6749 §4.1.2: a provider SHOULD revoke all tokens of a code that comes
//! twice).
//!
//! # Rules
//!
//! 1. In this process requests with the same callback share one task; a client that hangs up does not end it. Between
//!    replicas the one that claims the login redeems, and the others wait for its outcome.
//! 2. An attempt whose token request was sent is over, whatever came back: the code may be spent.
//! 3. If an organization was requested, the user must belong to it; and the user must have authenticated as a page required it.
//! 4. Userinfo is fetched before there is a session: ZITADEL leaves roles and profile out of the ID token.
//! 5. Tokens of a login that fails after its code was redeemed are revoked.

use std::{sync::Arc, time::Duration};

use super::{
    end_session,
    tokens::{self, ExpectedToken},
};
use crate::{
    config::UserInfoSource,
    engine::{CookieValue, LoginClaim, LoginEngine, LoginOutcome},
    environment::{StoreError, StoreKey},
    error::Failure,
    protocol::{
        authorization::{CodeGrant, check_organization, check_step_up},
        discovery::ProviderMetadata,
        id_token::Nonce,
        token::TokenResponse,
        token_request,
    },
    session::Session,
    telemetry::{self, Operation},
    time::Timestamp,
};

/// How long a login may be in the hands of another replica: longer than a token request, keys and userinfo take.
const MAX_REDEMPTION: Duration = Duration::from_secs(20);
/// Between two looks for its outcome.
const PAUSE: Duration = Duration::from_millis(100);
/// Looks at the same outcome, should the clock stand still.
const MAX_POLLS: u32 = 300;

/// What becomes of the login whose outcome belongs to `key`.
///
/// # Errors
///
/// [`Failure::Store`] or [`Failure::Provider`]: the code was not sent, and may be redeemed later.
pub(crate) async fn redeem(
    engine: &Arc<LoginEngine>,
    key: &StoreKey,
    grant: CodeGrant,
) -> Result<LoginOutcome, Failure> {
    // What another request left comes first: the metadata are not needed for it.
    if let Some(outcome) = engine.sessions.login_outcome(key).await? {
        telemetry::callback_repeated();
        return Ok(outcome);
    }
    let metadata = engine.provider.metadata().await?;
    // Without keys the ID token cannot be verified, and the code would be lost.
    engine.provider.keys().await?;
    let grant = Arc::new(grant);
    let work = || {
        let (engine, key) = (Arc::clone(engine), key.clone());
        let (grant, metadata) = (Arc::clone(&grant), Arc::clone(&metadata));
        async move {
            let outcome = claim_and_redeem(&engine, &key, &grant, &metadata).await;
            outcome.inspect_err(|error| telemetry::login_not_coordinated(error)).ok()
        }
    };
    match engine.redemptions.run(key, work).await.flatten() {
        Some(outcome) => Ok(outcome),
        None => Err(StoreError::new("the login could not be claimed").into()),
    }
}

async fn claim_and_redeem(
    engine: &Arc<LoginEngine>,
    key: &StoreKey,
    grant: &CodeGrant,
    metadata: &ProviderMetadata,
) -> Result<LoginOutcome, StoreError> {
    if let LoginClaim::TakenAt(claimed_at) = engine.sessions.claim_login(key, engine.config.login_timeout).await? {
        return wait_for_outcome(engine, key, claimed_at).await;
    }
    let outcome = match exchange(engine, grant, metadata).await {
        Ok((session, cookie)) => {
            telemetry::login_completed(session.access_token_kind(), cookie.len());
            LoginOutcome::Completed { session, cookie }
        }
        Err(failure) => {
            let (code, incident) = engine.log_failure(Operation::Login, &failure);
            LoginOutcome::Failed { code, incident: incident.map(Arc::from) }
        }
    };
    engine.sessions.publish_login(key, &outcome).await;
    Ok(outcome)
}

/// Another replica, or an earlier request, claimed the login.
async fn wait_for_outcome(
    engine: &LoginEngine,
    key: &StoreKey,
    claimed_at: Timestamp,
) -> Result<LoginOutcome, StoreError> {
    telemetry::callback_repeated();
    let until = claimed_at.saturating_add(MAX_REDEMPTION);
    for _ in 0..MAX_POLLS {
        if let Some(outcome) = engine.sessions.login_outcome(key).await? {
            return Ok(outcome);
        }
        if engine.environment.clock.now() >= until {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    telemetry::login_outcome_missing();
    Ok(LoginOutcome::Redeemed)
}

async fn exchange(
    engine: &Arc<LoginEngine>,
    grant: &CodeGrant,
    metadata: &ProviderMetadata,
) -> Result<(Arc<Session>, CookieValue), Failure> {
    let client = engine.config.client.client(engine.provider.issuer(), &engine.environment);
    let request = token_request::code_request(metadata, &client, &engine.config.redirect_uri, grant);
    let tokens = tokens::request(engine, request).await?;
    match establish(engine, metadata, grant, &tokens, engine.environment.clock.now()).await {
        Ok(established) => Ok(established),
        Err(failure) => {
            // Rule 5.
            end_session::revoke_unused(engine, tokens).await;
            Err(failure)
        }
    }
}

/// From tokens to a session, with every check of both.
async fn establish(
    engine: &LoginEngine,
    metadata: &ProviderMetadata,
    grant: &CodeGrant,
    tokens: &TokenResponse,
    now: Timestamp,
) -> Result<(Arc<Session>, CookieValue), Failure> {
    let expected =
        ExpectedToken { nonce: Nonce::MustEqual(grant.nonce.expose()), max_age: grant.max_age, subject: None };
    let id_token = tokens.id_token.as_ref().ok_or(Failure::NoIdToken)?;
    let proof = tokens::verify_id_token(engine, id_token, &tokens.access_token, expected, now).await?;
    check_step_up(grant.step_up.as_ref(), &proof, now)?;
    let user_info = match engine.config.user_info {
        UserInfoSource::Endpoint => {
            tokens::user_info(&engine.provider, metadata, &tokens.access_token, proof.subject()).await?
        }
        UserInfoSource::IdTokenOnly => None,
    };
    let session = engine.sessions.establish(&proof, tokens, user_info.as_ref(), grant.is_persistent, now);
    check_organization(grant.organization.as_deref(), session.claims())?;
    Ok(engine.sessions.save(&session, None, engine.sessions.begin_check()).await?)
}
