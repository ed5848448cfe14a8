//! The one-time code of a single-page application: proof, for a minute, that its browser has just finished a login.
//!
//! # Rules
//!
//! 1. 256 random bits. The store has a hash of the code as key and the session's id as value: neither reading the store nor its
//!    logs gives a code or a token.
//! 2. It is valid for 60 seconds.
//! 3. It is redeemed with the cookie of the session that the login made. The code alone (read in a history, or by an
//!    extension that reads URLs) is of no use, and neither is a link with the code of another user.
//! 4. It is redeemed once, in all replicas that share a store. An attempt with another session does not use it up.

use std::time::Duration;

use zitadel_axum::{
    ErrorCode, Zitadel,
    core::{
        User,
        environment::{Entropy as _, StoreError, StoreKey, SystemEntropy},
    },
};

use crate::error::ApiError;

/// Rule 2: time for one request, from a slow phone.
const LIFETIME: Duration = Duration::from_secs(60);

/// What the store has instead of the session's id when the code was redeemed; no id has this length.
const REDEEMED: &[u8] = b"redeemed";

/// Makes a code for the session of this user.
///
/// # Errors
///
/// 503 if the store does not answer; 500 for a user without a session.
pub(super) async fn issue(zitadel: &Zitadel, user: &User) -> Result<String, ApiError> {
    let session = session_id(user)?;
    let mut random = [0; 32];
    SystemEntropy.fill(&mut random);
    let code = base64_simd::URL_SAFE_NO_PAD.encode_to_string(random);
    let is_new = zitadel.store().put_if_absent(&key(&code), session.into_bytes(), LIFETIME).await;
    if is_new.map_err(|error| unavailable(&error))? {
        Ok(code)
    } else {
        // Two equal codes of 256 random bits.
        Err(ApiError::from_code(ErrorCode::Internal))
    }
}

/// Whether the code is that of this user's session, and was not redeemed before. Rules 3 and 4.
///
/// # Errors
///
/// 503 if the store does not answer.
pub(super) async fn redeem(zitadel: &Zitadel, code: &str, user: &User) -> Result<bool, ApiError> {
    let session = session_id(user)?.into_bytes();
    let key = key(code);
    let swapped = zitadel.store().compare_and_swap(&key, &session, REDEEMED.to_vec(), LIFETIME).await;
    swapped.map_err(|error| unavailable(&error))
}

fn key(code: &str) -> StoreKey {
    StoreKey::hashed("gateway/code", code.as_bytes())
}

fn session_id(user: &User) -> Result<String, ApiError> {
    user.session().map(|session| session.id()).ok_or_else(|| ApiError::from_code(ErrorCode::Internal))
}

fn unavailable(error: &StoreError) -> ApiError {
    tracing::warn!(name: "one_time_code_not_stored", error = error as &dyn std::error::Error, "one_time_code_not_stored");
    ApiError::from_code(ErrorCode::StoreUnavailable)
}
