//! Packages, features and dependencies of the workspace, from `cargo metadata`.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use serde::Deserialize;

use crate::shell::{Shell, read};

/// Every package of the build: the members of the workspace and all their dependencies.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
}

#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Whether it is a member of the workspace.
    pub(crate) member: bool,
    pub(crate) rust_version: Option<String>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// Integration tests, by name.
    pub(crate) tests: Vec<String>,
    /// The dependencies in its manifest, optional ones too.
    pub(crate) requirements: Vec<(Kind, String)>,
    /// The features that are enabled in this build.
    pub(crate) enabled: Vec<String>,
    /// The dependencies in this build, as positions in [`Workspace::packages`].
    pub(crate) dependencies: Vec<(Kind, usize)>,
}

/// The table of a manifest that contains a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Workspace {
    pub(crate) fn load(shell: &Shell) -> Result<Self, String> {
        Self::parse(&read(&mut shell.cargo(&["metadata", "--format-version", "1"]))?)
    }

    fn parse(json: &str) -> Result<Self, String> {
        let metadata: Metadata = serde_json::from_str(json).map_err(|error| format!("cargo metadata: {error}"))?;
        let members: HashSet<_> = metadata.workspace_members.into_iter().collect();
        let positions: HashMap<_, _> =
            metadata.packages.iter().enumerate().map(|(position, package)| (package.id.clone(), position)).collect();
        let mut nodes: HashMap<_, _> = metadata.resolve.nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
        let packages = metadata.packages.into_iter().map(|package| {
            let node = nodes.remove(&package.id).unwrap_or_default();
            let dependencies = node.deps.iter().flat_map(|edge| {
                let position = positions.get(&edge.pkg).copied();
                edge.dep_kinds.iter().filter_map(move |kind| Some((Kind::parse(kind.kind.as_deref()), position?)))
            });
            Package {
                member: members.contains(&package.id),
                tests: package
                    .targets
                    .into_iter()
                    .filter(|target| target.kind.iter().any(|kind| kind == "test"))
                    .map(|target| target.name)
                    .collect(),
                requirements: package
                    .dependencies
                    .into_iter()
                    .map(|it| (Kind::parse(it.kind.as_deref()), it.name))
                    .collect(),
                dependencies: dependencies.collect(),
                enabled: node.features,
                name: package.name,
                rust_version: package.rust_version,
                features: package.features,
            }
        });
        Ok(Self { packages: packages.collect(), target: metadata.target_directory })
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.member)
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Package> {
        self.members().find(|package| package.name == name)
    }

    /// All dependencies of a package, direct and indirect, without dev-dependencies.
    pub(crate) fn all_dependencies<'a>(&'a self, package: &'a Package) -> Vec<&'a Package> {
        let mut seen = HashSet::new();
        let mut open: Vec<_> = vec![package];
        let mut found = Vec::new();
        while let Some(next) = open.pop() {
            let below = next.dependencies.iter().filter(|(kind, _)| *kind != Kind::Dev).map(|(_, position)| *position);
            for dependency in below.filter(|position| seen.insert(*position)).filter_map(|it| self.packages.get(it)) {
                found.push(dependency);
                open.push(dependency);
            }
        }
        found
    }
}

impl Kind {
    fn parse(kind: Option<&str>) -> Self {
        match kind {
            Some("dev") => Self::Dev,
            Some("build") => Self::Build,
            _ => Self::Normal,
        }
    }
}

// The parts of the output that are used.

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<RawPackage>,
    workspace_members: Vec<String>,
    resolve: Resolve,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct RawPackage {
    id: String,
    name: String,
    rust_version: Option<String>,
    features: BTreeMap<String, Vec<String>>,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Default, Deserialize)]
struct Node {
    id: String,
    features: Vec<String>,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    kind: Option<String>,
}

#[cfg(test)]
impl Workspace {
    /// A workspace for tests: the names of its members, and dependencies such as `a -> b`, `a dev-> b`.
    pub(crate) fn from_edges(members: &[&str], edges: &[&str]) -> Self {
        let mut workspace = Self::default();
        for name in members {
            let position = workspace.position(name);
            workspace.packages[position].member = true;
        }
        for edge in edges {
            let words: Vec<_> = edge.split_whitespace().collect();
            let kind = match words[1] {
                "->" => Kind::Normal,
                "dev->" => Kind::Dev,
                "build->" => Kind::Build,
                other => panic!("{other}"),
            };
            let (from, to) = (workspace.position(words[0]), workspace.position(words[2]));
            workspace.packages[from].dependencies.push((kind, to));
            workspace.packages[from].requirements.push((kind, words[2].to_owned()));
        }
        workspace
    }

    fn position(&mut self, name: &str) -> usize {
        self.packages.iter().position(|package| package.name == name).unwrap_or_else(|| {
            self.packages.push(Package { name: name.to_owned(), ..Package::default() });
            self.packages.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_can_be_read() {
        let workspace = Workspace::load(&Shell::at_root()).unwrap();
        let core = workspace.member("zitadel-core").unwrap();
        assert!(core.rust_version.is_some());
        assert!(core.requirements.iter().any(|(kind, name)| *kind == Kind::Dev && name == "zitadel-emulator"));
        assert!(workspace.all_dependencies(core).iter().any(|package| package.name == "openidconnect"));
        assert!(workspace.member("openidconnect").is_none(), "not a member");
        let behaviours = workspace.member("behaviours").unwrap();
        assert!(behaviours.tests.iter().any(|name| name == "parity"));
    }

    #[test]
    fn indirect_dependencies_do_not_include_dev_dependencies() {
        let workspace = Workspace::from_edges(&["a"], &["a -> b", "b build-> c", "b dev-> d", "a dev-> e", "c -> b"]);
        let mut names: Vec<_> = workspace
            .all_dependencies(workspace.member("a").unwrap())
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["b", "c"]);
    }
}
