//! stub
use crate::{
    time::Timestamp,
    user::{AccessTokenKind, Claims},
};
use std::sync::Arc;
pub(crate) struct Session {}
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}
impl Session {
    pub(crate) fn claims(&self) -> &Arc<Claims> {
        unimplemented!()
    }
    pub(crate) fn started_at(&self) -> Timestamp {
        unimplemented!()
    }
    pub(crate) fn idle_expires_at(&self) -> Timestamp {
        unimplemented!()
    }
    pub(crate) fn expires_at(&self) -> Timestamp {
        unimplemented!()
    }
    pub(crate) fn access_token_expires_at(&self) -> Option<Timestamp> {
        unimplemented!()
    }
    pub(crate) fn access_token_kind(&self) -> AccessTokenKind {
        unimplemented!()
    }
    pub(crate) fn refresh_count(&self) -> u32 {
        unimplemented!()
    }
    pub(crate) fn authenticated_at(&self) -> Option<Timestamp> {
        unimplemented!()
    }
    pub(crate) fn id_token_claims(&self) -> serde_json::Map<String, serde_json::Value> {
        unimplemented!()
    }
}
