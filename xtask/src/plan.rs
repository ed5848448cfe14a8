//! Which checks there are, in which order: cheap ones first.

use crate::{
    args::Options,
    features::combinations,
    layering,
    machine::{self, BROWSER, Outside, REDIS},
    retired_names, rules,
    shell::{Shell, read, run, works},
    step::{Outcome, Step},
    workspace::Workspace,
};

/// What checks may look at.
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

    fn cargo(&self, words: &[&str]) -> Result<(), String> {
        run(&mut self.shell.cargo(words))
    }

    /// Whether cargo has this subcommand.
    fn has(&self, subcommand: &str) -> bool {
        works(&mut self.shell.cargo(&[subcommand, "--version"]))
    }
}

const FORMAT: Step = Step { name: "format", work: |it| format(it).into() };
const CLIPPY: Step = Step {
    name: "clippy",
    work: |it| it.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).into(),
};
const RULES: Step = Step { name: "dependency rules", work: dependency_rules };
const LAYERING: Step = Step { name: "layering", work: layers };
const NAMES: Step = Step { name: "retired names", work: names_in_use };
const SPELLING: Step = Step { name: "spelling", work: spelling };
const FEATURES: Step = Step { name: "each feature alone", work: each_feature };

/// `cargo xtask test`
pub(crate) fn test() -> Vec<Step> {
    vec![
        Step { name: "install", work: install },
        FORMAT,
        RULES,
        LAYERING,
        SPELLING,
        CLIPPY,
        Step { name: "tests", work: |it| tests(it, &["--workspace", "--exclude", "behaviours"]) },
        Step { name: "doc tests", work: |it| it.cargo(&["test", "--no-fail-fast", "--workspace", "--doc"]).into() },
        Step { name: "behaviours", work: |it| tests(it, &["--package", "behaviours"]) },
        Step { name: BROWSER.name, work: |it| outside(it, &BROWSER) },
        Step { name: REDIS.name, work: |it| outside(it, &REDIS) },
        Step { name: "docs", work: docs },
        FEATURES,
        Step { name: "deny", work: deny },
        Step { name: "advisories", work: advisories },
        Step { name: "oldest Rust", work: oldest_rust },
    ]
}

/// `cargo xtask lint`
pub(crate) fn lint() -> Vec<Step> {
    vec![FORMAT, RULES, LAYERING, SPELLING, CLIPPY]
}

/// `cargo xtask features`
pub(crate) fn features() -> Vec<Step> {
    vec![FEATURES]
}

/// `cargo xtask names`
pub(crate) fn names() -> Vec<Step> {
    vec![NAMES]
}

/// What `cargo fmt` reaches, and the files it does not: those compiled once per framework, from within a macro.
fn format(context: &Context) -> Result<(), String> {
    context.cargo(&["fmt", "--all", "--check"])?;
    let files = context.shell.files("tests/tests", "rs").map_err(|error| format!("tests/tests: {error}"))?;
    let check = run(context.shell.program("rustfmt", &["--check", "--edition", "2024"]).args(files));
    check.map_err(|_| {
        "rustfmt --check --edition 2024 $(find tests/tests -name '*.rs'); without --check it mends".to_owned()
    })
}

/// Installs the programs of the checks that will run.
fn install(context: &Context) -> Outcome {
    let wanted = [&BROWSER, &REDIS].into_iter().filter(|it| left_out(context, it).is_none());
    machine::install(&context.shell, wanted.flat_map(|it| it.programs)).into()
}

fn tests(context: &Context, which: &[&str]) -> Outcome {
    let words: &[&str] = if context.has("nextest") { &["nextest", "run"] } else { &["test", "--tests"] };
    let all: &[&str] = if context.options.fail_fast { &[] } else { &["--no-fail-fast"] };
    context.cargo(&[words, all, which].concat()).into()
}

/// Why a check with programs of its own does not run, if it does not.
fn left_out(context: &Context, which: &Outside) -> Option<String> {
    let name = which.name;
    if context.options.without.contains(&name) {
        return Some(format!("asked for with --without-{name}"));
    }
    let behaviours = context.workspace().ok()?.member("behaviours")?;
    (!behaviours.tests.iter().any(|test| test == name)).then(|| format!("there is no tests/tests/{name}.rs yet"))
}

/// Tests that plain `cargo test` ignores, because they need more than Rust.
fn outside(context: &Context, which: &Outside) -> Outcome {
    if let Some(reason) = left_out(context, which) {
        return Outcome::Skipped(reason);
    }
    let test = ["test", "--package", "behaviours", "--test", which.name];
    match read(context.shell.cargo(&test).args(["--", "--ignored", "--list"])) {
        Ok(list) if list.lines().any(|line| line.ends_with(": test")) => {}
        // Nothing to run is no success.
        Ok(_) => return Outcome::Failed(format!("tests/tests/{}.rs has no test marked `#[ignore]`", which.name)),
        Err(why) => return Outcome::Failed(why),
    }
    let mut command = context.shell.cargo(&test);
    for program in which.programs {
        match program.path() {
            Some(path) => command.env(program.variable, path),
            // `install` has failed then, and with it the run.
            None => return Outcome::Skipped(format!("`{}` is missing, see `install`", program.debian)),
        };
    }
    // One at a time: each starts a browser or a server of its own.
    run(command.args(["--", "--ignored", "--test-threads", "1"])).into()
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

/// The order of the core's modules, and what our crates may mention.
fn layers(context: &Context) -> Outcome {
    let broken = match layering::read(&context.shell) {
        Ok(files) => layering::broken(&files),
        Err(why) => return Outcome::Failed(why),
    };
    if broken.is_empty() { Outcome::Passed } else { Outcome::Failed(broken.join("\n")) }
}

/// Names and phrases that the standard ones replaced.
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
    // All of them, so that one run shows everything that is broken.
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
    // Errors only: that two versions of a crate are about is worth a look now and then, not 250 lines each time.
    context
        .cargo(&["deny", "--log-level", "error", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
        .into()
}

/// Apart from the rest of cargo-deny: it needs a database from the network.
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

/// The oldest Rust that the manifests promise, when rustup has it.
fn oldest_rust(context: &Context) -> Outcome {
    let promised = context.workspace().ok().and_then(|it| it.member("zitadel-core")?.rust_version.clone());
    let Some(promised) = promised else { return Outcome::Failed("zitadel-core promises no rust-version".to_owned()) };
    let installed = read(&mut context.shell.program("rustup", &["toolchain", "list"])).unwrap_or_default();
    let Some(toolchain) = toolchain(&installed, &promised) else {
        return Outcome::Skipped(format!("Rust {promised} is not installed: rustup toolchain install {promised}"));
    };
    let words = ["run", toolchain, "cargo", "check", "--workspace", "--all-targets"];
    let mut command = context.shell.program("rustup", &words);
    // Set for us by the cargo of today.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    run(&mut command).into()
}

/// The line of `rustup toolchain list` for a version: `1.89` is `1.89-…` or `1.89.x-…`, and not `1.8…`.
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
    fn the_oldest_toolchain_is_found_by_its_whole_version() {
        let installed = "stable-x86_64-unknown-linux-gnu (active, default)\n1.8-x\n1.89.0-x86_64-unknown-linux-gnu\n";
        assert_eq!(toolchain(installed, "1.89"), Some("1.89.0-x86_64-unknown-linux-gnu"));
        assert_eq!(toolchain(installed, "1.90"), None);
        assert_eq!(toolchain("1.890-x", "1.89"), None);
    }

    #[test]
    fn what_was_left_out_on_purpose_is_skipped_with_the_reason() {
        let options = Options { without: vec!["browser"], ..Options::default() };
        let context = Context::new(Shell::at_root(), options);
        assert_eq!(outside(&context, &BROWSER), Outcome::Skipped("asked for with --without-browser".to_owned()));
    }

    #[test]
    fn the_layers_are_checked_by_test_and_by_lint() {
        for steps in [test(), lint()] {
            assert!(steps.iter().any(|step| step.name == "layering"));
        }
    }

    #[test]
    fn no_check_has_the_name_of_another() {
        let mut names: Vec<_> = test().iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), test().len());
    }
}
