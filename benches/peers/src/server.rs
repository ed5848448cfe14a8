//! The process of a row: a protected route on one port and the same route without protection on another, on one core; or
//! both without a socket, for callgrind.

use std::{fmt, io::Read as _, net::TcpListener, process::ExitCode};

use zitadel_core::Zitadel;

use crate::{
    contender::{Contender, Credential, Framework, PATH, actix, axum, axum_07, rocket},
    process,
};

/// Headers of a request.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// Why a row cannot be measured.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

impl Failed {
    pub(crate) fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string().replace('\n', " "))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the measuring process says in environment variables, beside those that ours reads itself.
pub(crate) struct Settings {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) sample_jwt: String,
    ports: (u16, u16),
}

impl Settings {
    fn from_env() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let port = |name: &str| variable(name).parse().unwrap_or_default();
        Self {
            issuer: variable("ZITADEL_DOMAIN"),
            client_id: variable("ZITADEL_CLIENT_ID"),
            client_secret: variable("ZITADEL_CLIENT_SECRET"),
            sample_jwt: variable("PEERS_SAMPLE_JWT"),
            ports: (port("PEERS_PORT"), port("PEERS_BARE_PORT")),
        }
    }

    pub(crate) fn keys_url(&self) -> String {
        format!("{}/oauth/v2/keys", self.issuer)
    }

    /// Ours, with its own settings.
    pub(crate) fn ours(&self) -> Result<Zitadel, Failed> {
        let own = std::env::vars().filter(|(name, _)| name.starts_with("ZITADEL_") || name == "SESSION_SECRET");
        let config = zitadel_core::ConfigBuilder::from_vars(own).build().map_err(Failed::new)?;
        Ok(Zitadel::new(config))
    }
}

/// Serves until standard input is closed.
pub(crate) fn serve(contender: &Contender) -> ExitCode {
    process::pin_to_core(0);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    match run(contender, &Settings::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(reason)) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(contender: &Contender, settings: &Settings) -> Result<(), Failed> {
    let listen = |port| {
        let listener = TcpListener::bind(("127.0.0.1", port)).map_err(Failed::new)?;
        listener.set_nonblocking(true).map_err(Failed::new)?;
        Ok(listener)
    };
    let (port, bare_port) = settings.ports;
    let (listener, bare_listener) = (listen(port)?, listen(bare_port)?);
    match contender.framework {
        Framework::Axum => runtime().block_on(async {
            tokio::spawn(axum::serve(axum::bare(), bare_listener));
            axum::serve(axum::protected(contender, settings).await?, listener).await
        }),
        Framework::Axum07 => runtime().block_on(async {
            tokio::spawn(axum_07::serve(axum_07::bare(), bare_listener));
            axum_07::serve(axum_07::protected(settings).await?, listener).await
        }),
        Framework::Actix => actix::system().block_on(async {
            actix_web::rt::spawn(actix::serve(actix::bare(), bare_listener));
            actix::serve(actix::protected(contender, settings).await?, listener).await
        }),
        Framework::Rocket => runtime().block_on(async {
            tokio::spawn(rocket::serve(rocket::bare(bare_port), bare_listener));
            rocket::serve(rocket::protected(contender, settings, port)?, listener).await
        }),
    }
}

/// Sends requests without a socket, for callgrind. The first ones are not counted: they may fetch and remember something.
pub(crate) fn send(contender: &Contender, bare: bool, requests: u64) {
    let settings = Settings::from_env();
    let credential = std::env::var("PEERS_CREDENTIAL").unwrap();
    let headers = headers(contender.credential, &credential);
    let mut send: Box<dyn FnMut()> = match contender.framework {
        Framework::Axum => {
            let runtime = runtime();
            let app = if bare { Ok(axum::bare()) } else { runtime.block_on(axum::protected(contender, &settings)) };
            // Some fetch keys in a task, which only runs while the runtime does.
            runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_secs(2)).await });
            let app = app.unwrap();
            // The sessions of peers are only known to the process that made them.
            let headers = match contender.credential {
                Credential::Session if !bare && !contender.is_ours() => {
                    self::headers(contender.credential, &runtime.block_on(axum::log_in(app.clone())))
                }
                _ => headers,
            };
            axum::driver(app, headers, runtime)
        }
        Framework::Axum07 => {
            let runtime = runtime();
            let app = if bare { Ok(axum_07::bare()) } else { runtime.block_on(axum_07::protected(&settings)) };
            axum_07::driver(app.unwrap(), headers, runtime)
        }
        Framework::Actix => {
            let system = actix::system();
            let app = if bare { Ok(actix::bare()) } else { system.block_on(actix::protected(contender, &settings)) };
            actix::driver(&app.unwrap(), headers, system)
        }
        Framework::Rocket => {
            let app = if bare { Ok(rocket::bare(0)) } else { rocket::protected(contender, &settings, 0) };
            rocket::driver(app.unwrap(), headers, runtime())
        }
    };
    send();
    send_requests(&mut *send, requests);
}

/// The only function that is counted.
#[inline(never)]
fn send_requests(send: &mut dyn FnMut(), requests: u64) {
    for _ in 0..requests {
        send();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The headers of a program that presents a token, or of a browser that presents cookies.
pub(crate) fn headers(credential: Credential, value: &str) -> Headers {
    match credential {
        Credential::Jwt | Credential::Opaque => vec![
            ("host", "localhost:3000".to_owned()),
            ("user-agent", "reqwest/0.13".to_owned()),
            ("accept", "*/*".to_owned()),
            ("authorization", format!("Bearer {value}")),
        ],
        Credential::Session => vec![
            ("host", "localhost:3000".to_owned()),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)".to_owned()),
            ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8".to_owned()),
            ("accept-language", "en-GB,en;q=0.5".to_owned()),
            ("accept-encoding", "gzip, deflate, br".to_owned()),
            ("sec-fetch-site", "same-origin".to_owned()),
            ("sec-fetch-mode", "navigate".to_owned()),
            ("cookie", format!("theme=dark; {value}; consent=yes")),
        ],
    }
}

/// The request of a route.
pub(crate) fn request(credential: Credential, value: &str) -> Vec<u8> {
    crate::http_client::get(PATH, &headers(credential, value))
}
