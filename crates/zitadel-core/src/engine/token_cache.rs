//! What is known about access tokens that were presented, so that most requests verify nothing.

use std::{fmt, time::Duration};

use moka::sync::Cache;
use polyval::{Polyval, universal_hash::UniversalHash as _};

use super::idle_cache::IdleCache;
use crate::{answer::ErrorCode, environment::Environment, time::Timestamp, user::User};

/// Size of the accepted tokens in bytes; about eight thousand JWTs of ZITADEL.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// How many rejected tokens are remembered: together less than 1 MiB.
const MAX_REJECTED: u64 = 2_048;
/// For how long a rejection is used: a token that is not known yet, or not valid yet, may be soon.
const REJECTED: Duration = Duration::from_secs(5);
/// What a cached token takes beside its claims, in bytes.
const OVERHEAD: usize = 512;

/// Two bounded maps by the [digest](TokenDigest) of a token: no token is kept.
pub(crate) struct TokenCache {
    key: Polyval,
    /// One that is not presented for a while is dropped.
    accepted: IdleCache<TokenDigest, Accepted>,
    rejected: Cache<TokenDigest, Timestamp, foldhash::quality::RandomState>,
}

/// A token under a key of this process: POLYVAL (RFC 8452 §3), a universal hash. Two tokens of at most 64 KiB have the same digest with a
/// probability of at most 2^-116, however they are chosen by those who do not know the key; it is random, and no digest leaves the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 16]);

struct Accepted {
    user: User,
    until: Timestamp,
}

impl TokenCache {
    pub(super) fn new(environment: &Environment) -> Self {
        let hasher = foldhash::quality::RandomState::default();
        Self {
            key: Polyval::new(&environment.random::<16>().into()),
            accepted: IdleCache::new(MAX_BYTES, &environment.clock),
            rejected: Cache::builder().max_capacity(MAX_REJECTED).time_to_live(REJECTED).build_with_hasher(hasher),
        }
    }

    pub(crate) fn digest(&self, token: &[u8]) -> TokenDigest {
        let mut hash = self.key.clone();
        hash.update_padded(token);
        // The padding would make tokens equal that differ by zero bytes at the end.
        let mut length = [0; 16];
        length[..8].copy_from_slice(&(token.len() as u64).to_le_bytes());
        hash.update(&[length.into()]);
        TokenDigest(hash.finalize().into())
    }

    /// What became of a token: who presents it, or that it was rejected.
    pub(crate) fn find(&self, digest: TokenDigest, now: Timestamp) -> Option<Result<User, ErrorCode>> {
        if let Some(accepted) = self.accepted.get(&digest, now).filter(|accepted| now < accepted.until) {
            return Some(Ok(accepted.user.clone()));
        }
        let is_rejected = self.rejected.get(&digest).is_some_and(|until| until.is_ahead_of(now, REJECTED));
        is_rejected.then_some(Err(ErrorCode::InvalidToken))
    }

    /// Remembers an accepted token; `bytes` is the size of what its claims were read from.
    pub(crate) fn accept(&self, digest: TokenDigest, user: User, until: Timestamp, bytes: usize) {
        // Claims take more than their JSON.
        let size = bytes.saturating_mul(2).saturating_add(OVERHEAD);
        self.accepted.insert(digest, Accepted { user, until }, size);
    }

    pub(crate) fn reject(&self, digest: TokenDigest, now: Timestamp) {
        self.rejected.insert(digest, now.saturating_add(REJECTED));
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("accepted", &self.accepted.len()).finish_non_exhaustive()
    }
}
