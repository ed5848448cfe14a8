//! `cargo run -p example-rocket`: settings, a port, a graceful end.

use std::{net::SocketAddr, process::ExitCode};

use example_start::{cannot_listen, listen};
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
use zitadel_rocket::{ConfigError, ListenAddress, SettingsError, Zitadel, from_figment};

fn main() -> ExitCode {
    example_start::main(run)
}

fn run() -> Result<(), String> {
    let settings = settings();
    // The port first: no development provider is started for an app that cannot listen.
    let address = ListenAddress::from_env().map_err(|problems| with_all_others(&problems, &settings))?;
    // Rocket takes it by itself, later: this one is given back.
    let (_, address) = listen(address)?;
    let zitadel = match from_figment(&settings) {
        Err(SettingsError::Settings(_)) if nothing_is_set(&settings) => {
            Zitadel::from_vars(zitadel_emulator::settings_at(address.port())).map_err(|problems| problems.to_string())
        }
        outcome => outcome.map_err(|problems| problems.to_string()),
    }?;
    // `HOST` and `PORT`, as with the other samples, also where Rocket's settings have an address.
    let settings =
        settings.merge(Serialized::global("address", address.ip())).merge(Serialized::global("port", address.port()));
    rocket::execute(serve(example_rocket::app(zitadel).configure(settings), address))
}

/// Whether neither a variable nor a table in `Rocket.toml` names a provider.
fn nothing_is_set(settings: &Figment) -> bool {
    zitadel_emulator::is_wanted() && !settings.contains("zitadel")
}

/// All that is wrong at once, so that one start shows what to fix.
fn with_all_others(problems: &ConfigError, settings: &Figment) -> String {
    match from_figment(settings) {
        Err(SettingsError::Settings(_)) if nothing_is_set(settings) => problems.to_string(),
        Err(others) => format!("{problems}\n{others}"),
        Ok(_) => problems.to_string(),
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
