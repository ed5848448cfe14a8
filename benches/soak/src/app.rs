//! The process of a replica: one of the sample applications. Its variables come from the environment.

use std::net::TcpListener;

use actix_web::{HttpServer, rt::System};
use example_start::{builder, config, listen, listen_address, log};
use zitadel_core::Zitadel;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
    Rocket,
}

impl Framework {
    pub(crate) const ALL: [Self; 3] = [Self::Axum, Self::Actix, Self::Rocket];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Rocket => "rocket",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.name() == name)
    }
}

/// Serves until the process is killed.
pub(crate) fn serve(framework: Framework) -> Result<(), String> {
    log();
    let (listener, address) = listen(listen_address()?)?;
    let config = config(address.port())?;
    let zitadel = builder(config)?.pages(example_pages::pages()).build().map_err(|error| error.to_string())?;
    match framework {
        Framework::Axum => serve_axum(listener, zitadel),
        Framework::Actix => serve_actix(listener, zitadel),
        Framework::Rocket => {
            // Rocket opens a socket of its own.
            drop(listener);
            serve_rocket(address, zitadel)
        }
    }
}

fn serve_axum(listener: TcpListener, zitadel: Zitadel) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    let served = runtime.block_on(async {
        listener.set_nonblocking(true)?;
        axum::serve(tokio::net::TcpListener::from_std(listener)?, example_axum::app(zitadel)).await
    });
    served.map_err(|error| error.to_string())
}

fn serve_actix(listener: TcpListener, zitadel: Zitadel) -> Result<(), String> {
    let served = System::new().block_on(async {
        HttpServer::new(move || example_actix::app(zitadel.clone())).workers(2).listen(listener)?.run().await
    });
    served.map_err(|error| error.to_string())
}

fn serve_rocket(address: std::net::SocketAddr, zitadel: Zitadel) -> Result<(), String> {
    let config = rocket::Config {
        address: address.ip(),
        port: address.port(),
        log_level: rocket::config::LogLevel::Critical,
        ..rocket::Config::debug_default()
    };
    let served = rocket::execute(example_rocket::app(zitadel).configure(config).launch());
    served.map(drop).map_err(|error| error.to_string())
}
