//! `cargo xtask test`: installs what the tests need and runs every check; works on a new machine too.
//!
//! | file | what it holds |
//! |---|---|
//! | `api_only.rs` | a build without login |
//! | `args.rs` | the command line |
//! | `plan.rs` | the checks, in their order |
//! | `check.rs` | runs the checks, prints the summary |
//! | `shell.rs` | runs programs, reads files |
//! | `external_tool.rs` | external programs of the tests, and their installation |
//! | `npm.rs` | the package of npm that a test needs |
//! | `workspace.rs` | packages, features and dependencies, from `cargo metadata` |
//! | `rules.rs` | which package may depend on which |
//! | `layering/` | which file may use which |
//! | `retired_names/` | names that are no longer used |
//! | `features.rs` | every feature alone |
//! | `soak.rs` | builds and runs the soak program |
#![expect(clippy::print_stdout, reason = "a command line tool")]

mod api_only;
mod args;
mod check;
mod external_tool;
mod features;
mod layering;
mod npm;
mod plan;
mod retired_names;
mod rules;
mod shell;
mod soak;
mod workspace;

use std::process::ExitCode;

use crate::{args::Command, shell::Shell};

fn main() -> ExitCode {
    let command = match args::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(problem) => {
            eprintln!("{problem}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    let (checks, options) = match command {
        Command::Help => {
            println!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Command::Soak(arguments) => {
            return match soak::run_with(&Shell::at_root(), &arguments) {
                Ok(()) => ExitCode::SUCCESS,
                Err(problem) => {
                    eprintln!("{problem}");
                    ExitCode::FAILURE
                }
            };
        }
        Command::Test(options) => (plan::test(), options),
        Command::Lint(options) => (plan::lint(), options),
        Command::Features(options) => (plan::features(), options),
        Command::Names(options) => (plan::names(), options),
    };
    let context = plan::Context::new(Shell::at_root(), options);
    let report = check::run(&checks, &context);
    println!("\n{report}");
    if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
