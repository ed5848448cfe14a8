//! npm `oidc-provider`, for the test of the same name: installed below the target folder, at the versions of the lock file.
//!
//! Node.js and npm are used if they are there. They are not installed: npm brings hundreds of Debian packages with it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    check::Outcome,
    external_tool::{ExternalTool, Program},
    shell::{Shell, find, read},
};

pub(crate) const OIDC_PROVIDER: ExternalTool = ExternalTool { name: "oidc-provider", programs: &[NODE] };

const NODE: Program = Program { debian: "nodejs", names: &["node", "nodejs"], variable: "NODE" };

/// The manifest, the lock file and npm's settings.
const SOURCE: &str = "tests/oidc_provider";
const FILES: &[&str] = &["package.json", LOCK, ".npmrc"];
const LOCK: &str = "package-lock.json";
/// npm writes it when everything else is installed.
const MARKER: &str = "node_modules/.package-lock.json";
/// What oidc-provider runs on: `engines` in `package.json`.
const MIN_NODE: u32 = 20;
/// The errors of npm that the repository is the reason for: the lock file is not that of the manifest, or a checksum differs.
const OWN_ERRORS: &[&str] = &["EUSAGE", "EINTEGRITY"];

/// Installs the package unless it is installed.
///
/// # Errors
///
/// The outcome of the check: skipped if Node.js, npm or the network is missing, failed if the lock file is wrong.
pub(crate) fn install_oidc_provider(shell: &Shell, target: &Path) -> Result<(), Outcome> {
    let Some(node) = NODE.path() else {
        let why = format!("Node.js {MIN_NODE} or later is not installed (on Debian: `apt-get install nodejs npm`)");
        return Err(Outcome::Skipped(why));
    };
    let version = read(Command::new(&node).arg("--version")).map_err(Outcome::Failed)?;
    if major(&version).is_none_or(|major| major < MIN_NODE) {
        return Err(Outcome::Skipped(format!("Node.js {} is too old: {MIN_NODE} or later", version.trim())));
    }
    let folder = folder(target);
    if is_installed(shell, &folder) {
        return Ok(());
    }
    if find(&["npm"]).is_none() {
        return Err(Outcome::Skipped("npm is not installed (on Debian: `apt-get install npm`)".to_owned()));
    }
    copy(shell, &folder).map_err(|error| Outcome::Failed(format!("{}: {error}", folder.display())))?;
    println!("$ npm ci    # in {}", folder.display());
    match read(shell.program("npm", &["ci", "--prefer-offline"]).current_dir(&folder)) {
        Ok(_) => Ok(()),
        Err(why) => Err(failure(&why)),
    }
}

/// Where the test looks for it: `CARGO_TARGET_TMPDIR` in `tests/oidc_provider/provider.rs`.
fn folder(target: &Path) -> PathBuf {
    target.join("tmp").join(OIDC_PROVIDER.name)
}

/// `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Completely, with this lock file.
fn is_installed(shell: &Shell, folder: &Path) -> bool {
    let lock = fs::read(shell.path(SOURCE).join(LOCK)).ok();
    lock.is_some() && lock == fs::read(folder.join(LOCK)).ok() && folder.join(MARKER).is_file()
}

fn copy(shell: &Shell, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    // The lock file alone must not look like an installation.
    if folder.join(MARKER).exists() {
        fs::remove_file(folder.join(MARKER))?;
    }
    FILES.iter().try_for_each(|file| fs::copy(shell.path(SOURCE).join(file), folder.join(file)).map(drop))
}

fn failure(why: &str) -> Outcome {
    let code = why.lines().find_map(|line| line.strip_prefix("npm error code ")).unwrap_or_default();
    if OWN_ERRORS.contains(&code) {
        return Outcome::Failed(why.to_owned());
    }
    Outcome::Skipped(format!("npm cannot install oidc-provider here: {}", if code.is_empty() { why } else { code }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("no version"), None);
    }

    #[test]
    fn missing_network_skips_and_a_wrong_lock_file_fails() {
        let offline = failure("npm error code ENOTFOUND\nnpm error errno ENOTFOUND");
        assert_eq!(offline, Outcome::Skipped("npm cannot install oidc-provider here: ENOTFOUND".to_owned()));
        for code in OWN_ERRORS {
            assert!(matches!(failure(&format!("npm error code {code}\nnpm error")), Outcome::Failed(_)), "{code}");
        }
    }

    #[test]
    fn an_installation_that_did_not_finish_is_no_installation() {
        let shell = Shell::at_root();
        let folder = std::env::temp_dir().join(format!("xtask-npm-{}", std::process::id()));
        copy(&shell, &folder).unwrap();
        assert!(!is_installed(&shell, &folder));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join(MARKER), "{}").unwrap();
        assert!(is_installed(&shell, &folder));
        copy(&shell, &folder).unwrap();
        assert!(!is_installed(&shell, &folder), "it is being replaced");
        fs::remove_dir_all(folder).unwrap();
    }

    /// Each machine has its own registry or mirror.
    #[test]
    fn the_lock_file_names_no_registry_and_pins_every_package() {
        let text = fs::read_to_string(Shell::at_root().path(SOURCE).join(LOCK)).unwrap();
        let lock: serde_json::Value = serde_json::from_str(&text).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.contains_key("node_modules/oidc-provider"));
        for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
            assert!(package["integrity"].is_string() && package.get("resolved").is_none(), "{path}");
        }
    }
}
