//! What a path refers to: a module, an item of a module, or something of another crate.
//!
//! Names are looked up as the compiler does it: in the module of the path, through imports and re-exports. Two things
//! are simpler: a `use` inside a function counts for its whole module, and a name that is not found in a module, because
//! a macro defines it, is taken for an item of that module.

use super::{
    modules::{Crate, Module},
    source::{Kind, Path},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Module(usize),
    /// An item of this module, or something inside of an item.
    Item(usize),
    /// The whole path, from the name of the other crate.
    External(Vec<String>),
}

/// Which names count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Namespace {
    /// Those that a path can go through.
    Types,
    All,
}

impl Crate {
    /// Everything that a path in this module can refer to: several if a name stands for a module and a function.
    pub(super) fn resolve(&self, module: usize, path: &Path) -> Vec<Target> {
        Search { modules: self, active: Vec::new() }.path(module, path, Namespace::All)
    }

    /// What a single name refers to; nothing for a local variable and for a name of the prelude.
    pub(super) fn resolve_name(&self, module: usize, name: &str) -> Vec<Target> {
        Search { modules: self, active: Vec::new() }.name(module, name, Namespace::All, module)
    }

    /// Whether a module is another one or below it.
    pub(super) fn is_within(&self, inner: usize, outer: usize) -> bool {
        self.modules.get(inner).zip(self.modules.get(outer)).is_some_and(|(it, outer)| it.path.starts_with(&outer.path))
    }

    /// The modules that define a macro with `macro_rules!`, which can be used below and after it without a path.
    pub(super) fn macros(&self, name: &str) -> Vec<Target> {
        let defines = |(id, module): (usize, &Module)| {
            let found = module.source.items.iter().any(|(item, kind)| item == name && *kind == Kind::Macro);
            found.then_some(Target::Item(id))
        };
        self.modules.iter().enumerate().filter_map(defines).collect()
    }
}

struct Search<'a> {
    modules: &'a Crate,
    /// The imports that are being resolved: `use http;` does not refer to itself.
    active: Vec<(usize, usize)>,
}

impl Search<'_> {
    fn path(&mut self, module: usize, path: &Path, namespace: Namespace) -> Vec<Target> {
        let external = || vec![Target::External(path.segments.clone())];
        let Some((head, mut rest)) = path.segments.split_first() else { return Vec::new() };
        let found = match head.as_str() {
            _ if path.global => return external(),
            "crate" => vec![Target::Module(0)],
            "self" => vec![Target::Module(module)],
            "super" => self.parent(module).into_iter().collect(),
            name => self.name(module, name, if rest.is_empty() { namespace } else { Namespace::Types }, module),
        };
        if found.is_empty() {
            return external();
        }
        let mut targets = found;
        while let Some((segment, after)) = rest.split_first() {
            let namespace = if after.is_empty() { namespace } else { Namespace::Types };
            let next = targets.into_iter().flat_map(|target| self.step(target, segment, namespace, module));
            targets = next.collect();
            rest = after;
        }
        targets
    }

    /// One segment further, in a path that is written in the module `by`.
    fn step(&mut self, from: Target, segment: &str, namespace: Namespace, by: usize) -> Vec<Target> {
        match from {
            Target::Module(id) if segment == "super" => self.parent(id).into_iter().collect(),
            Target::Module(id) => match self.name(id, segment, namespace, by) {
                found if found.is_empty() => vec![Target::Item(id)],
                found => found,
            },
            Target::Item(id) => vec![Target::Item(id)],
            Target::External(mut path) => {
                path.push(segment.to_owned());
                vec![Target::External(path)]
            }
        }
    }

    fn parent(&self, module: usize) -> Option<Target> {
        self.modules.modules.get(module)?.parent.map(Target::Module)
    }

    /// A name in the scope of a module, used by the module `by`.
    fn name(&mut self, id: usize, name: &str, namespace: Namespace, by: usize) -> Vec<Target> {
        let crate_ = self.modules;
        let Some(module) = crate_.modules.get(id) else { return Vec::new() };
        let mut found: Vec<_> = module.children.get(name).copied().map(Target::Module).into_iter().collect();
        let counts = |kind: Kind| namespace == Namespace::All || kind == Kind::Type;
        if module.source.items.iter().any(|(item, kind)| item == name && counts(*kind)) {
            found.push(Target::Item(id));
        }
        let inside = crate_.is_within(by, id);
        let imports = module.source.imports.iter().enumerate().filter(|(_, import)| import.public || inside);
        for (position, import) in imports.clone().filter(|(_, import)| import.name.as_deref() == Some(name)) {
            found.extend(self.once((id, position), |this| this.path(id, &import.path, namespace)));
        }
        if found.is_empty() {
            for (position, import) in imports.filter(|(_, import)| import.glob) {
                let below = self.once((id, position), |this| {
                    let through = this.path(id, &import.path, Namespace::Types);
                    let modules = through.into_iter().filter_map(|target| match target {
                        Target::Module(id) => Some(id),
                        Target::Item(_) | Target::External(_) => None,
                    });
                    modules.flat_map(|id| this.name(id, name, namespace, by)).collect()
                });
                found.extend(below);
            }
        }
        found.dedup();
        found
    }

    /// Resolves an import, unless that is being done already.
    fn once(&mut self, import: (usize, usize), resolve: impl FnOnce(&mut Self) -> Vec<Target>) -> Vec<Target> {
        if self.active.contains(&import) {
            return Vec::new();
        }
        self.active.push(import);
        let found = resolve(self);
        self.active.pop();
        found
    }
}
