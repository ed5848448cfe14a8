//! Lists the files in `behaviours/`, so that a new one runs for every framework without being named anywhere.
#![expect(clippy::unwrap_used, reason = "a build that cannot read its own folder has failed")]

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    // Read when it runs: a build folder that was copied from another worktree would list the files of that one.
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("behaviours");
    println!("cargo::rerun-if-changed={}", folder.display());
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|it| it == "rs")).collect();
    files.sort();
    let mut list = String::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        if name != "main" {
            writeln!(list, "#[path = {:?}]\nmod {name};", file.to_str().unwrap()).unwrap();
        }
    }
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("behaviours.rs"), list).unwrap();
}
