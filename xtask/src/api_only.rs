//! A build without login: `default-features = false, features = ["api"]`.
//!
//! It has no crate that only login needs, and accepts access tokens: the other tests build everything.

use crate::{
    shell::{Shell, read, run},
    workspace::Workspace,
};

/// Crates that only login, sessions and logout need. (`cookie` is not among them: actix-web and Rocket have it.)
const ONLY_LOGIN: &[&str] =
    &["aes", "aes-gcm", "hkdf", "lz4_flex", "miniz_oxide", "oauth2", "openidconnect", "postcard"];

/// Checks every package with the feature `api`.
pub(crate) fn check(shell: &Shell, workspace: &Workspace) -> Result<(), String> {
    let packages: Vec<_> = workspace.members().filter(|package| package.features.contains_key("api")).collect();
    if packages.is_empty() {
        return Err("no package has the feature `api`: the check checks nothing".to_owned());
    }
    for package in packages {
        let tree = read(&mut shell.cargo(&[
            "tree",
            "--package",
            &package.name,
            "--no-default-features",
            "--features",
            "api",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ]))?;
        let found = only_login(&tree);
        if !found.is_empty() {
            return Err(format!("`{}` with the feature `api` alone depends on {}", package.name, found.join(", ")));
        }
    }
    run(&mut shell.cargo(&[
        "test",
        "--package",
        "zitadel-core",
        "--no-default-features",
        "--features",
        "api",
        "--test",
        "api",
    ]))
}

/// The crates of a login in the output of `cargo tree --prefix none`: `name vVERSION …`.
fn only_login(tree: &str) -> Vec<&'static str> {
    let names: Vec<_> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    ONLY_LOGIN.iter().copied().filter(|name| names.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_of_a_login_is_named() {
        assert!(only_login("zitadel-core v0.1.0 (/x)\naws-lc-rs v1.19.0\n").is_empty());
        assert_eq!(
            only_login("zitadel-core v0.1.0\nopenidconnect v4.1.0 (*)\naes-gcm v0.11.0\n"),
            ["aes-gcm", "openidconnect"]
        );
    }
}
