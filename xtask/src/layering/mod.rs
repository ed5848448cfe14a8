//! The order of the core's modules, and what the files of our crates may mention. Both are read from the source.
//!
//! # Rules
//!
//! 1. The modules of `zitadel-core` are in one order: the block `layers` of ARCHITECTURE.md, the lowest first. A file
//!    uses its own module, those on the lines above it, and those to its left on the same line. `lib.rs` and
//!    `internals.rs` use everything, and nothing uses them. Every module is on the list, once.
//! 2. The files of one module do not use each other in a cycle.
//! 3. Time, randomness, the network, variables and files are used in `environment/` and `config/process.rs` only.
//! 4. The pure modules contain no `async`, no `await` and no tokio.
//! 5. The adapters leave the protocol to the core. The emulator uses no other crate of ours.
//!
//! What counts is every path, in a `use` and anywhere else, followed through re-exports to the file that defines what it
//! refers to. Comments, strings, `mod`, `use super::*`, re-exports of what is below a module and everything under
//! `#[cfg(test)]` do not count. Methods are not seen: to call one, a file needs the type, and with it a path.
//!
//! | file | what it holds |
//! |---|---|
//! | `tokens.rs` | the tokens of a file, without tests |
//! | `source.rs` | what a file declares and mentions |
//! | `modules.rs` | the tree of modules |
//! | `resolve.rs` | what a path refers to |
//! | `graph.rs` | which file uses which |
//! | `layers.rs` | rules 1 and 2 |
//! | `mentions.rs` | rules 3 to 5 |

mod graph;
mod layers;
mod mentions;
mod modules;
mod resolve;
mod source;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    layers::{DOCUMENT, Layers},
    mentions::{ADAPTERS, CORE, EMULATOR},
    modules::Crate,
};
use crate::shell::Shell;

/// Texts by their path from the root of the repository, with `/`.
pub(crate) type Files = BTreeMap<String, String>;

/// Reads what the rules cover.
pub(crate) fn read(shell: &Shell) -> Result<Files, String> {
    let mut files = Files::new();
    files.extend(shell.texts(DOCUMENT, "md")?);
    for folder in folders() {
        files.extend(shell.texts(folder, "rs")?);
    }
    Ok(files)
}

/// The sources that the rules cover.
fn folders() -> impl Iterator<Item = &'static str> {
    [CORE, EMULATOR].into_iter().chain(ADAPTERS.iter().copied())
}

/// Every broken rule, one line each.
pub(crate) fn broken(files: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    for folder in folders() {
        let roots = ["lib.rs", "main.rs"].map(|name| format!("{folder}{name}"));
        let roots = roots.iter().enumerate().filter(|(at, root)| *at == 0 || files.contains_key(*root));
        let crates: Vec<_> = roots.map(|(_, root)| Crate::read(files, root)).collect();
        for read in &crates {
            problems.extend(read.problems.iter().cloned());
            problems.extend(mentions::broken(read));
        }
        problems.extend(unread(files, folder, &crates));
        if folder == CORE {
            problems.extend(crates.iter().flat_map(|core| order(files, core)));
        }
    }
    problems
}

/// Rules 1 and 2.
fn order(files: &Files, core: &Crate) -> Vec<String> {
    let graph = core.graph();
    let mut problems = match Layers::parse(files.get(DOCUMENT).map_or("", String::as_str)) {
        Ok(layers) => layers.broken(core, &graph),
        Err(why) => why,
    };
    problems.extend(layers::cyclic(core, &graph));
    problems.extend(mentions::gone(core));
    problems
}

/// Files that no `mod` declares: no rule would see them.
fn unread(files: &Files, folder: &str, crates: &[Crate]) -> Vec<String> {
    let read: BTreeSet<_> = crates.iter().flat_map(Crate::files).collect();
    let unread = files.keys().filter(|file| {
        file.starts_with(folder) && !read.contains(file.as_str()) && !crates.iter().any(|it| it.is_test(file))
    });
    unread.map(|file| format!("{file}: no `mod` declares this file")).collect()
}

#[cfg(test)]
mod tests;
