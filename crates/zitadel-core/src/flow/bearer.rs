//! Access token → principal.
//!
//! # Rules
//!
//! 1. A request with a bearer token is that of its user, whatever session comes with it: nothing is mixed, no same-origin evidence is
//!    needed (a browser adds no such header by itself), and no cookie is set.
//! 2. A JWT is verified here; every other token by introspection, for which credentials must be configured.
//! 3. A JWT that the known keys do not verify leads to one fetch of newer keys, at most one in five seconds whatever arrives.
//!    Within these nothing is known about one whose key is unknown: 503, not 401.
//! 4. An accepted JWT is remembered until it expires, the result of introspection for at most a minute, a rejected token for seconds;
//!    all bounded.
//! 5. One introspection per token, however many requests ask; none for a token that cannot be one.
//! 6. If the provider cannot be asked, the response is 503, never 401. A provider that failed is left alone for a moment.

use std::{sync::Arc, time::Duration};

use super::keys;
use crate::{
    access::Principal,
    answer::ErrorCode,
    engine::{ApiEngine, TokenDigest},
    error::Failure,
    http::{BearerToken, bearer_token},
    protocol::{
        AccessTokenKind,
        access_token::{self, AccessTokenError, Expected, VerifiedAccessToken},
        introspection::{self, AudienceCheck, IntrospectionError},
        jws,
        key_set::KeySet,
        retry_after::retry_after,
        token,
    },
    provider::ProviderError,
    secret::Secret,
    telemetry::{self, ProviderEndpoint},
    time::Timestamp,
    user::User,
};

/// How long a request waits for the provider: longer than one of its requests can take.
const MAX_WAIT: Duration = Duration::from_secs(12);

/// Without waiting; `None` if the provider must be asked. The request has a bearer token, or a malformed one.
pub(super) fn authenticate_cached(engine: &ApiEngine, token: BearerToken<'_>, now: Timestamp) -> Option<Principal> {
    let (token, digest) = match recall(engine, token, now) {
        Ok(known) => return Some(known),
        Err(unknown) => unknown,
    };
    let AccessTokenKind::Jwt = AccessTokenKind::of(token) else { return None };
    match access_token::verify(token, &*engine.provider.fresh_keys()?, &expected(engine), now) {
        Err(error) if error.may_be_key_rotation() => None,
        verified => Some(principal(conclude(engine, digest, token, verified.map_err(Failure::from), now))),
    }
}

pub(super) async fn authenticate(engine: &Arc<ApiEngine>, token: BearerToken<'_>) -> Principal {
    let (token, digest) = match recall(engine, token, engine.environment.clock.now()) {
        Ok(known) => return known,
        Err(unknown) => unknown,
    };
    let answer = async {
        match AccessTokenKind::of(token) {
            AccessTokenKind::Jwt => {
                let verified = verify(engine, token).await;
                conclude(engine, digest, token, verified, engine.environment.clock.now())
            }
            AccessTokenKind::Opaque => introspect_once(engine, digest, token).await,
        }
    };
    principal(tokio::time::timeout(MAX_WAIT, answer).await.unwrap_or(Err(ErrorCode::ProviderUnavailable)))
}

/// The user of a token that was accepted before; `None` if that is not known, or not so.
pub(crate) fn known_user(engine: &ApiEngine, token: &[u8], now: Timestamp) -> Option<User> {
    engine.tokens.find(engine.tokens.digest(token), now)?.ok()
}

/// What is known without keys and without the provider: of a token that was presented before, and of one that cannot be
/// accepted. Else the token and its digest.
fn recall<'t>(engine: &ApiEngine, token: BearerToken<'t>, now: Timestamp) -> Result<Principal, (&'t str, TokenDigest)> {
    let BearerToken::Present(token) = token else { return Ok(Principal::Rejected(ErrorCode::MalformedToken)) };
    let digest = engine.tokens.digest(token);
    if let Some(known) = engine.tokens.find(digest, now) {
        return Ok(principal(known));
    }
    let Some(token) = bearer_token(token) else { return Ok(Principal::Rejected(ErrorCode::MalformedToken)) };
    let refused = match AccessTokenKind::of(token) {
        AccessTokenKind::Jwt => return Err((token, digest)),
        AccessTokenKind::Opaque if token.len() > jws::MAX_BYTES => AccessTokenError::TooLarge,
        AccessTokenKind::Opaque if engine.config.client.is_none() => AccessTokenError::NoIntrospection,
        AccessTokenKind::Opaque => return Err((token, digest)),
    };
    Ok(principal(conclude(engine, digest, token, Err(refused.into()), now)))
}

fn principal(answer: Result<User, ErrorCode>) -> Principal {
    answer.map_or_else(Principal::Rejected, Principal::AccessToken)
}

fn expected(engine: &ApiEngine) -> Expected<'_> {
    Expected { issuer: engine.provider.issuer(), audiences: &engine.config.audiences }
}

/// Rule 3. Only an unknown key may be one of the newer ones: a signature that is wrong is wrong.
async fn verify(engine: &ApiEngine, token: &str) -> Result<VerifiedAccessToken, Failure> {
    let (expected, clock) = (expected(engine), &engine.environment.clock);
    let verify = |keys: &KeySet| access_token::verify(token, keys, &expected, clock.now());
    let pause = |error: AccessTokenError| if error.is_unverified() { AccessTokenError::KeysJustFetched } else { error };
    keys::verify_with_keys(&engine.provider, verify, AccessTokenError::may_be_key_rotation, pause).await
}

/// Rule 5.
async fn introspect_once(engine: &Arc<ApiEngine>, digest: TokenDigest, token: &str) -> Result<User, ErrorCode> {
    let work = || {
        let engine = Arc::clone(engine);
        let token = Secret::from(token);
        async move {
            // The request that asked before this one may have finished in between.
            if let Some(known) = engine.tokens.find(digest, engine.environment.clock.now()) {
                return known;
            }
            let answer = introspect(&engine, token.expose()).await;
            conclude(&engine, digest, token.expose(), answer, engine.environment.clock.now())
        }
    };
    engine.introspections.run(&digest, work).await.unwrap_or(Err(ErrorCode::ProviderUnavailable))
}

async fn introspect(engine: &ApiEngine, token: &str) -> Result<VerifiedAccessToken, Failure> {
    let client = engine.config.client.as_ref().ok_or(AccessTokenError::NoIntrospection)?;
    let _permit = engine.introspection_permits.acquire().await.map_err(|_| IntrospectionError::Unavailable)?;
    // Rule 6: after waiting for the permit, because others may have failed meanwhile.
    if let Some(code) = engine.provider.introspection_endpoint.pause(engine.environment.clock.now()) {
        return Err(Failure::NotIntrospected(code));
    }
    let metadata = engine.provider.metadata().await?;
    let credentials = client.client(engine.provider.issuer(), &engine.environment);
    let request = introspection::introspection_request(&metadata, &credentials, token)
        .ok_or(ProviderError::NoEndpoint("introspection_endpoint"))?;
    let answer = engine.provider.send(ProviderEndpoint::Introspection, request).await;
    let now = engine.environment.clock.now();
    let failed = |failure: Failure, pause| {
        engine.provider.introspection_endpoint.failed(now, pause, ErrorCode::from(&failure));
        failure
    };
    let response = answer.map_err(|error| failed(error.into(), None))?;
    let status = response.status().as_u16();
    let audience = match engine.config.audience_is_default {
        true => AudienceCheck::ByProvider,
        false => AudienceCheck::ByName(&client.id),
    };
    match introspection::parse(status, response.body(), &expected(engine), audience, now) {
        Ok(verified) => {
            engine.provider.introspection_endpoint.succeeded();
            Ok(verified.ok_or(AccessTokenError::Inactive)?)
        }
        Err(error) if error.is_about_token() => Err(error.into()),
        Err(error) => {
            if error.is_about_client() {
                let description = token::loggable_description(response.body());
                telemetry::introspection_refused(status, description.as_deref(), &error);
            }
            Err(failed(error.into(), retry_after(response.headers(), now)))
        }
    }
}

/// Remembers the result, and logs a rejection.
fn conclude(
    engine: &ApiEngine,
    digest: TokenDigest,
    token: &str,
    verified: Result<VerifiedAccessToken, Failure>,
    now: Timestamp,
) -> Result<User, ErrorCode> {
    match verified {
        Ok(verified) => {
            let kind = verified.kind();
            let until = match kind {
                AccessTokenKind::Jwt => verified.acceptable_until(),
                AccessTokenKind::Opaque => {
                    verified.acceptable_until().min(now.saturating_add(engine.config.introspection_cache))
                }
            };
            let user = User::from_access_token(Arc::new(verified));
            engine.tokens.accept(digest, user.clone(), until, token.len());
            telemetry::access_token_accepted(kind);
            Ok(user)
        }
        Err(failure) => {
            let code = ErrorCode::from(&failure);
            if code == ErrorCode::InvalidToken {
                engine.tokens.reject(digest, now);
                telemetry::access_token_rejected(AccessTokenKind::of(token), &failure);
            } else {
                telemetry::access_token_not_verified(AccessTokenKind::of(token), code, &failure);
            }
            Err(code)
        }
    }
}
