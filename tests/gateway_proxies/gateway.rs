//! Two gateways that share a store, each in a runtime of its own, so that one can be stopped in the middle of everything.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::SystemTime,
};

use behaviours::{MovedClock, Port};
use tokio::{net::TcpSocket, runtime::Runtime};
use zitadel_axum::Zitadel;
use zitadel_core::environment::{MemoryStore, SystemClock};
use zitadel_emulator::Emulator;
use zitadel_gateway::{ServeArgs, Settings};

/// A running gateway; it stops when it is dropped.
pub(crate) struct Gateway {
    /// Kept after its end, so that no other program of a test listens there.
    port: Port,
    runtime: Option<Runtime>,
}

impl Gateway {
    /// Two of them behind the proxy at `base`.
    pub(crate) fn start_two(emulator: &Emulator, base: &str, clock: &MovedClock, extra: &[(&str, &str)]) -> [Self; 2] {
        let mut vars: BTreeMap<_, _> = emulator.env_for(base).into_iter().collect();
        let (callback, after_logout) = (format!("{base}/api/v1/callback"), format!("{base}/api/v1/logout/callback"));
        emulator.client().update(|client| {
            client.redirect_uris.push(callback.clone());
            client.post_logout_redirect_uris.push(after_logout.clone());
        });
        vars.extend([
            ("ZITADEL_CALLBACK_URL".to_owned(), callback),
            ("ZITADEL_POST_LOGOUT_URL".to_owned(), after_logout),
            ("ZITADEL_POST_LOGIN_URL".to_owned(), "/".to_owned()),
        ]);
        let mut args = ServeArgs::default();
        for (name, value) in extra {
            match *name {
                "TRUSTED_PROXIES" => args.forward_auth.trusted_proxies = Some((*value).to_owned()),
                name => drop(vars.insert(name.to_owned(), (*value).to_owned())),
            }
        }
        let settings = Settings::new(args, |name| vars.get(name).cloned()).unwrap();
        let store = Arc::new(MemoryStore::new(SystemClock));
        [(); 2].map(|()| Self::start(&settings, clock, &store))
    }

    fn start(settings: &Settings, clock: &MovedClock, store: &Arc<MemoryStore>) -> Self {
        let builder = Zitadel::builder(settings.config.clone()).clock(clock.clone()).store(Arc::clone(store));
        let zitadel = builder.build().unwrap();
        let app = zitadel_gateway::app(&zitadel, settings);
        let port = Port::reserve();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (listening, listens) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket.bind(address).unwrap();
            let listener = socket.listen(1024).unwrap();
            listening.send(()).unwrap();
            let service = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).await.unwrap();
        });
        listens.recv().unwrap();
        Self { port, runtime: Some(runtime) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its connections break off, and nothing listens at its port.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A provider and a clock that stand still.
pub(crate) async fn provider(builder: zitadel_emulator::EmulatorBuilder) -> (Emulator, MovedClock) {
    let now = SystemTime::now();
    (builder.time(now).start().await.unwrap(), MovedClock::starting_at(now))
}
