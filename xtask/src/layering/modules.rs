//! The modules of one crate, as its `mod` declarations connect them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Files,
    source::{Child, Source},
    tokens::Word,
};

/// The modules of a crate; the first one is its root.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) modules: Vec<Module>,
    /// What could not be read, one line each.
    pub(super) problems: Vec<String>,
    /// Files that only tests compile: the beginnings of their paths, without `.rs`.
    tests: BTreeSet<String>,
}

/// A module, in a file of its own or inline.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) parent: Option<usize>,
    /// Its names from the root: `["flow", "login"]`; empty for the root.
    pub(super) path: Vec<String>,
    /// The file that contains it, from the root of the repository.
    pub(super) file: String,
    pub(super) source: Source,
    pub(super) children: BTreeMap<String, usize>,
}

impl Crate {
    /// Reads the crate whose root is this file, such as `crates/zitadel-core/src/lib.rs`.
    pub(super) fn read(files: &Files, root: &str) -> Self {
        let mut this = Self { modules: Vec::new(), problems: Vec::new(), tests: BTreeSet::new() };
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        let place = Place { file: root.to_owned(), folder: folder.to_owned(), parent: None, path: Vec::new() };
        this.add_file(files, place);
        this
    }

    /// The files of the crate.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        self.modules.iter().map(|module| module.file.as_str()).collect()
    }

    /// Whether only tests compile this file.
    pub(super) fn is_test(&self, file: &str) -> bool {
        self.tests.iter().any(|test| {
            let rest = file.strip_prefix(test.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    }

    /// Adds the module of a file, and those below it.
    fn add_file(&mut self, files: &Files, place: Place) {
        let Some(text) = files.get(&place.file) else {
            self.problems.push(format!("{}: there is no such file", place.file));
            return;
        };
        match Source::read(text) {
            Ok(source) => self.add(files, place, source),
            Err(why) => self.problems.push(format!("{}: {why}", place.file)),
        }
    }

    fn add(&mut self, files: &Files, place: Place, mut source: Source) {
        let Place { file, folder, parent, path } = place;
        let id = self.modules.len();
        if let (Some(parent), Some(name)) = (parent.and_then(|it| self.modules.get_mut(it)), path.last()) {
            parent.children.insert(name.clone(), id);
        }
        let children = std::mem::take(&mut source.children);
        let below = |name: &str, file: String| Place {
            file,
            folder: format!("{folder}/{name}"),
            parent: Some(id),
            path: [path.as_slice(), &[name.to_owned()]].concat(),
        };
        self.modules.push(Module { parent, path: path.clone(), file: file.clone(), source, children: BTreeMap::new() });
        for child in children {
            match child {
                Child::Tests(name) => drop(self.tests.insert(format!("{folder}/{name}"))),
                Child::Inline(name, source) => self.add(files, below(&name, file.clone()), source),
                Child::File(Word { text: name, line }) => {
                    let (one, other) = (format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs"));
                    match [&one, &other].into_iter().find(|candidate| files.contains_key(*candidate)) {
                        Some(found) => self.add_file(files, below(&name, found.clone())),
                        None => self
                            .problems
                            .push(format!("{file}:{line}: `mod {name};`: there is neither {one} nor {other}")),
                    }
                }
            }
        }
    }
}

/// Where a module is.
struct Place {
    file: String,
    /// Where the files of its children are.
    folder: String,
    parent: Option<usize>,
    path: Vec<String>,
}
