//! Browsers on several replicas while Redis, replicas, the network and the provider fail.
//!
//! `cargo xtask soak` builds and runs it. It starts one `redis-server`, an emulator of the provider, and the sample
//! applications as processes of their own, each on another framework; cuts, kills and restarts them by a schedule that
//! follows from a seed; and lets browsers log in, open pages, log out and be logged out meanwhile. It fails if a user was
//! logged out without a reason, if a session that ended was accepted, or if a refresh is not accounted for.
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs`, `random.rs` | the command line; random numbers that follow from the seed |
//! | `schedule.rs` | what fails when |
//! | `app.rs` | the process of a replica: a sample application |
//! | `replica.rs` | starts and kills such a process |
//! | `provider.rs` | the way from the replicas to the emulator: records token requests, and fails on demand |
//! | `logout_receiver.rs` | the public address, at which the provider delivers logout tokens |
//! | `client.rs`, `browser.rs`, `copies.rs` | browsers, and copies of the cookies of sessions that ended |
//! | `record/` | what happened: sessions, refresh tokens, ends, outages; and whether it was right |
//! | `report.rs` | the figures |
#![expect(clippy::print_stdout, reason = "a command line tool")]

mod app;
mod browser;
mod client;
mod copies;
mod logout_receiver;
mod options;
mod provider;
mod random;
mod record;
mod replica;
mod report;
mod run;
mod schedule;

use std::process::ExitCode;

use self::options::Command;

fn main() -> ExitCode {
    match options::parse(std::env::args().skip(1)) {
        Ok(Command::Replica(framework)) => example_start::main(|| app::serve(framework)),
        Ok(Command::Run(options)) => run::run(&options),
        Ok(Command::Help) => {
            println!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}\n\n{}", options::HELP);
            ExitCode::from(2)
        }
    }
}
