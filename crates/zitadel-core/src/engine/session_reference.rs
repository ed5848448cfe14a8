//! `SessionReference`: what the cookie of a stored session holds.

use serde::{Deserialize, Serialize};

use super::sealed_cookie::sealable_by_postcard;
use crate::{session::SessionId, time::Timestamp};

/// What a key of the store is made of, after its kind.
pub(super) type Digest = [u8; 32];

/// Where the body of a session is, and what must be asked with it: whether it ended. The digests are those of the store's
/// keys, so that body and ends are read in one round trip, and an end that is known here needs none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionReference {
    pub(super) id: SessionId,
    pub(super) started_at: Timestamp,
    /// The absolute limit.
    pub(super) expires_at: Timestamp,
    pub(super) subject: Digest,
    pub(super) provider_session: Option<Digest>,
}

sealable_by_postcard!(SessionReference);
