//! `Authenticated`: one request, what its authentication found, and the engine that did it.

use std::sync::Arc;

use super::principal::Principal;
use crate::{answer::Pages, engine::Engine, http::RequestHead, time::Timestamp};

/// Shared by an [`Authentication`](super::Authentication) and the denials that come of it.
pub(super) struct Authenticated {
    pub(super) engine: Arc<Engine>,
    pub(super) head: RequestHead,
    pub(super) principal: Principal,
    /// When it was authenticated: the time of every decision about it.
    pub(super) now: Timestamp,
    /// `Set-Cookie` values for the response.
    pub(super) cookies: Vec<String>,
}

impl Authenticated {
    pub(super) fn pages(&self) -> &Pages {
        self.engine.pages()
    }

    /// Where a browser logs in; `None` if the application has no login.
    pub(super) fn login_path(&self) -> Option<&str> {
        self.engine.login.as_ref().map(|login| login.config.login_path())
    }
}
