//! The real tree, and the trees of the other tests.

use super::*;

mod edges;
mod order;
mod paths;
mod tests_left_out;

/// The intended list of modules.
const LAYERS: &str = "\
# Architecture

```layers
 1  secret time table error_chain telemetry
 2  http
 3  environment
 4  roles claims
 5  protocol
 6  session
 7  user
 8  answer
 9  config  # parsed once
10  provider
11  error
12  engine
13  access
14  flow
15  endpoint
16  zitadel
```
";

const MODULES: &[&str] = &[
    "secret",
    "time",
    "table",
    "error_chain",
    "telemetry",
    "http",
    "environment",
    "roles",
    "claims",
    "protocol",
    "session",
    "user",
    "answer",
    "config",
    "provider",
    "error",
    "engine",
    "access",
    "flow",
    "endpoint",
    "zitadel",
    "internals",
];

/// A complete tree that breaks no rule, with these files added or replaced.
fn tree(changes: &[(&str, &str)]) -> Files {
    let lib: String = MODULES.iter().map(|name| format!("mod {name};\n")).collect();
    let mut files = Files::from([(DOCUMENT.to_owned(), LAYERS.to_owned()), (format!("{CORE}lib.rs"), lib)]);
    files.extend(MODULES.iter().map(|name| (format!("{CORE}{name}.rs"), String::new())));
    files.extend(ADAPTERS.iter().chain([&EMULATOR]).map(|folder| (format!("{folder}lib.rs"), String::new())));
    for (file, text) in changes {
        files.insert((*file).to_owned(), (*text).to_owned());
    }
    files
}

#[test]
fn the_intended_tree_breaks_no_rule() {
    assert_eq!(broken(&tree(&[])), Vec::<String>::new());
}

#[test]
fn this_workspace_breaks_no_rule() {
    let broken = broken(&read(&Shell::at_root()).unwrap());
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// An empty graph would break no rule.
#[test]
fn the_reader_sees_this_workspace() {
    let files = read(&Shell::at_root()).unwrap();
    let core = Crate::read(&files, &format!("{CORE}lib.rs"));
    let graph = core.graph();
    let counts = (core.files().len(), graph.len(), core.externals().len());
    assert!(counts.0 > 80 && counts.1 > 300 && counts.2 > 500, "files, edges, paths of other crates: {counts:?}");
    let edge = |from: &str, to: &str| graph.contains_key(&(&*format!("{CORE}{from}"), &*format!("{CORE}{to}")));
    assert!(edge("zitadel.rs", "engine/mod.rs"));
    // Through a re-export.
    assert!(edge("zitadel.rs", "http/request_head.rs") && !edge("zitadel.rs", "http/mod.rs"));
    // Every module is part of the graph.
    for name in core.modules[0].children.keys().map(String::as_str) {
        let used = graph.values().any(|edge| edge.from == Some(name) || edge.to == Some(name));
        assert!(used, "no edge from or to {name}");
    }
    for folder in folders() {
        let paths = Crate::read(&files, &format!("{folder}lib.rs")).externals().len();
        assert!(paths > 50, "{paths} paths in {folder}");
    }
}
