//! Which crates and which parts of `std` the files of our crates may mention.

use super::{graph::External, modules::Crate};

/// The modules of the core without `async` code.
const PURE: &[&str] = &["http", "roles", "claims", "protocol", "session", "user", "answer", "config", "access"];

/// A rule about paths of other crates.
struct Rule {
    /// What is wrong, for the report.
    reason: &'static str,
    /// Which files it covers, by their path from the root of the repository.
    covers: fn(&str) -> bool,
    /// Which paths it forbids: whole ones, from the name of a crate.
    forbids: fn(&[&str]) -> bool,
}

const RULES: &[Rule] = &[
    Rule {
        reason: "only environment/ and config/process.rs may use time, randomness, the network, variables and files",
        covers: |file| {
            in_core(file).is_some_and(|file| file != "config/process.rs" && !file.starts_with("environment/"))
        },
        forbids: |path| {
            matches!(
                path,
                [.., "SystemTime" | "Instant", "now"]
                    | ["aws_lc_rs", "rand", ..]
                    | ["std", "env" | "fs" | "process", ..]
                    | ["getrandom" | "rand" | "reqwest", ..]
            )
        },
    },
    Rule {
        reason: "this module is pure and may not use tokio",
        covers: is_pure,
        forbids: |path| path.first() == Some(&"tokio"),
    },
    Rule {
        reason: "only the core implements the protocol",
        covers: |file| ADAPTERS.iter().any(|folder| file.starts_with(folder)),
        forbids: |path| {
            let crates =
                ["aes_gcm", "cookie", "jsonwebtoken", "oauth2", "openidconnect", "reqwest", "zitadel_emulator"];
            path.first().is_some_and(|name| crates.contains(name))
        },
    },
    Rule {
        reason: "the emulator uses no other crate of this workspace",
        covers: |file| file.starts_with(EMULATOR),
        forbids: |path| path.first().is_some_and(|name| name.starts_with("zitadel_") && *name != "zitadel_emulator"),
    },
];

pub(super) const CORE: &str = "crates/zitadel-core/src/";
pub(super) const ADAPTERS: &[&str] =
    &["crates/zitadel-axum/src/", "crates/zitadel-actix/src/", "crates/zitadel-rocket/src/"];
pub(super) const EMULATOR: &str = "crates/zitadel-emulator/src/";

fn in_core(file: &str) -> Option<&str> {
    file.strip_prefix(CORE)
}

fn is_pure(file: &str) -> bool {
    let module = in_core(file).and_then(|file| file.split(['/', '.']).next());
    module.is_some_and(|module| PURE.contains(&module))
}

/// Every path that breaks a rule, one line each.
pub(super) fn broken(read: &Crate) -> Vec<String> {
    let mut problems = Vec::new();
    for External { file, line, path, segments } in read.externals() {
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        for rule in RULES.iter().filter(|rule| (rule.covers)(file) && (rule.forbids)(&segments)) {
            problems.push(format!("{file}:{line}: `{path}` — {}", rule.reason));
        }
    }
    for module in read.modules.iter().filter(|module| is_pure(&module.file)) {
        for (line, word) in &module.source.waits {
            problems.push(format!("{}:{line}: `{word}` — this module is pure and may not be async", module.file));
        }
    }
    problems.dedup();
    problems
}

/// The pure modules that no longer exist: a rule that names them would cover nothing.
pub(super) fn gone(core: &Crate) -> Vec<String> {
    let modules = core.modules.first().map(|root| &root.children);
    let gone = PURE.iter().filter(|name| !modules.is_some_and(|modules| modules.contains_key(**name)));
    gone.map(|name| format!("{CORE}{name}: the rules name this module, which does not exist")).collect()
}
