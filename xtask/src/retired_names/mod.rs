//! Keeps retired names and phrases out of the repository: `xtask/retired_names.txt` lists each with its standard name.
//!
//! # Rules
//!
//! 1. No file contains a retired word. A word is found in code, comments and strings alike.
//! 2. No file contains a retired phrase, whatever its case; it is found across line breaks and comment markers.
//! 3. Exceptions are on the list, each limited to a path and a text. The entries of `CHANGELOG.md` about renames are the
//!    only other one. An exception that accepts nothing is reported, so that none outlives its reason.
//! 4. The check fails if it reads too little: fewer than [`MIN_FILES`] files, one of [`KNOWN_FILES`] missing, or a
//!    section of the list that covers no file.
//!
//! | file | what it holds |
//! |---|---|
//! | `list.rs` | reads and checks the list |
//! | `text.rs` | searches one file |

mod list;
mod text;

use std::{collections::BTreeMap, fs};

use self::{list::List, text::Text};
use crate::shell::{Shell, read};

/// The list. It is a `.txt` file, which the check does not read.
const LIST: &str = include_str!("../../retired_names.txt");

/// Files are read by these endings of their names.
const ENDINGS: &[&str] = &[".rs", ".md", ".html", ".js", ".css", ".toml", ".env.example"];

/// Below half of what the repository contained when the check was written; a reader that lost a folder is noticed.
const MIN_FILES: usize = 250;

/// One file of every kind, in the folders that matter most.
const KNOWN_FILES: &[&str] = &[
    ".env.example",
    "CHANGELOG.md",
    "Cargo.toml",
    "README.md",
    "crates/zitadel-actix/src/lib.rs",
    "crates/zitadel-axum/src/lib.rs",
    "crates/zitadel-core/src/lib.rs",
    "crates/zitadel-emulator/templates/login.html",
    "crates/zitadel-rocket/src/lib.rs",
    "examples/pages/templates/script.js",
    "xtask/src/main.rs",
];

/// Texts by their path from the root of the repository, with `/`.
type Files = BTreeMap<String, String>;

/// Every occurrence of a retired name in the repository, one line each; an error if it could not be read.
pub(crate) fn find(shell: &Shell) -> Result<Vec<String>, String> {
    let list = List::parse(LIST).map_err(|problems| problems.join("\n"))?;
    let files = read_files(shell)?;
    let mut problems = too_little(&files);
    problems.extend(occurrences(&list, &files));
    Ok(problems)
}

/// The text files that git tracks, and new ones that it does not ignore.
fn read_files(shell: &Shell) -> Result<Files, String> {
    let names = read(&mut shell.program("git", &["ls-files", "--cached", "--others", "--exclude-standard", "-z"]))
        .map_err(|why| format!("git ls-files: {why}"))?;
    let names = names.split('\0').filter(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)));
    // Deleted, and the deletion is not committed yet.
    let names = names.filter(|name| shell.path(name).is_file());
    let text = |name: &str| match fs::read_to_string(shell.path(name)) {
        Ok(text) => Ok((name.to_owned(), text)),
        Err(error) => Err(format!("{name}: {error}")),
    };
    names.map(text).collect()
}

/// Rule 4, for the files.
fn too_little(files: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    if files.len() < MIN_FILES {
        problems.push(format!("only {} files were read, expected at least {MIN_FILES}", files.len()));
    }
    let missing = KNOWN_FILES.iter().filter(|file| !files.contains_key(**file));
    problems.extend(missing.map(|file| format!("{file}: not read")));
    problems
}

/// Rules 1 to 3, and rule 4 for the list.
fn occurrences(list: &List, files: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    let mut used = vec![false; list.exceptions.len()];
    for (file, text) in files {
        let text = if file == "CHANGELOG.md" { without_renames(text) } else { text.clone() };
        let text = Text::new(&text);
        for found in text.search(list.entries.iter().filter(|entry| entry.covers(file))) {
            let mut accepted = false;
            for (exception, used) in list.exceptions.iter().zip(&mut used) {
                if exception.covers(file) && text.contains_around(&found, &exception.text) {
                    accepted = true;
                    *used = true;
                }
            }
            if !accepted {
                let (retired, standard) = (text.excerpt(&found), &found.entry.standard);
                problems.push(format!("{file}:{}: `{retired}` — use `{standard}`", text.line(found.range.start)));
            }
        }
    }
    for (exception, _) in list.exceptions.iter().zip(used).filter(|(_, used)| !used) {
        problems.push(format!("retired_names.txt: `{}: {}` accepts nothing", exception.path, exception.text));
    }
    for entry in list.entries.iter().filter(|entry| !files.keys().any(|file| entry.covers(file))) {
        problems.push(format!("retired_names.txt: `{}` is searched in no file", entry.retired));
    }
    problems
}

/// Leaves out what the changelog says about renames, and keeps the number of lines: list items that begin with
/// `renamed`, and sections with the heading `Renamed`.
fn without_renames(text: &str) -> String {
    let (mut in_section, mut in_item) = (false, false);
    let mut kept = String::new();
    for line in text.lines() {
        if line.starts_with('#') {
            in_section = line.trim_start_matches('#').trim().eq_ignore_ascii_case("renamed");
            in_item = false;
        } else if !line.starts_with(' ') {
            in_item = line.starts_with("- renamed");
        }
        if !in_section && !in_item {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests;
