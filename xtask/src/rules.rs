//! Who may depend on whom, held without any tool but cargo.
//!
//! 1. The core contains no web framework and no crate of ours; only its tests may use the emulator.
//! 2. An adapter asks for the core and its framework; never for a crate that speaks the protocol itself.
//! 3. The emulator asks for no crate of ours: a bug in the core must not be mirrored by its referee.
//! 4. Only examples, tests, benches and the core's own tests use the emulator: it cannot reach production.
//! 5. Signatures are never checked with pure-Rust RSA: `jsonwebtoken` runs on `aws_lc_rs`, and `rsa`, whose
//!    private-key operations leak by timing (RUSTSEC-2023-0071), is there only because `openidconnect` asks for it.

use crate::workspace::{Kind, Package, Workspace};

const FRAMEWORKS: &[&str] =
    &["actix-http", "actix-web", "axum", "axum-core", "poem", "rocket", "rocket_http", "salvo", "warp"];
const ADAPTERS: &[&str] = &["zitadel-axum", "zitadel-actix", "zitadel-rocket"];
const PROTOCOL: &[&str] = &["openidconnect", "oauth2", "jsonwebtoken", "aes-gcm", "cookie", "reqwest"];
const CORE: &str = "zitadel-core";
const EMULATOR: &str = "zitadel-emulator";

/// Every broken rule, one line each.
pub(crate) fn broken(workspace: &Workspace) -> Vec<String> {
    let mut broken = Vec::new();
    match workspace.member(CORE) {
        Some(core) => core_stands_alone(workspace, core, &mut broken),
        None => broken.push(format!("there is no `{CORE}`: the rules look at nothing")),
    }
    let adapters: Vec<_> = ADAPTERS.iter().filter_map(|name| workspace.member(name)).collect();
    if adapters.is_empty() {
        broken.push("there is no adapter: the rules look at nothing".to_owned());
    }
    adapters.iter().for_each(|adapter| adapter_is_thin(workspace, adapter, &mut broken));
    match workspace.member(EMULATOR) {
        Some(emulator) => emulator_is_independent(workspace, emulator, &mut broken),
        None => broken.push(format!("there is no `{EMULATOR}`: the rules look at nothing")),
    }
    emulator_stays_out_of_production(workspace, &mut broken);
    signatures_are_constant_time(workspace, &mut broken);
    broken
}

fn core_stands_alone(workspace: &Workspace, core: &Package, broken: &mut Vec<String>) {
    for package in workspace.made_of(core) {
        if package.member {
            broken.push(format!("`{CORE}` contains `{}`: the core depends on no crate of ours", package.name));
        }
        if FRAMEWORKS.contains(&package.name.as_str()) {
            broken.push(format!("`{CORE}` contains `{}`: the core depends on no framework", package.name));
        }
    }
    for (_, name) in asks_for_ours(workspace, core).filter(|(kind, name)| (*kind, *name) != (Kind::Dev, EMULATOR)) {
        broken.push(format!(
            "`{CORE}` asks for `{name}`: of our crates its tests may use the emulator, and nothing else"
        ));
    }
}

fn adapter_is_thin(workspace: &Workspace, adapter: &Package, broken: &mut Vec<String>) {
    let production = adapter.asks_for.iter().filter(|(kind, _)| *kind != Kind::Dev);
    for (_, name) in production.filter(|(_, name)| PROTOCOL.contains(&name.as_str())) {
        broken.push(format!("`{}` asks for `{name}`: that is the core's work", adapter.name));
    }
    for (_, name) in asks_for_ours(workspace, adapter).filter(|(kind, name)| *kind != Kind::Dev && *name != CORE) {
        broken.push(format!("`{}` asks for `{name}`: of our crates, an adapter needs the core only", adapter.name));
    }
}

fn emulator_is_independent(workspace: &Workspace, emulator: &Package, broken: &mut Vec<String>) {
    for (_, name) in asks_for_ours(workspace, emulator) {
        broken.push(format!("`{EMULATOR}` asks for `{name}`: the referee shares no code with the player"));
    }
}

fn emulator_stays_out_of_production(workspace: &Workspace, broken: &mut Vec<String>) {
    for package in workspace.members() {
        let may = |kind| match package.name.as_str() {
            CORE => kind == Kind::Dev,
            "behaviours" | "benches" => true,
            name => name.starts_with("example-"),
        };
        if package.asks_for.iter().any(|(kind, name)| name == EMULATOR && !may(*kind)) {
            broken.push(format!("`{}` asks for `{EMULATOR}`: only examples, tests and benches may", package.name));
        }
    }
}

fn signatures_are_constant_time(workspace: &Workspace, broken: &mut Vec<String>) {
    for package in workspace.packages.iter().filter(|package| package.name == "jsonwebtoken") {
        if package.enabled.iter().any(|feature| feature == "rust_crypto") {
            broken.push("`jsonwebtoken` is built with `rust_crypto`: use `aws_lc_rs` only".to_owned());
        }
    }
    for package in &workspace.packages {
        let uses_rsa = package.built_with.iter().filter_map(|(_, position)| workspace.packages.get(*position));
        if package.name != "openidconnect" && uses_rsa.into_iter().any(|it| it.name == "rsa") {
            broken.push(format!("`{}` uses `rsa` (RUSTSEC-2023-0071): sign and check with `aws-lc-rs`", package.name));
        }
    }
}

fn asks_for_ours<'a>(workspace: &'a Workspace, package: &'a Package) -> impl Iterator<Item = (Kind, &'a str)> {
    let ours = package.asks_for.iter().filter(|(_, name)| workspace.member(name).is_some());
    ours.map(|(kind, name)| (*kind, name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &[&str] = &[CORE, EMULATOR, "zitadel-axum", "zitadel-gateway", "example-axum", "behaviours", "benches"];
    const GOOD: &[&str] = &[
        "zitadel-core -> openidconnect",
        "openidconnect -> rsa",
        "zitadel-core -> jsonwebtoken",
        "zitadel-core dev-> zitadel-emulator",
        "zitadel-axum -> zitadel-core",
        "zitadel-axum -> axum",
        "zitadel-axum dev-> reqwest",
        "zitadel-gateway -> zitadel-axum",
        "example-axum -> zitadel-axum",
        "example-axum -> zitadel-emulator",
        "behaviours -> zitadel-emulator",
        "benches dev-> zitadel-emulator",
        "zitadel-emulator -> hyper",
    ];

    fn with(edge: &str) -> Vec<String> {
        broken(&Workspace::drawn(OURS, &[GOOD, &[edge]].concat()))
    }

    #[test]
    fn the_intended_graph_breaks_no_rule() {
        assert_eq!(broken(&Workspace::drawn(OURS, GOOD)), Vec::<String>::new());
    }

    #[test]
    fn each_forbidden_edge_is_noticed_and_named() {
        for (edge, both) in [
            ("zitadel-core -> axum", ["zitadel-core", "axum"]),
            ("openidconnect -> actix-web", ["zitadel-core", "actix-web"]),
            ("zitadel-core build-> zitadel-emulator", ["zitadel-core", "zitadel-emulator"]),
            ("zitadel-core dev-> zitadel-axum", ["zitadel-core", "zitadel-axum"]),
            ("zitadel-axum -> reqwest", ["zitadel-axum", "reqwest"]),
            ("zitadel-axum build-> jsonwebtoken", ["zitadel-axum", "jsonwebtoken"]),
            ("zitadel-axum dev-> zitadel-emulator", ["zitadel-axum", "zitadel-emulator"]),
            ("zitadel-emulator dev-> zitadel-core", ["zitadel-emulator", "zitadel-core"]),
            ("zitadel-gateway -> zitadel-emulator", ["zitadel-gateway", "zitadel-emulator"]),
            ("jsonwebtoken -> rsa", ["jsonwebtoken", "rsa"]),
        ] {
            let found = with(edge);
            let named = |line: &String| both.iter().all(|name| line.contains(&format!("`{name}`")));
            assert!(found.iter().any(named), "{edge}: {found:?}");
        }
    }

    #[test]
    fn pure_rust_rsa_behind_jsonwebtoken_is_noticed() {
        let mut workspace = Workspace::drawn(OURS, GOOD);
        for package in workspace.packages.iter_mut().filter(|package| package.name == "jsonwebtoken") {
            package.enabled.push("rust_crypto".to_owned());
        }
        assert_eq!(broken(&workspace).len(), 1);
    }

    #[test]
    fn rules_that_look_at_nothing_are_broken() {
        assert_eq!(broken(&Workspace::default()).len(), 3);
    }
}
