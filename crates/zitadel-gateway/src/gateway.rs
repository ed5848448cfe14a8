//! `Gateway`: what the handlers share.

use std::sync::Arc;

use zitadel_axum::Zitadel;

use crate::{
    config,
    login::SinglePageApp,
    machine_token::MachineTokens,
    settings::{Settings, SpaOrigin},
};

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Gateway {
    /// Errors below `/api/v1` are JSON.
    pub(crate) zitadel: Zitadel,
    pub(crate) spa: Option<Arc<SinglePageApp>>,
    pub(crate) machine_tokens: Arc<MachineTokens>,
}

impl Gateway {
    pub(crate) fn new(zitadel: &Zitadel, settings: &Settings) -> Self {
        let spa = settings.spa_origin.as_ref().map(|origin| Arc::new(SinglePageApp::new(origin, settings)));
        Self {
            zitadel: zitadel.clone().with_api_path(config::BASE),
            spa,
            machine_tokens: Arc::new(MachineTokens::new(zitadel, &settings.machine_tokens)),
        }
    }

    pub(crate) fn spa_origin(&self) -> Option<&SpaOrigin> {
        self.spa.as_deref().map(SinglePageApp::origin)
    }
}
