//! Which file uses which, and cycles of files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    modules::Crate,
    resolve::Target,
    source::{Import, Path},
};

/// Which files a file uses, each with its first occurrence.
pub(super) type Graph<'a> = BTreeMap<(&'a str, &'a str), Edge<'a>>;

/// The first place where a file uses another.
#[derive(Debug)]
pub(super) struct Edge<'a> {
    pub(super) line: usize,
    /// The path as it is written there.
    pub(super) path: String,
    /// The top-level modules; `None` for the root of the crate.
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
}

/// A path of another crate.
#[derive(Debug)]
pub(super) struct External<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    /// The path as it is written there.
    pub(super) path: String,
    /// From the name of the crate, imports followed.
    pub(super) segments: Vec<String>,
}

impl Path {
    pub(super) fn written(&self) -> String {
        format!("{}{}", if self.global { "::" } else { "" }, self.segments.join("::"))
    }

    /// Whether it is a single name.
    fn is_name(&self) -> bool {
        !self.global && self.segments.len() == 1
    }
}

impl Crate {
    /// Every use of one file by another. A `mod` declaration and a re-export of what is below the module do not count.
    pub(super) fn graph(&self) -> Graph<'_> {
        let mut graph = Graph::new();
        for (id, module) in self.modules.iter().enumerate() {
            for (path, targets) in self.uses(id) {
                for to in targets.iter().filter_map(|target| self.modules.get(target.module()?)) {
                    if to.file == module.file {
                        continue;
                    }
                    let edge = Edge {
                        line: path.line,
                        path: path.written(),
                        from: module.path.first().map(String::as_str),
                        to: to.path.first().map(String::as_str),
                    };
                    let known = graph.entry((module.file.as_str(), to.file.as_str())).or_insert_with(|| Edge {
                        line: usize::MAX,
                        path: String::new(),
                        ..edge
                    });
                    if edge.line < known.line {
                        *known = edge;
                    }
                }
            }
        }
        graph
    }

    /// Every path of another crate, in the order of files and lines.
    pub(super) fn externals(&self) -> Vec<External<'_>> {
        let mut found = Vec::new();
        for (id, module) in self.modules.iter().enumerate() {
            let imports = module.source.imports.iter().map(|import| &import.path);
            // A single name is a variable, or imported and found there.
            let mentions = module.source.mentions.iter().map(|mention| &mention.path).filter(|path| !path.is_name());
            for path in imports.chain(mentions) {
                for target in self.resolve(id, path) {
                    if let Target::External(segments) = target {
                        found.push(External { file: &module.file, line: path.line, path: path.written(), segments });
                    }
                }
            }
        }
        found.sort_by(|a, b| (a.file, a.line).cmp(&(b.file, b.line)));
        found
    }

    /// The paths of a module that count as uses, and what they refer to.
    fn uses(&self, id: usize) -> Vec<(&Path, Vec<Target>)> {
        let Some(module) = self.modules.get(id) else { return Vec::new() };
        let mut found = Vec::new();
        for import in &module.source.imports {
            let targets = self.resolve(id, &import.path);
            let re_export = import.public && targets.iter().all(|target| self.is_below(id, target));
            found.extend((!re_export && !is_parent_glob(import)).then_some((&import.path, targets)));
        }
        for mention in &module.source.mentions {
            let targets = match mention.path.segments.as_slice() {
                // An imported name has its edge already; a re-exported one gets it here. A local variable with the same
                // name counts as well: the check may report too much, but it must not miss a use.
                [name] if mention.path.is_name() => {
                    let mut targets = self.resolve_name(id, name);
                    targets.retain(|target| matches!(target, Target::Item(_)));
                    if targets.is_empty() && mention.macro_call { self.macros(name) } else { targets }
                }
                _ => self.resolve(id, &mention.path),
            };
            found.push((&mention.path, targets));
        }
        found
    }

    /// Whether something is in a file below this module.
    fn is_below(&self, id: usize, target: &Target) -> bool {
        let file = |id: usize| self.modules.get(id).map(|module| &module.file);
        target.module().is_some_and(|it| self.is_within(it, id) && file(it) != file(id))
    }
}

impl Target {
    fn module(&self) -> Option<usize> {
        match self {
            Self::Module(id) | Self::Item(id) => Some(*id),
            Self::External(_) => None,
        }
    }
}

/// `use super::*`
fn is_parent_glob(import: &Import) -> bool {
    import.glob && import.path.segments.iter().all(|segment| segment == "super")
}

/// The cycles of files within one top-level module: one per strongly connected component.
pub(super) fn cycles<'a>(graph: &Graph<'a>, module: &str) -> Vec<Vec<&'a str>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for ((from, to), _) in graph.iter().filter(|(_, edge)| edge.from == Some(module) && edge.to == Some(module)) {
        next.entry(from).or_default().push(to);
    }
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    let mut cycles = Vec::new();
    for start in next.keys().copied() {
        if reported.contains(start) {
            continue;
        }
        if let Some(cycle) = shortest_cycle(&next, start) {
            let reached = reachable(&next, start);
            reported.extend(reached.keys().filter(|it| reachable(&next, it).contains_key(start)));
            cycles.push(cycle);
        }
    }
    cycles
}

/// From a file back to itself, both included.
fn shortest_cycle<'a>(next: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let before = reachable(next, start);
    let mut cycle = vec![start];
    let mut at = *before.get(start)?;
    while at != start {
        cycle.push(at);
        at = *before.get(at)?;
    }
    cycle.push(start);
    cycle.reverse();
    Some(cycle)
}

/// The files that can be reached from a file, each with the file before it on a shortest path.
fn reachable<'a>(next: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut before = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(from) = open.pop_front() {
        for &to in next.get(from).into_iter().flatten() {
            if !before.contains_key(to) {
                before.insert(to, from);
                open.push_back(to);
            }
        }
    }
    before
}
