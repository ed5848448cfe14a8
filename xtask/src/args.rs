//! The command line.

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
cargo xtask COMMAND [OPTION...]

commands
  test       install what the tests need, then run every check
  lint       format, clippy, dependency rules, layering, retired names, spelling: the checks without a test run
  features   every feature of every crate alone
  names      retired names, with file and line
  soak       browsers on several replicas while Redis, replicas, the network and the provider fail, for ten minutes;
             `cargo xtask soak --help` lists its own options
  help       this text

options
  --fail-fast          stop at the first check that fails
  --without-browser    do not run the browser test, and do not install a browser
  --without-nginx      do not run the test behind nginx, and do not install nginx
  --without-gateway-proxies
                       do not run the test of the gateway behind nginx and Caddy, and do not install them and a browser
  --without-gateway    do not run the test of several processes of the gateway over Redis
  --without-redis      do not run the tests against Redis, and do not install Redis
  --without-replicas   do not run the test of several replicas over Redis
  --without-soak       do not run the soak program for a minute
  --without-oidc-provider
                       do not run the test against npm oidc-provider, and do not install it

The last line is `N passed, N failed, N skipped`, counted in checks; a skipped check has a reason.
The exit code is 0 if none failed.";

/// A command, with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Test(Options),
    Lint(Options),
    Features(Options),
    Names(Options),
    /// With the arguments of the program.
    Soak(Vec<String>),
    Help,
}

/// The options of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) fail_fast: bool,
    /// Names of the checks with external programs that are not run, such as `browser`.
    pub(crate) without: Vec<&'static str>,
}

/// Parses the arguments after `cargo xtask`; an error names the argument that is unknown.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let Some(command) = arguments.next() else { return Ok(Command::Help) };
    if command == "soak" {
        return Ok(Command::Soak(arguments.collect()));
    }
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--fail-fast" => options.fail_fast = true,
            "--without-browser" => options.without.push("browser"),
            "--without-nginx" => options.without.push("nginx"),
            "--without-gateway-proxies" => options.without.push("gateway-proxies"),
            "--without-gateway" => options.without.push("gateway"),
            "--without-redis" => options.without.push("redis"),
            "--without-replicas" => options.without.push("replicas"),
            "--without-soak" => options.without.push("soak"),
            "--without-oidc-provider" => options.without.push("oidc-provider"),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(format!("`{other}` is not an option")),
        }
    }
    match command.as_str() {
        "test" => Ok(Command::Test(options)),
        "lint" => Ok(Command::Lint(options)),
        "features" => Ok(Command::Features(options)),
        "names" => Ok(Command::Names(options)),
        "help" | "--help" | "-h" => Ok(Command::Help),
        other => Err(format!("`{other}` is not a command")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(ToOwned::to_owned))
    }

    #[test]
    fn no_arguments_print_the_help() {
        assert_eq!(read(""), Ok(Command::Help));
        assert_eq!(read("test --help"), Ok(Command::Help));
    }

    #[test]
    fn the_soak_program_gets_its_own_arguments() {
        let arguments = ["--minutes", "1"].map(str::to_owned).to_vec();
        assert_eq!(read("soak --minutes 1"), Ok(Command::Soak(arguments)));
    }

    #[test]
    fn options_may_come_in_any_order() {
        let options = Options { fail_fast: true, without: vec!["browser"] };
        assert_eq!(read("test --without-browser --fail-fast"), Ok(Command::Test(options)));
    }

    #[test]
    fn an_unknown_argument_is_an_error_that_names_it() {
        assert_eq!(read("tset"), Err("`tset` is not a command".to_owned()));
        assert_eq!(read("test --fast"), Err("`--fast` is not an option".to_owned()));
    }

    #[test]
    fn the_help_names_every_option() {
        let without = ["browser", "nginx", "gateway-proxies", "gateway", "redis", "replicas", "soak", "oidc-provider"];
        for option in without.map(|name| format!("--without-{name}")).iter().chain([&"--fail-fast".to_owned()]) {
            assert!(HELP.contains(option.as_str()), "{option}");
            assert!(read(&format!("lint {option}")).is_ok(), "{option}");
        }
    }
}
