//! `cargo run -p example-rocket`: settings, a port, a graceful end.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use rocket::{
    Build, Rocket,
    config::{Config, LogLevel},
    error::ErrorKind,
    fairing::AdHoc,
    figment::{
        Figment, Profile,
        providers::{Env, Format as _, Serialized, Toml},
    },
};
use zitadel_rocket::{ListenAddress, SettingsError, Zitadel, from_figment};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    // First of all, while there is one thread: it changes the environment.
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(problem) if problem.not_found() => {}
        // Not the line itself: it may hold a secret.
        Err(dotenvy::Error::LineParse(..)) => return Err("the file .env has a line that is not NAME=value".to_owned()),
        Err(problem) => return Err(format!("the file .env cannot be read: {problem}")),
    }

    let settings = settings();
    // The port first: no development provider is started for an app that cannot listen.
    let address = match ListenAddress::from_env() {
        Ok(address) => Ok(free(address)?),
        Err(problems) => Err(problems.to_string()),
    };
    match (address, zitadel(&settings)) {
        (Ok(address), Ok(zitadel)) => {
            // `HOST` and `PORT`, as with the other samples, also where Rocket's settings have an address.
            let settings = settings
                .merge(Serialized::global("address", address.ip()))
                .merge(Serialized::global("port", address.port()));
            rocket::execute(serve(example_rocket::app(zitadel).configure(settings), address))
        }
        // All that is wrong at once, so that one start shows what to fix.
        (address, zitadel) => Err([address.err(), zitadel.err()].into_iter().flatten().collect::<Vec<_>>().join("\n")),
    }
}

/// As `Config::figment()`, but quiet by default: at the level `normal` Rocket logs queries, and at the callback those
/// hold what a sign-in is made of.
fn settings() -> Figment {
    Figment::from(Config { log_level: LogLevel::Critical, ..Config::default() })
        .merge(Toml::file(Env::var_or("ROCKET_CONFIG", "Rocket.toml")).nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
        .select(Profile::from_env_or("ROCKET_PROFILE", Config::DEFAULT_PROFILE))
}

/// As `[default.zitadel]` in `Rocket.toml` says; else as the environment says, or with a development provider.
fn zitadel(settings: &Figment) -> Result<Zitadel, String> {
    match from_figment(settings) {
        Err(SettingsError::Settings(_)) if !settings.contains("zitadel") => {
            Zitadel::from_vars(zitadel_emulator::settings()).map_err(|problems| problems.to_string())
        }
        outcome => outcome.map_err(|problems| problems.to_string()),
    }
}

/// Fails if somebody listens there already. Rocket takes the port later, by itself.
fn free(address: SocketAddr) -> Result<SocketAddr, String> {
    TcpListener::bind(address).map(|_| address).map_err(|problem| cannot_listen(address, &problem))
}

fn cannot_listen(address: SocketAddr, problem: &io::Error) -> String {
    match problem.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken: stop what uses it, or set PORT to another"),
        _ => format!("cannot listen on {address}: {problem}; see HOST and PORT"),
    }
}

/// Until SIGINT (Ctrl-C) or SIGTERM, and some seconds longer for open requests: as `[default.shutdown]` says.
async fn serve(rocket: Rocket<Build>, address: SocketAddr) -> Result<(), String> {
    let say_where = AdHoc::on_liftoff("say where", |rocket| {
        Box::pin(async {
            #[expect(clippy::print_stdout, reason = "the person who started it is reading")]
            {
                println!("The app is at http://localhost:{}", rocket.config().port);
            }
        })
    });
    let Err(problem) = rocket.attach(say_where).launch().await else { return Ok(()) };
    match problem.kind() {
        // Requests that took longer than they may once the process was asked to stop.
        ErrorKind::Shutdown(..) => Ok(()),
        ErrorKind::Bind(problem) => Err(cannot_listen(address, problem)),
        _ => Err(problem.pretty_print().to_owned()),
    }
}
