//! The command line.

use std::{num::NonZeroUsize, time::Duration};

use crate::app::Framework;

pub(crate) const HELP: &str = "\
cargo xtask soak [--minutes N] [--browsers N] [--replicas N] [--seed N]

  --minutes    how long the browsers are busy, default 10; may be a fraction
  --browsers   how many there are, default 200
  --replicas   how many processes of the application, default 3: axum, actix-web and Rocket in turn
  --seed       of what fails when, and of what the browsers do; default: the time

The exit code is 0 if nothing went wrong. REDIS_SERVER: the program, if it is not in PATH.
RUST_LOG: what the replicas write into the files whose folder is printed.";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Run(Options),
    Help,
    /// A process of the application, started by this program.
    Replica(Framework),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) duration: Duration,
    pub(crate) browsers: usize,
    pub(crate) replicas: usize,
    pub(crate) seed: u64,
}

/// An error says which argument is wrong.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut options = Options { duration: Duration::from_secs(600), browsers: 200, replicas: 3, seed };
    while let Some(name) = arguments.next() {
        if name == "--help" {
            return Ok(Command::Help);
        }
        let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value"))?;
        let wrong = || format!("{name}: `{value}` is not allowed");
        let count = || value.parse::<NonZeroUsize>().map(NonZeroUsize::get).map_err(|_| wrong());
        match name.as_str() {
            "--minutes" => {
                let minutes = value.parse::<f64>().ok().filter(|it| (0.5..=1440.0).contains(it)).ok_or_else(wrong)?;
                options.duration = Duration::from_secs_f64(minutes * 60.0);
            }
            "--browsers" => options.browsers = count()?,
            "--replicas" => options.replicas = count()?,
            "--seed" => options.seed = value.parse().map_err(|_| wrong())?,
            "--replica" => return Framework::parse(&value).map(Command::Replica).ok_or_else(wrong),
            _ => return Err(format!("`{name}` is not an option")),
        }
    }
    Ok(Command::Run(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(ToOwned::to_owned))
    }

    #[test]
    fn every_option_is_read_and_named_in_the_help() {
        let options = Options { duration: Duration::from_secs(90), browsers: 3, replicas: 2, seed: 7 };
        assert_eq!(read("--seed 7 --minutes 1.5 --replicas 2 --browsers 3"), Ok(Command::Run(options)));
        assert_eq!(read("--replica rocket"), Ok(Command::Replica(Framework::Rocket)));
        assert!(["--minutes", "--browsers", "--replicas", "--seed"].iter().all(|option| HELP.contains(option)));
    }

    #[test]
    fn a_wrong_argument_is_named() {
        assert_eq!(read("--minutes 0.1").unwrap_err(), "--minutes: `0.1` is not allowed");
        assert_eq!(read("--browsers 0").unwrap_err(), "--browsers: `0` is not allowed");
        assert_eq!(read("--seed").unwrap_err(), "`--seed` needs a value");
        assert_eq!(read("--fast 1").unwrap_err(), "`--fast` is not an option");
    }
}
