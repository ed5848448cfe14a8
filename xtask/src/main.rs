//! `cargo xtask test`: installs what the tests need and runs every check, on a fresh machine too.
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | the command line |
//! | `plan.rs` | which checks there are, in which order |
//! | `step.rs` | running them, the summary |
//! | `shell.rs` | other programs |
//! | `machine.rs` | programs that are not Rust's, and installing them |
//! | `workspace.rs` | what `cargo metadata` says about us |
//! | `rules.rs` | who may depend on whom |
//! | `layering/` | which file may use which |
//! | `retired_names/` | names that are no longer used |
//! | `features.rs` | every feature alone |
#![expect(clippy::print_stdout, reason = "a command line tool")]

mod args;
mod features;
mod layering;
mod machine;
mod plan;
mod retired_names;
mod rules;
mod shell;
mod step;
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
    let (steps, options) = match command {
        Command::Help => {
            println!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Command::Test(options) => (plan::test(), options),
        Command::Lint(options) => (plan::lint(), options),
        Command::Features(options) => (plan::features(), options),
        Command::Names(options) => (plan::names(), options),
    };
    let context = plan::Context::new(Shell::at_root(), options);
    let report = step::run(&steps, &context);
    println!("\n{report}");
    if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
