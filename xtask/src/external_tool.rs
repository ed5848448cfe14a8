//! External programs that some tests need: finds them, and installs them where the user has the permission.

use std::path::PathBuf;

use crate::shell::{Shell, find, run, works};

/// A check that needs external programs: integration tests of this name, in any package, whose tests are `#[ignore]`d, so
/// that `cargo test --workspace` needs nothing but Rust.
#[derive(Debug)]
pub(crate) struct ExternalTool {
    /// Name of the check, and of the test target.
    pub(crate) name: &'static str,
    pub(crate) programs: &'static [Program],
}

/// A program, and the Debian package that contains it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) debian: &'static str,
    /// The names of the program; one of them is enough.
    pub(crate) names: &'static [&'static str],
    /// The environment variable that tells the test the path of the program.
    pub(crate) variable: &'static str,
}

const CHROMIUM_PROGRAM: Program = Program {
    debian: "chromium",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    variable: "CHROMIUM",
};
const CHROMEDRIVER_PROGRAM: Program =
    Program { debian: "chromium-driver", names: &["chromedriver"], variable: "CHROMEDRIVER" };
const NGINX_PROGRAM: Program = Program { debian: "nginx", names: &["nginx"], variable: "NGINX" };
const CADDY_PROGRAM: Program = Program { debian: "caddy", names: &["caddy"], variable: "CADDY" };

pub(crate) const BROWSER: ExternalTool =
    ExternalTool { name: "browser", programs: &[CHROMIUM_PROGRAM, CHROMEDRIVER_PROGRAM] };

pub(crate) const REDIS: ExternalTool = ExternalTool { name: "redis", programs: REDIS_SERVER };
/// Several replicas over a real Redis.
pub(crate) const REPLICAS: ExternalTool = ExternalTool { name: "replicas", programs: REDIS_SERVER };
/// Several processes of the gateway over a real Redis.
pub(crate) const GATEWAY: ExternalTool = ExternalTool { name: "gateway", programs: REDIS_SERVER };
/// A short run of the soak program.
pub(crate) const SOAK: ExternalTool = ExternalTool { name: "soak", programs: REDIS_SERVER };

const REDIS_SERVER: &[Program] =
    &[Program { debian: "redis-server", names: &["redis-server", "valkey-server"], variable: "REDIS_SERVER" }];

pub(crate) const NGINX: ExternalTool = ExternalTool { name: "nginx", programs: &[NGINX_PROGRAM] };

/// The gateway behind nginx and Caddy, in a browser too.
pub(crate) const GATEWAY_PROXIES: ExternalTool = ExternalTool {
    name: "gateway-proxies",
    programs: &[NGINX_PROGRAM, CADDY_PROGRAM, CHROMIUM_PROGRAM, CHROMEDRIVER_PROGRAM],
};

impl Program {
    pub(crate) fn path(&self) -> Option<PathBuf> {
        find(self.names)
    }
}

/// Installs the programs that are missing; an error lists what to install by hand.
pub(crate) fn install<'a>(shell: &Shell, programs: impl IntoIterator<Item = &'a Program>) -> Result<(), String> {
    let missing: Vec<_> = programs.into_iter().filter(|program| program.path().is_none()).collect();
    if missing.is_empty() {
        println!("all programs are installed");
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|program| program.debian).collect();
    apt_get(shell, &packages).map_err(|why| advice(&packages, &why))?;
    match missing.iter().find(|program| program.path().is_none()) {
        None => Ok(()),
        Some(program) => {
            Err(format!("`{}` was installed, but none of {:?} is on the path", program.debian, program.names))
        }
    }
}

fn apt_get(shell: &Shell, packages: &[&str]) -> Result<(), String> {
    if find(&["apt-get"]).is_none() {
        return Err("apt-get was not found".to_owned());
    }
    let mut rights: Vec<&str> =
        if crate::shell::read(&mut shell.program("id", &["-u"])).is_ok_and(|id| id.trim() == "0") {
            vec!["env"]
        } else if works(&mut shell.program("sudo", &["-n", "true"])) {
            vec!["sudo", "-n", "env"]
        } else {
            return Err("not root, and sudo would ask for a password".to_owned());
        };
    rights.extend(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
    let Some((program, rights)) = rights.split_first() else { return Ok(()) };
    let apt = |words: &[&str]| run(&mut shell.program(program, &[rights, words].concat()));
    // A new machine has no list of packages yet.
    apt(&["update"])?;
    apt(&[["install", "-y", "--no-install-recommends"].as_slice(), packages].concat())
}

fn advice(packages: &[&str], why: &str) -> String {
    format!(
        "please install {} (on Debian: `apt-get install {}`); not installed automatically: {why}",
        packages.join(" and "),
        packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_found_is_not_installed() {
        let cargo = Program { debian: "no-such-package", names: &["no-such-program", "cargo"], variable: "X" };
        assert_eq!(install(&Shell::at_root(), [&cargo]), Ok(()));
    }

    #[test]
    fn the_advice_contains_the_command_to_run() {
        assert_eq!(
            advice(&["chromium", "chromium-driver"], "not root"),
            "please install chromium and chromium-driver (on Debian: `apt-get install chromium chromium-driver`); \
             not installed automatically: not root"
        );
    }
}
