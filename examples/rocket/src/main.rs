//! `cargo run -p example-rocket`: settings, a port, graceful shutdown.

use std::{net::SocketAddr, process::ExitCode};

use example_start::{builder, cannot_listen, config, listen, listen_address, with_variables_that_are_set};
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
use zitadel_rocket::{SettingsError, from_figment};

fn main() -> ExitCode {
    example_start::main(run)
}

fn run() -> Result<(), String> {
    let settings = settings();
    // The port first: if it is in use, no emulator is started.
    let address = listen_address().map_err(|problems| with_other_problems(problems, &settings))?;
    // Closed again: Rocket opens its own socket later.
    let (_, address) = listen(address)?;
    let config = match from_figment(&settings) {
        Err(SettingsError::Config(_)) if nothing_is_set(&settings) => config(address.port()),
        outcome => outcome.map_err(|error| with_variables_that_are_set(error.to_string())),
    }?;
    let zitadel = builder(config)?.pages(example_pages::pages()).build().map_err(|error| error.to_string())?;
    // `HOST` and `PORT` override the address of Rocket's settings, as in the other samples.
    let settings =
        settings.merge(Serialized::global("address", address.ip())).merge(Serialized::global("port", address.port()));
    rocket::execute(serve(example_rocket::app(zitadel).configure(settings), address))
}

/// Whether neither a variable nor a table in `Rocket.toml` names a provider.
fn nothing_is_set(settings: &Figment) -> bool {
    zitadel_emulator::is_wanted() && !settings.contains("zitadel")
}

/// Adds the problems of the other settings, so that one start lists all of them.
fn with_other_problems(problems: String, settings: &Figment) -> String {
    match from_figment(settings) {
        Err(others) if !nothing_is_set(settings) => with_variables_that_are_set(format!("{problems}\n{others}")),
        _ => problems,
    }
}

/// As `Config::figment()`, but with the log level `critical` by default: at the level `normal` Rocket logs the queries of
/// the application's pages.
fn settings() -> Figment {
    Figment::from(Config { log_level: LogLevel::Critical, ..Config::default() })
        .merge(Toml::file(Env::var_or("ROCKET_CONFIG", "Rocket.toml")).nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
        .select(Profile::from_env_or("ROCKET_PROFILE", Config::DEFAULT_PROFILE))
}

/// Serves until SIGINT (Ctrl-C) or SIGTERM, then finishes open requests for some seconds (`[default.shutdown]`).
async fn serve(rocket: Rocket<Build>, address: SocketAddr) -> Result<(), String> {
    let print_address = AdHoc::on_liftoff("print the address", |rocket| {
        Box::pin(async {
            #[expect(clippy::print_stdout, reason = "the address, for the user of the program")]
            {
                println!("The app is at http://localhost:{}", rocket.config().port);
            }
        })
    });
    let Err(error) = rocket.attach(print_address).launch().await else { return Ok(()) };
    match error.kind() {
        // Some requests took longer than the grace period.
        ErrorKind::Shutdown(..) => Ok(()),
        ErrorKind::Bind(error) => Err(cannot_listen(address, error)),
        _ => Err(error.pretty_print().to_owned()),
    }
}
