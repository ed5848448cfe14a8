//! The ordered list of modules in ARCHITECTURE.md, and the check that the core keeps to it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    graph::{Graph, cycles},
    modules::Crate,
};

/// The document with the list, in a block of code with the info string `layers`. The first line of it is the lowest.
pub(super) const DOCUMENT: &str = "ARCHITECTURE.md";

/// Modules that may use everything, and that no other module may use.
const UNORDERED: &[&str] = &["internals"];

/// Modules whose files may use each other in a cycle.
const MAY_HAVE_CYCLES: &[&str] = &[];

/// Where a module is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    /// The number in front of the line.
    layer: usize,
    /// The place on the line.
    column: usize,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Layers {
    positions: BTreeMap<String, Position>,
}

impl Layers {
    /// Reads the list from the document; every mistake in it is an error, one line each.
    pub(super) fn parse(document: &str) -> Result<Self, Vec<String>> {
        let lines = (1..).zip(document.lines());
        let mut layers = Self::default();
        let mut problems = Vec::new();
        let mut blocks = 0;
        let mut inside = false;
        let mut expected = 1;
        for (line, text) in lines {
            let fence = text.trim().strip_prefix("```");
            if !inside {
                inside = fence.is_some_and(|info| info.trim() == "layers");
                blocks += usize::from(inside);
            } else if fence.is_some() {
                inside = false;
            } else {
                let why = layers.add(text, expected).err();
                problems.extend(why.map(|why| format!("{DOCUMENT}:{line}: {why}")));
                expected += 1;
            }
        }
        match blocks {
            0 => problems.push(format!("{DOCUMENT}: there is no block of code with the info string `layers`")),
            1 => {}
            _ => problems.push(format!("{DOCUMENT}: there are {blocks} blocks of code with the info string `layers`")),
        }
        if problems.is_empty() { Ok(layers) } else { Err(problems) }
    }

    /// Adds a line such as `2  http time  # a comment`.
    fn add(&mut self, line: &str, expected: usize) -> Result<(), String> {
        let content = line.split_once("  #").map_or(line, |(content, _)| content);
        let mut words = content.split_whitespace();
        if words.next().and_then(|number| number.parse().ok()) != Some(expected) {
            return Err(format!("line {expected} of the layers must begin with `{expected}`"));
        }
        for (column, name) in words.enumerate() {
            if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
                return Err(format!("`{name}` is not the name of a module"));
            }
            let position = Position { layer: expected, column };
            if let Some(known) = self.positions.insert(name.to_owned(), position) {
                return Err(format!("`{name}` is on the list already, on line {}", known.layer));
            }
        }
        Ok(())
    }

    /// Every way in which a crate breaks the order, one line each.
    pub(super) fn broken(&self, core: &Crate, graph: &Graph<'_>) -> Vec<String> {
        let mut problems = self.incomplete(core);
        let mut edges: Vec<_> = graph.iter().collect();
        edges.sort_by_key(|((from, _), edge)| (*from, edge.line));
        for ((from, _), edge) in edges {
            if let Some(why) = self.forbids(edge.from, edge.to) {
                problems.push(format!("{from}:{}: `{}` — {why}", edge.line, edge.path));
            }
        }
        problems
    }

    /// Modules that are on the list or in the crate, and not in both.
    fn incomplete(&self, core: &Crate) -> Vec<String> {
        let modules: BTreeMap<_, _> = core.modules.first().into_iter().flat_map(|root| &root.children).collect();
        let gone = self.positions.keys().filter(|name| !modules.contains_key(name));
        let gone = gone.map(|name| format!("{DOCUMENT}: the layers name `{name}`, which is not a module of the core"));
        let listed = |name: &&&String| !self.positions.contains_key(**name) && !UNORDERED.contains(&name.as_str());
        let missing = modules.keys().filter(listed);
        gone.chain(missing.map(|name| format!("{DOCUMENT}: the module `{name}` is missing in the layers"))).collect()
    }

    /// Why files of one module may not use those of another, if they may not.
    fn forbids(&self, from: Option<&str>, to: Option<&str>) -> Option<String> {
        let from = from.filter(|from| !UNORDERED.contains(from))?;
        // A module that is not on the list is reported as missing.
        let user = self.positions.get(from)?;
        let refused = format!("{from} (line {}) may not use", user.layer);
        let Some(to) = to else { return Some(format!("{refused} items of lib.rs")) };
        if from == to {
            return None;
        }
        if UNORDERED.contains(&to) {
            return Some(format!("{refused} {to}"));
        }
        let used = self.positions.get(to)?;
        (used > user).then(|| {
            let side = if used.layer == user.layer { ", to its right" } else { "" };
            format!("{refused} {to} (line {}{side})", used.layer)
        })
    }
}

/// The cycles of files in each module, one line each.
pub(super) fn cyclic(core: &Crate, graph: &Graph<'_>) -> Vec<String> {
    let modules: BTreeSet<_> = core.modules.iter().filter_map(|module| module.path.first()).collect();
    let source = core.modules.first().and_then(|root| root.file.strip_suffix("lib.rs")).unwrap_or_default();
    let checked = modules.into_iter().filter(|module| !MAY_HAVE_CYCLES.contains(&module.as_str()));
    let cycles = checked.flat_map(|module| cycles(graph, module));
    let short = |file: &str| file.strip_prefix(source).unwrap_or(file).to_owned();
    let describe = |cycle: Vec<&str>| {
        let names: Vec<_> = cycle.iter().map(|file| short(file)).collect();
        // Each path that is part of it: one of them must go.
        let paths = cycle.windows(2).filter_map(|pair| match pair {
            [from, to] => graph.get(&(*from, *to)).map(|edge| format!("{}:{} `{}`", short(from), edge.line, edge.path)),
            _ => None,
        });
        let paths: Vec<_> = paths.collect();
        format!("{source}: cycle of files: {} ({})", names.join(" → "), paths.join(", "))
    };
    cycles.map(describe).collect()
}
