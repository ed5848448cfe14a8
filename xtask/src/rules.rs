//! Which package may depend on which. Needs no tool but cargo.
//!
//! 1. The core depends on no web framework and on no other crate of this workspace; only its tests may use the emulator.
//! 2. An adapter depends on the core and its framework, and not on a crate that implements the protocol.
//! 3. A store depends on the core and its engine or the engine's client, like an adapter, and on no framework.
//!    `zitadel-reqwest` depends on the core, and on no framework either.
//! 4. `zitadel-process`, what a program's `main` needs, depends on the core and the stores, and on no framework. The gateway depends on
//!    `zitadel-axum` and `zitadel-process`, on no other framework, and on no crate that implements the protocol; it may use `reqwest`,
//!    because `zitadel-gateway check` is a client of its own.
//! 5. The emulator depends on no other crate of this workspace: shared code would hide a bug from the tests that use it.
//! 6. Only examples, tests, benches and the own tests of core and gateway depend on the emulator, so that it is not part of a
//!    production build.
//! 7. Signatures are never verified with pure-Rust RSA: `jsonwebtoken` uses `aws_lc_rs`. The crate `rsa`, whose private-key
//!    operations leak by timing (RUSTSEC-2023-0071), is in the build only as a dependency of `openidconnect`.

use crate::workspace::{Kind, Package, Workspace};

const FRAMEWORKS: &[&str] =
    &["actix-http", "actix-web", "axum", "axum-core", "poem", "rocket", "rocket_http", "salvo", "warp"];
const ADAPTERS: &[&str] = &["zitadel-axum", "zitadel-actix", "zitadel-rocket"];
const STORES: &[&str] = &["zitadel-redb", "zitadel-redis"];
const CLIENTS: &[&str] = &["zitadel-reqwest"];
const PROTOCOL: &[&str] = &["openidconnect", "oauth2", "jsonwebtoken", "aes-gcm", "cookie", "reqwest"];
const PROCESS: &str = "zitadel-process";
const GATEWAY: &str = "zitadel-gateway";
const CORE: &str = "zitadel-core";
const EMULATOR: &str = "zitadel-emulator";

/// Every violation of a rule, one line each.
pub(crate) fn broken(workspace: &Workspace) -> Vec<String> {
    let mut broken = Vec::new();
    match workspace.member(CORE) {
        Some(core) => check_core(workspace, core, &mut broken),
        None => broken.push(format!("there is no `{CORE}`: the rules check nothing")),
    }
    let adapters: Vec<_> = ADAPTERS.iter().filter_map(|name| workspace.member(name)).collect();
    if adapters.is_empty() {
        broken.push("there is no adapter: the rules check nothing".to_owned());
    }
    let stores = STORES.iter().filter_map(|name| workspace.member(name));
    stores.clone().for_each(|store| check_store(workspace, store, &mut broken));
    adapters.into_iter().chain(stores).for_each(|package| check_adapter(workspace, package, &mut broken));
    for client in CLIENTS.iter().filter_map(|name| workspace.member(name)) {
        check_store(workspace, client, &mut broken);
        check_workspace_requirements(workspace, client, &mut broken);
    }
    if let Some(process) = workspace.member(PROCESS) {
        check_store(workspace, process, &mut broken);
        check_uses_only(workspace, process, &[&[CORE], STORES].concat(), &mut broken);
    }
    if let Some(gateway) = workspace.member(GATEWAY) {
        check_gateway(workspace, gateway, &mut broken);
    }
    match workspace.member(EMULATOR) {
        Some(emulator) => check_emulator(workspace, emulator, &mut broken),
        None => broken.push(format!("there is no `{EMULATOR}`: the rules check nothing")),
    }
    check_users_of_emulator(workspace, &mut broken);
    check_signatures(workspace, &mut broken);
    broken
}

fn check_core(workspace: &Workspace, core: &Package, broken: &mut Vec<String>) {
    for package in workspace.all_dependencies(core) {
        if package.member {
            broken.push(format!(
                "`{CORE}` depends on `{}`: the core uses no other crate of this workspace",
                package.name
            ));
        }
        if FRAMEWORKS.contains(&package.name.as_str()) {
            broken.push(format!("`{CORE}` depends on `{}`: the core uses no framework", package.name));
        }
    }
    for (_, name) in
        workspace_requirements(workspace, core).filter(|(kind, name)| (*kind, *name) != (Kind::Dev, EMULATOR))
    {
        broken.push(format!("`{CORE}` depends on `{name}`: of this workspace, its tests may use the emulator only"));
    }
}

fn check_store(workspace: &Workspace, store: &Package, broken: &mut Vec<String>) {
    for package in workspace.all_dependencies(store).iter().filter(|it| FRAMEWORKS.contains(&it.name.as_str())) {
        broken.push(format!("`{}` depends on `{}`: it uses no framework", store.name, package.name));
    }
}

fn check_adapter(workspace: &Workspace, adapter: &Package, broken: &mut Vec<String>) {
    let production = adapter.requirements.iter().filter(|(kind, _)| *kind != Kind::Dev);
    for (_, name) in production.filter(|(_, name)| PROTOCOL.contains(&name.as_str())) {
        broken.push(format!("`{}` depends on `{name}`: only the core implements the protocol", adapter.name));
    }
    check_workspace_requirements(workspace, adapter, broken);
}

fn check_workspace_requirements(workspace: &Workspace, package: &Package, broken: &mut Vec<String>) {
    for (_, name) in
        workspace_requirements(workspace, package).filter(|(kind, name)| *kind != Kind::Dev && *name != CORE)
    {
        broken.push(format!(
            "`{}` depends on `{name}`: of this workspace, adapters, stores and clients use the core only",
            package.name
        ));
    }
}

fn check_gateway(workspace: &Workspace, gateway: &Package, broken: &mut Vec<String>) {
    let production = gateway.requirements.iter().filter(|(kind, _)| *kind != Kind::Dev).map(|(_, name)| name.as_str());
    let is_axum = |name: &str| name.starts_with("axum");
    for name in production {
        if PROTOCOL.contains(&name) && name != "reqwest" {
            broken.push(format!("`{GATEWAY}` depends on `{name}`: only the core implements the protocol"));
        }
        if FRAMEWORKS.contains(&name) && !is_axum(name) {
            broken.push(format!("`{GATEWAY}` depends on `{name}`: its framework is axum"));
        }
    }
    check_uses_only(workspace, gateway, &["zitadel-axum", PROCESS], broken);
}

/// Of this workspace, the package depends on these only; its tests may use the emulator, if rule 6 lets them.
fn check_uses_only(workspace: &Workspace, package: &Package, allowed: &[&str], broken: &mut Vec<String>) {
    for (kind, name) in workspace_requirements(workspace, package).filter(|(_, name)| !allowed.contains(name)) {
        if (kind, name) == (Kind::Dev, EMULATOR) {
            continue;
        }
        broken.push(format!(
            "`{}` depends on `{name}`: of this workspace, it uses {} only",
            package.name,
            allowed.join(", ")
        ));
    }
}

fn check_emulator(workspace: &Workspace, emulator: &Package, broken: &mut Vec<String>) {
    for (_, name) in workspace_requirements(workspace, emulator) {
        broken.push(format!("`{EMULATOR}` depends on `{name}`: the emulator uses no other crate of this workspace"));
    }
}

fn check_users_of_emulator(workspace: &Workspace, broken: &mut Vec<String>) {
    for package in workspace.members() {
        let may = |kind| match package.name.as_str() {
            CORE | GATEWAY => kind == Kind::Dev,
            "behaviours" | "benches" | "soak" => true,
            name => name.starts_with("example-"),
        };
        if package.requirements.iter().any(|(kind, name)| name == EMULATOR && !may(*kind)) {
            broken.push(format!("`{}` depends on `{EMULATOR}`: only examples, tests and benches may", package.name));
        }
    }
}

fn check_signatures(workspace: &Workspace, broken: &mut Vec<String>) {
    for package in workspace.packages.iter().filter(|package| package.name == "jsonwebtoken") {
        if package.enabled.iter().any(|feature| feature == "rust_crypto") {
            broken.push("`jsonwebtoken` is built with `rust_crypto`: use `aws_lc_rs` only".to_owned());
        }
    }
    for package in &workspace.packages {
        let uses_rsa = package.dependencies.iter().filter_map(|(_, position)| workspace.packages.get(*position));
        if package.name != "openidconnect" && uses_rsa.into_iter().any(|it| it.name == "rsa") {
            broken.push(format!(
                "`{}` depends on `rsa` (RUSTSEC-2023-0071): sign and verify with `aws-lc-rs`",
                package.name
            ));
        }
    }
}

fn workspace_requirements<'a>(workspace: &'a Workspace, package: &'a Package) -> impl Iterator<Item = (Kind, &'a str)> {
    let ours = package.requirements.iter().filter(|(_, name)| workspace.member(name).is_some());
    ours.map(|(kind, name)| (*kind, name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: &[&str] = &[
        CORE,
        EMULATOR,
        "zitadel-axum",
        "zitadel-redb",
        "zitadel-redis",
        "zitadel-reqwest",
        "zitadel-process",
        "zitadel-gateway",
        "example-axum",
        "behaviours",
        "benches",
    ];
    const ALLOWED: &[&str] = &[
        "zitadel-core -> openidconnect",
        "openidconnect -> rsa",
        "zitadel-core -> jsonwebtoken",
        "zitadel-core dev-> zitadel-emulator",
        "zitadel-axum -> zitadel-core",
        "zitadel-axum -> axum",
        "zitadel-axum dev-> reqwest",
        "zitadel-redb -> zitadel-core",
        "zitadel-redb -> redb",
        "zitadel-redis -> zitadel-core",
        "zitadel-redis -> redis",
        "zitadel-reqwest -> zitadel-core",
        "zitadel-reqwest -> reqwest",
        "zitadel-process -> zitadel-core",
        "zitadel-process -> zitadel-redb",
        "zitadel-process -> zitadel-redis",
        "zitadel-gateway -> zitadel-axum",
        "zitadel-gateway -> zitadel-process",
        "zitadel-gateway -> axum",
        "zitadel-gateway -> reqwest",
        "zitadel-gateway dev-> zitadel-emulator",
        "example-axum -> zitadel-axum",
        "example-axum -> zitadel-emulator",
        "behaviours -> zitadel-emulator",
        "benches dev-> zitadel-emulator",
        "zitadel-emulator -> hyper",
    ];

    fn with(edge: &str) -> Vec<String> {
        broken(&Workspace::from_edges(MEMBERS, &[ALLOWED, &[edge]].concat()))
    }

    #[test]
    fn the_intended_graph_breaks_no_rule() {
        assert_eq!(broken(&Workspace::from_edges(MEMBERS, ALLOWED)), Vec::<String>::new());
    }

    #[test]
    fn each_forbidden_dependency_is_reported_by_name() {
        for (edge, both) in [
            ("zitadel-core -> axum", ["zitadel-core", "axum"]),
            ("openidconnect -> actix-web", ["zitadel-core", "actix-web"]),
            ("zitadel-core build-> zitadel-emulator", ["zitadel-core", "zitadel-emulator"]),
            ("zitadel-core dev-> zitadel-axum", ["zitadel-core", "zitadel-axum"]),
            ("zitadel-axum -> reqwest", ["zitadel-axum", "reqwest"]),
            ("zitadel-axum build-> jsonwebtoken", ["zitadel-axum", "jsonwebtoken"]),
            ("redis -> axum", ["zitadel-redis", "axum"]),
            ("redb -> axum", ["zitadel-redb", "axum"]),
            ("zitadel-redis -> zitadel-axum", ["zitadel-redis", "zitadel-axum"]),
            ("zitadel-reqwest -> zitadel-axum", ["zitadel-reqwest", "zitadel-axum"]),
            ("zitadel-reqwest -> axum", ["zitadel-reqwest", "axum"]),
            ("zitadel-axum dev-> zitadel-emulator", ["zitadel-axum", "zitadel-emulator"]),
            ("zitadel-emulator dev-> zitadel-core", ["zitadel-emulator", "zitadel-core"]),
            ("zitadel-gateway -> zitadel-emulator", ["zitadel-gateway", "zitadel-emulator"]),
            ("zitadel-gateway -> zitadel-redis", ["zitadel-gateway", "zitadel-redis"]),
            ("zitadel-gateway -> openidconnect", ["zitadel-gateway", "openidconnect"]),
            ("zitadel-gateway -> jsonwebtoken", ["zitadel-gateway", "jsonwebtoken"]),
            ("zitadel-gateway -> actix-web", ["zitadel-gateway", "actix-web"]),
            ("zitadel-process -> axum", ["zitadel-process", "axum"]),
            ("zitadel-process -> zitadel-axum", ["zitadel-process", "zitadel-axum"]),
            ("jsonwebtoken -> rsa", ["jsonwebtoken", "rsa"]),
        ] {
            let found = with(edge);
            let named = |line: &String| both.iter().all(|name| line.contains(&format!("`{name}`")));
            assert!(found.iter().any(named), "{edge}: {found:?}");
        }
    }

    #[test]
    fn pure_rust_rsa_in_jsonwebtoken_is_reported() {
        let mut workspace = Workspace::from_edges(MEMBERS, ALLOWED);
        for package in workspace.packages.iter_mut().filter(|package| package.name == "jsonwebtoken") {
            package.enabled.push("rust_crypto".to_owned());
        }
        assert_eq!(broken(&workspace).len(), 1);
    }

    #[test]
    fn rules_that_check_nothing_are_reported() {
        assert_eq!(broken(&Workspace::default()).len(), 3);
    }
}
