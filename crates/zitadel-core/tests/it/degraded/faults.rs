//! The rows of the table: what is broken, and how it is mended.

use zitadel_core::environment::TransportError;
use zitadel_emulator::{EndpointName, Fault as Answer};

use super::{scene::Scene, store::Mode};
use crate::support::emulator;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Nothing,
    StoreDown,
    StoreSlow,
    StoreRestarted,
    StoreFlushed,
    StoreFailingOver,
    StoreReadOnly,
    ProviderDown,
    ProviderSlow,
    ProviderFails,
    ProviderGarbage,
    ProviderOtherKeys,
    BothDown,
}

/// The endpoints of the provider that this application calls.
const CALLED: [EndpointName; 5] =
    [EndpointName::Discovery, EndpointName::Keys, EndpointName::Token, EndpointName::UserInfo, EndpointName::Revoke];

impl Fault {
    pub(super) const ALL: [Self; 13] = [
        Self::Nothing,
        Self::StoreDown,
        Self::StoreSlow,
        Self::StoreRestarted,
        Self::StoreFlushed,
        Self::StoreFailingOver,
        Self::StoreReadOnly,
        Self::ProviderDown,
        Self::ProviderSlow,
        Self::ProviderFails,
        Self::ProviderGarbage,
        Self::ProviderOtherKeys,
        Self::BothDown,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::StoreDown => "store down",
            Self::StoreSlow => "store slow: no answer within 2 s",
            Self::StoreRestarted => "store restarted, nothing lost",
            Self::StoreFlushed => "store flushed: everything lost",
            Self::StoreFailingOver => "store failing over",
            Self::StoreReadOnly => "store read-only, or full",
            Self::ProviderDown => "ZITADEL down",
            Self::ProviderSlow => "ZITADEL slow: no answer within 8 s",
            Self::ProviderFails => "ZITADEL answers 500",
            Self::ProviderGarbage => "ZITADEL answers with garbage",
            Self::ProviderOtherKeys => "ZITADEL publishes other keys",
            Self::BothDown => "store and ZITADEL down",
        }
    }

    pub(super) async fn begin(self, scene: &Scene) {
        let (store, app) = (&scene.store, &scene.app);
        match self {
            Self::Nothing => {}
            Self::StoreDown | Self::StoreFailingOver => store.set(Mode::Down).await,
            Self::StoreSlow => store.set(Mode::Slow).await,
            Self::StoreRestarted => store.restart().await,
            Self::StoreFlushed => store.flush().await,
            Self::StoreReadOnly => store.set(Mode::ReadOnly).await,
            Self::ProviderDown => app.transport.fail(TransportError::Connect),
            Self::ProviderSlow => app.transport.set_hanging(true),
            Self::ProviderFails => answer(scene, &Answer::Status(500)),
            Self::ProviderGarbage => {
                let (content_type, body) = ("application/json".to_owned(), b"{\"keys\": [{".to_vec());
                answer(scene, &Answer::StatusBody { status: 200, content_type, body });
            }
            Self::ProviderOtherKeys => {
                let request = http::Request::get("https://zitadel.example/oauth/v2/keys").body(Vec::new()).unwrap();
                let keys = emulator().respond(request).await.unwrap();
                let (content_type, body) = ("application/json".to_owned(), keys.into_body());
                app.emulator.fault(EndpointName::Keys, Answer::StatusBody { status: 200, content_type, body });
                // The keys of before are fetched again.
                app.advance(301);
            }
            Self::BothDown => {
                store.set(Mode::Down).await;
                app.transport.fail(TransportError::Connect);
            }
        }
    }

    pub(super) async fn end(self, scene: &Scene) {
        if self == Self::StoreFailingOver {
            // The replica lacks what was written last.
            scene.store.flush().await;
        }
        scene.store.set(Mode::Up).await;
        scene.app.transport.recover();
        scene.app.transport.set_hanging(false);
        scene.app.emulator.clear_faults();
    }
}

fn answer(scene: &Scene, with: &Answer) {
    CALLED.into_iter().for_each(|endpoint| scene.app.emulator.fault(endpoint, with.clone()));
}
