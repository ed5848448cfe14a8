//! `cargo run -p zitadel-gateway`: the command line.

use std::{env, process::ExitCode};

use clap::{Parser, Subcommand};
use zitadel_gateway::{
    ServeArgs, Settings,
    check::{self, CheckArgs},
};

/// One authentication service for many applications, with ZITADEL as identity provider.
///
/// The settings of login, sessions and access tokens are the environment variables that `.env.example` explains: ZITADEL_DOMAIN,
/// ZITADEL_CLIENT_ID, ZITADEL_CALLBACK_URL, SESSION_SECRET and others. Those of the gateway itself are options with a variable each.
/// Variables may stand in a file `.env` in the working directory.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves; what happens without a command, too.
    Serve(ServeArgs),
    /// Verifies the settings against the live provider, and says what to change where. The status is 0 without warnings and errors,
    /// 1 with warnings, 2 with errors.
    Check(CheckArgs),
}

fn main() -> ExitCode {
    zitadel_process::main(|| {
        let command_line = CommandLine::parse();
        match command_line.command {
            Some(Command::Serve(args)) => serve(args),
            Some(Command::Check(args)) => Ok(zitadel_process::runtime()?.block_on(check::run(args))),
            None => serve(command_line.serve),
        }
    })
}

fn serve(args: ServeArgs) -> Result<ExitCode, String> {
    zitadel_process::log();
    let settings = Settings::new(args, |name| env::var(name).ok()).map_err(|problems| problems.to_string())?;
    let (listener, address) = zitadel_process::listen(settings.listen)?;
    let builder = zitadel_process::builder(settings.config.clone())?;
    let zitadel = builder.build().map_err(|problems| problems.to_string())?;
    zitadel_process::runtime()?
        .block_on(zitadel_gateway::serve(listener, address, zitadel, settings))
        .map(|()| ExitCode::SUCCESS)
}
