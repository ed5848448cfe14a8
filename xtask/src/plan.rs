//! The checks, in their order: quick ones first.

use crate::{
    api_only,
    args::Options,
    check::{Check, Outcome},
    external_tool::{self, BROWSER, ExternalTool, GATEWAY, GATEWAY_PROXIES, NGINX, REDIS, REPLICAS, SOAK},
    features::combinations,
    layering,
    npm::{self, OIDC_PROVIDER},
    retired_names, rules,
    shell::{Shell, read, run, works},
    workspace::Workspace,
};

/// What the checks use.
#[derive(Debug)]
pub(crate) struct Context {
    shell: Shell,
    pub(crate) options: Options,
    workspace: Result<Workspace, String>,
}

impl Context {
    pub(crate) fn new(shell: Shell, options: Options) -> Self {
        let workspace = Workspace::load(&shell);
        Self { shell, options, workspace }
    }

    fn workspace(&self) -> Result<&Workspace, String> {
        self.workspace.as_ref().map_err(Clone::clone)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        run(&mut self.shell.cargo(arguments))
    }

    /// Whether cargo has this subcommand.
    fn has(&self, subcommand: &str) -> bool {
        works(&mut self.shell.cargo(&[subcommand, "--version"]))
    }
}

const FORMAT: Check = Check { name: "format", run: |it| format(it).into() };
const CLIPPY: Check = Check {
    name: "clippy",
    run: |it| it.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).into(),
};
const RULES: Check = Check { name: "dependency rules", run: dependency_rules };
const LAYERING: Check = Check { name: "layering", run: layers };
const NAMES: Check = Check { name: "retired names", run: names_in_use };
const SPELLING: Check = Check { name: "spelling", run: spelling };
const FEATURES: Check = Check { name: "each feature alone", run: each_feature };
const API_ONLY: Check = Check {
    name: "API without login",
    run: |it| it.workspace().and_then(|workspace| api_only::check(&it.shell, workspace)).into(),
};

/// `cargo xtask test`
pub(crate) fn test() -> Vec<Check> {
    vec![
        Check { name: "install", run: install },
        FORMAT,
        RULES,
        LAYERING,
        NAMES,
        SPELLING,
        CLIPPY,
        Check { name: "tests", run: tests },
        Check { name: "doc tests", run: |it| it.cargo(&["test", "--no-fail-fast", "--workspace", "--doc"]).into() },
        Check { name: BROWSER.name, run: |it| external_tool_test(it, &BROWSER) },
        Check { name: NGINX.name, run: |it| external_tool_test(it, &NGINX) },
        Check { name: GATEWAY_PROXIES.name, run: |it| external_tool_test(it, &GATEWAY_PROXIES) },
        Check { name: REDIS.name, run: |it| external_tool_test(it, &REDIS) },
        Check { name: GATEWAY.name, run: |it| external_tool_test(it, &GATEWAY) },
        Check { name: REPLICAS.name, run: |it| external_tool_test(it, &REPLICAS) },
        Check { name: SOAK.name, run: |it| external_tool_test(it, &SOAK) },
        Check { name: OIDC_PROVIDER.name, run: oidc_provider },
        Check { name: "docs", run: docs },
        FEATURES,
        API_ONLY,
        Check { name: "deny", run: deny },
        Check { name: "advisories", run: advisories },
        Check { name: "oldest Rust", run: oldest_rust },
    ]
}

/// `cargo xtask lint`
pub(crate) fn lint() -> Vec<Check> {
    vec![FORMAT, RULES, LAYERING, NAMES, SPELLING, CLIPPY]
}

/// `cargo xtask features`
pub(crate) fn features() -> Vec<Check> {
    vec![FEATURES]
}

/// `cargo xtask names`
pub(crate) fn names() -> Vec<Check> {
    vec![NAMES]
}

/// The files that `cargo fmt` finds, and those it does not find, because a macro compiles them once per framework.
fn format(context: &Context) -> Result<(), String> {
    context.cargo(&["fmt", "--all", "--check"])?;
    let files = context.shell.files("tests", "rs").map_err(|error| format!("tests: {error}"))?;
    let check = run(context.shell.program("rustfmt", &["--check", "--edition", "2024"]).args(files));
    check.map_err(|_| {
        "rustfmt --check --edition 2024 $(find tests -name '*.rs'); without --check it formats them".to_owned()
    })
}

/// Installs the external programs of the checks that will run.
fn install(context: &Context) -> Outcome {
    let needed = [&BROWSER, &NGINX, &GATEWAY_PROXIES, &GATEWAY, &REDIS, &REPLICAS, &SOAK]
        .into_iter()
        .filter(|it| skip_reason(context, it).is_none());
    external_tool::install(&context.shell, needed.flat_map(|it| it.programs)).into()
}

/// The whole workspace at once, here and in the other checks that build tests: another selection of packages has other
/// features, and builds the dependencies again.
fn tests(context: &Context) -> Outcome {
    let runner: &[&str] = if context.has("nextest") { &["nextest", "run"] } else { &["test", "--tests"] };
    let mode: &[&str] = if context.options.fail_fast { &[] } else { &["--no-fail-fast"] };
    context.cargo(&[runner, mode, &["--workspace"]].concat()).into()
}

/// Why a check with external programs is skipped; `None` if it runs.
fn skip_reason(context: &Context, which: &ExternalTool) -> Option<String> {
    let name = which.name;
    if context.options.without.contains(&name) {
        return Some(format!("--without-{name} was set"));
    }
    if which.programs == REDIS.programs && context.options.without.contains(&REDIS.name) {
        return Some("it needs Redis, and --without-redis was set".to_owned());
    }
    let mut tests = context.workspace().ok()?.members().flat_map(|member| &member.tests);
    (!tests.any(|test| test == name)).then(|| format!("no package has a test `{name}`"))
}

/// Tests that `cargo test` ignores, because they need external programs.
fn external_tool_test(context: &Context, which: &ExternalTool) -> Outcome {
    if let Some(reason) = skip_reason(context, which) {
        return Outcome::Skipped(reason);
    }
    let test = ["test", "--workspace", "--test", which.name];
    match read(context.shell.cargo(&test).args(["--", "--ignored", "--list"])) {
        Ok(list) if list.lines().any(|line| line.ends_with(": test")) => {}
        // A target without tests must not pass.
        Ok(_) => return Outcome::Failed(format!("the test `{}` contains no test with `#[ignore]`", which.name)),
        Err(why) => return Outcome::Failed(why),
    }
    let mut command = context.shell.cargo(&test);
    for program in which.programs {
        match program.path() {
            Some(path) => command.env(program.variable, path),
            // `install` has reported it as a failure.
            None => return Outcome::Skipped(format!("`{}` is missing, see `install`", program.debian)),
        };
    }
    // One at a time: each starts its own browser or server.
    run(command.args(["--", "--ignored", "--test-threads", "1"])).into()
}

fn oidc_provider(context: &Context) -> Outcome {
    if let Some(reason) = skip_reason(context, &OIDC_PROVIDER) {
        return Outcome::Skipped(reason);
    }
    let workspace = match context.workspace() {
        Ok(workspace) => workspace,
        Err(why) => return Outcome::Failed(why),
    };
    match npm::install_oidc_provider(&context.shell, &workspace.target) {
        Ok(()) => external_tool_test(context, &OIDC_PROVIDER),
        Err(outcome) => outcome,
    }
}

fn docs(context: &Context) -> Outcome {
    let mut command = context.shell.cargo(&["doc", "--no-deps", "--workspace"]);
    run(command.env("RUSTDOCFLAGS", "-D warnings")).into()
}

fn dependency_rules(context: &Context) -> Outcome {
    let broken = match context.workspace() {
        Ok(workspace) => rules::broken(workspace),
        Err(why) => return Outcome::Failed(why),
    };
    if broken.is_empty() { Outcome::Passed } else { Outcome::Failed(broken.join("\n")) }
}

/// The order of the core's modules, and which paths the source files may contain.
fn layers(context: &Context) -> Outcome {
    let broken = match layering::read(&context.shell) {
        Ok(files) => layering::broken(&files),
        Err(why) => return Outcome::Failed(why),
    };
    if broken.is_empty() { Outcome::Passed } else { Outcome::Failed(broken.join("\n")) }
}

/// Retired names and phrases, which the standard ones replaced.
fn names_in_use(context: &Context) -> Outcome {
    let found = match retired_names::find(&context.shell) {
        Ok(found) => found,
        Err(why) => return Outcome::Failed(why),
    };
    let lines = || format!("{} occurrences\n{}", found.len(), found.join("\n"));
    if found.is_empty() { Outcome::Passed } else { Outcome::Failed(lines()) }
}

fn spelling(context: &Context) -> Outcome {
    if works(&mut context.shell.program("typos", &["--version"])) {
        run(&mut context.shell.program("typos", &[])).into()
    } else {
        Outcome::Skipped("typos is not installed: cargo install typos-cli --locked".to_owned())
    }
}

fn each_feature(context: &Context) -> Outcome {
    let workspace = match context.workspace() {
        Ok(workspace) => workspace,
        Err(why) => return Outcome::Failed(why),
    };
    // All of them, so that one run lists every failure.
    let all: Vec<_> = workspace.members().flat_map(combinations).collect();
    let failed: Vec<_> = all
        .iter()
        .filter_map(|words| context.cargo(&words.iter().map(String::as_str).collect::<Vec<_>>()).err())
        .collect();
    println!("{} combinations checked", all.len());
    if failed.is_empty() { Outcome::Passed } else { Outcome::Failed(failed.join("; ")) }
}

const NO_DENY: &str = "cargo-deny is not installed: cargo install cargo-deny --locked";

fn deny(context: &Context) -> Outcome {
    if !context.has("deny") {
        return Outcome::Skipped(NO_DENY.to_owned());
    }
    // Errors only: the warnings about duplicate versions of a crate are 250 lines long and do not fail the check.
    context
        .cargo(&["deny", "--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
        .into()
}

/// Separate from the rest of cargo-deny, because it needs a database from the network.
fn advisories(context: &Context) -> Outcome {
    if !context.has("deny") {
        return Outcome::Skipped(NO_DENY.to_owned());
    }
    if let Err(why) = read(&mut context.shell.cargo(&["deny", "fetch", "db"])) {
        let last = why.lines().last().unwrap_or_default();
        return Outcome::Skipped(format!("the advisory database cannot be fetched here: {last}"));
    }
    context.cargo(&["deny", "check", "--disable-fetch", "advisories"]).into()
}

/// The minimum supported Rust version of the manifests, if rustup has installed it.
fn oldest_rust(context: &Context) -> Outcome {
    let minimum = context.workspace().ok().and_then(|it| it.member("zitadel-core")?.rust_version.clone());
    let Some(minimum) = minimum else { return Outcome::Failed("zitadel-core has no rust-version".to_owned()) };
    let installed = read(&mut context.shell.program("rustup", &["toolchain", "list"])).unwrap_or_default();
    let Some(toolchain) = toolchain(&installed, &minimum) else {
        return Outcome::Skipped(format!("Rust {minimum} is not installed: rustup toolchain install {minimum}"));
    };
    let words = ["run", toolchain, "cargo", "check", "--workspace", "--all-targets"];
    let mut command = context.shell.program("rustup", &words);
    // The cargo that started this program has set them for its own toolchain.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    run(&mut command).into()
}

/// The name of a version in `rustup toolchain list`: for `1.89`, `1.89-…` or `1.89.x-…`, but not `1.890-…`.
fn toolchain<'a>(installed: &'a str, version: &str) -> Option<&'a str> {
    let names = installed.lines().filter_map(|line| line.split_whitespace().next());
    names
        .into_iter()
        .find(|name| name.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_found_by_its_whole_version() {
        let installed = "stable-x86_64-unknown-linux-gnu (active, default)\n1.8-x\n1.89.0-x86_64-unknown-linux-gnu\n";
        assert_eq!(toolchain(installed, "1.89"), Some("1.89.0-x86_64-unknown-linux-gnu"));
        assert_eq!(toolchain(installed, "1.90"), None);
        assert_eq!(toolchain("1.890-x", "1.89"), None);
    }

    #[test]
    fn a_check_that_an_option_excludes_is_skipped_with_the_reason() {
        let options = Options { without: vec!["browser"], ..Options::default() };
        let context = Context::new(Shell::at_root(), options);
        assert_eq!(external_tool_test(&context, &BROWSER), Outcome::Skipped("--without-browser was set".to_owned()));
    }

    #[test]
    fn layers_and_retired_names_are_checked_by_test_and_by_lint() {
        for checks in [test(), lint()] {
            for name in ["layering", "retired names"] {
                assert!(checks.iter().any(|check| check.name == name), "{name}");
            }
        }
    }

    #[test]
    fn every_check_has_its_own_name() {
        let mut names: Vec<_> = test().iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), test().len());
    }
}
