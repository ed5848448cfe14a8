//! The rules of ARCHITECTURE.md that cargo cannot hold: which file may mention what.
//!
//! | rule | files | must not mention |
//! |---|---|---|
//! | pure | `protocol/`, `access.rs`, `session/lifetime.rs`, `boundary/same_origin.rs` | `flow`, `edge`, `tokio`, `std::env`, clocks, `async` |
//! | boundary | `boundary/` | `flow`, `edge` |
//! | flow is private | all of the core but `zitadel.rs` and `flow/` | `flow` |
//! | four doors | all of the core but `edge/` and `config/env.rs` | clocks, randomness, network, environment, files |
//! | thin adapters | `zitadel-axum`, `zitadel-actix`, `zitadel-rocket` | crates that speak the protocol, the emulator |
//! | independent referee | `zitadel-emulator` | any crate of ours |
//!
//! Comments, strings and what only tests compile do not count.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test: to panic is to fail")]

#[path = "layering/source.rs"]
mod source;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path as File, PathBuf},
};

use source::{Path, Source};

struct Rule {
    name: &'static str,
    /// Which files, by their path from the root of the repository.
    about: fn(&str) -> bool,
    forbids: fn(&Path) -> bool,
}

const CORE: &str = "crates/zitadel-core/src/";

const RULES: &[Rule] = &[
    Rule {
        name: "pure",
        about: |file| {
            in_core(file).is_some_and(|file| {
                file.starts_with("protocol/")
                    || ["access.rs", "session/lifetime.rs", "boundary/same_origin.rs"].contains(&file)
            })
        },
        forbids: |path| {
            path.goes_through("flow")
                || path.goes_through("edge")
                || path.starts_with(&["tokio"])
                || path.starts_with(&["std", "env"])
                || path.segments.iter().any(|word| ["SystemTime", "Instant", "async", "await"].contains(&word.as_str()))
        },
    },
    Rule {
        name: "boundary",
        about: |file| in_core(file).is_some_and(|file| file.starts_with("boundary/")),
        forbids: |path| path.goes_through("flow") || path.goes_through("edge"),
    },
    Rule {
        name: "flow is private",
        about: |file| in_core(file).is_some_and(|file| file != "zitadel.rs" && !file.starts_with("flow/")),
        forbids: |path| path.goes_through("flow"),
    },
    Rule {
        name: "four doors",
        about: |file| in_core(file).is_some_and(|file| file != "config/env.rs" && !file.starts_with("edge/")),
        forbids: |path| {
            path.ends_with(&["SystemTime", "now"])
                || path.ends_with(&["Instant", "now"])
                || path.starts_with(&["aws_lc_rs", "rand"])
                || [["std", "env"], ["std", "fs"], ["std", "process"]].iter().any(|door| path.starts_with(door))
                || external(path, &["getrandom", "rand", "reqwest"])
        },
    },
    Rule {
        name: "thin adapters",
        about: |file| {
            ["axum", "actix", "rocket"].iter().any(|name| file.starts_with(&format!("crates/zitadel-{name}/src/")))
        },
        forbids: |path| {
            let protocol = ["aes_gcm", "cookie", "jsonwebtoken", "oauth2", "openidconnect", "reqwest"];
            external(path, &protocol) || external(path, &["zitadel_emulator"])
        },
    },
    Rule {
        name: "independent referee",
        about: |file| file.starts_with("crates/zitadel-emulator/src/"),
        forbids: |path| {
            path.segments
                .iter()
                .any(|word| word.starts_with("zitadel_") && word != "zitadel_emulator" && OURS.contains(&word.as_str()))
        },
    },
];

const OURS: &[&str] =
    &["zitadel_core", "zitadel_axum", "zitadel_actix", "zitadel_rocket", "zitadel_redis", "zitadel_gateway"];

fn in_core(file: &str) -> Option<&str> {
    file.strip_prefix(CORE)
}

/// Whether a path begins with another crate's name.
fn external(path: &Path, crates: &[&str]) -> bool {
    (path.imported || path.segments.len() > 1) && path.segments.first().is_some_and(|it| crates.contains(&it.as_str()))
}

/// Every place in a file that breaks a rule.
fn broken(file: &str, source: &Source) -> Vec<String> {
    let about = RULES.iter().filter(|rule| (rule.about)(file));
    about
        .flat_map(|rule| {
            source
                .paths
                .iter()
                .filter(|path| (rule.forbids)(path))
                .map(|path| format!("{file}:{}: `{}` breaks \"{}\"", path.line, path.segments.join("::"), rule.name))
        })
        .collect()
}

/// The sources of our crates, by their path from the root; files that only tests compile are left out.
fn sources() -> BTreeMap<String, Source> {
    let root = File::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for package in fs::read_dir(root.join("crates")).unwrap() {
        collect(&package.unwrap().path().join("src"), &mut files);
    }
    let mut tests = Vec::new();
    let mut found = BTreeMap::new();
    for file in files {
        let source = Source::read(&fs::read_to_string(&file).unwrap());
        let folder = match file.file_name().and_then(|name| name.to_str()) {
            Some("lib.rs" | "main.rs" | "mod.rs") => file.with_file_name(""),
            _ => file.with_extension(""),
        };
        tests.extend(source.test_modules.iter().map(|module| folder.join(module)));
        found.insert(file, source);
    }
    found.retain(|file, _| !tests.iter().any(|test| *file == test.with_extension("rs") || file.starts_with(test)));
    let name = |file: PathBuf| file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
    found.into_iter().map(|(file, source)| (name(file), source)).collect()
}

fn collect(folder: &File, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_file_keeps_to_its_layer() {
    let broken: Vec<_> = sources().iter().flat_map(|(file, source)| broken(file, source)).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn there_is_something_to_look_at() {
    let sources = sources();
    let count = |start: &str| sources.keys().filter(|file| file.starts_with(start)).count();
    for (start, least) in [
        ("crates/zitadel-core/src/protocol/", 12),
        ("crates/zitadel-core/src/boundary/", 5),
        ("crates/zitadel-core/src/edge/", 4),
        ("crates/zitadel-core/src/flow/", 6),
        ("crates/zitadel-core/src/", 40),
        ("crates/zitadel-axum/src/", 1),
        ("crates/zitadel-emulator/src/", 1),
    ] {
        assert!(count(start) >= least, "{} files in {start}, at least {least} expected", count(start));
    }
    for rule in RULES {
        assert!(sources.keys().any(|file| (rule.about)(file)), "\"{}\" looks at no file", rule.name);
    }
    for file in ["access.rs", "session/lifetime.rs", "boundary/same_origin.rs", "zitadel.rs", "config/env.rs"] {
        assert!(sources.contains_key(&format!("{CORE}{file}")), "a rule names {file}, which is gone");
    }
    // The reader understands real files: an ordinary one mentions a good many paths.
    let paths: usize = sources.values().map(|source| source.paths.len()).sum();
    assert!(paths > 20 * sources.len(), "{paths} paths in {} files", sources.len());
}

#[test]
fn each_rule_notices_what_breaks_it() {
    let core = |file: &str| format!("{CORE}{file}");
    let cases = [
        ("pure", core("protocol/token.rs"), "use crate::flow::login;"),
        ("pure", core("protocol/token.rs"), "use crate::{config::Config, edge::{Clock, Edge as Door}};"),
        ("pure", core("protocol/token.rs"), "fn now() -> u64 { super::super::edge::now() }"),
        ("pure", core("protocol/jws/deep.rs"), "use tokio::sync::Mutex;"),
        ("pure", core("protocol/token.rs"), "fn f() { tokio::spawn(g()); }"),
        ("pure", core("protocol/token.rs"), "fn f() { let x = ::std::env::var(\"A\"); }"),
        ("pure", core("protocol/token.rs"), "use std::{collections::HashMap, env};"),
        ("pure", core("protocol/token.rs"), "use std::time::{Duration, SystemTime};"),
        ("pure", core("access.rs"), "pub async fn admit() {}"),
        ("pure", core("access.rs"), "fn f() { let x = g().await; }"),
        ("pure", core("session/lifetime.rs"), "fn f(now: std::time::Instant) {}"),
        ("pure", core("boundary/same_origin.rs"), "use crate::edge;"),
        ("boundary", core("boundary/reply.rs"), "pub use crate::flow::Endpoint;"),
        ("boundary", core("boundary/mod.rs"), "fn f(x: &crate::edge::Edge) {}"),
        ("flow is private", core("lib.rs"), "pub use flow::Endpoint;"),
        ("flow is private", core("edge/provider.rs"), "fn f() { crate::flow::serve() }"),
        ("four doors", core("flow/login.rs"), "fn f() { let t = SystemTime::now(); }"),
        ("four doors", core("flow/login.rs"), "fn f() { let t = std::time::Instant::now(); }"),
        ("four doors", core("session/seal.rs"), "use aws_lc_rs::{aead, rand::SystemRandom};"),
        ("four doors", core("session/seal.rs"), "fn f() { getrandom::fill(&mut x); }"),
        ("four doors", core("flow/refresh.rs"), "use rand;"),
        ("four doors", core("zitadel.rs"), "struct Z { client: reqwest::Client }"),
        ("four doors", core("config.rs"), "fn f() { std::env::var_os(\"HOME\"); }"),
        ("four doors", core("config/vars.rs"), "use std::fs;"),
        ("thin adapters", "crates/zitadel-axum/src/user.rs".to_owned(), "use jsonwebtoken::decode;"),
        ("thin adapters", "crates/zitadel-actix/src/translate.rs".to_owned(), "fn f() { cookie::Cookie::parse(x); }"),
        ("thin adapters", "crates/zitadel-rocket/src/lib.rs".to_owned(), "use zitadel_emulator::Emulator;"),
        ("independent referee", "crates/zitadel-emulator/src/mint.rs".to_owned(), "use zitadel_core::Timestamp;"),
        ("independent referee", "crates/zitadel-emulator/src/mint.rs".to_owned(), "fn f(x: zitadel_axum::User) {}"),
    ];
    for (rule, file, text) in &cases {
        let found = broken(file, &Source::read(text));
        assert!(found.iter().any(|line| line.ends_with(&format!("\"{rule}\""))), "{file}: {text}: {found:?}");
    }
    for rule in RULES {
        assert!(cases.iter().any(|(name, ..)| *name == rule.name), "\"{}\" is never seen to fail", rule.name);
    }
}

#[test]
fn a_place_is_named_by_file_and_line() {
    let file = "crates/zitadel-core/src/protocol/token.rs";
    let source = Source::read("//! Tokens.\n\nuse std::{\n    fmt,\n    env,\n};\n");
    assert_eq!(
        broken(file, &source),
        [format!("{file}:5: `std::env` breaks \"pure\""), format!("{file}:5: `std::env` breaks \"four doors\""),]
    );
}

#[test]
fn comments_strings_and_tests_do_not_count() {
    for text in [
        "//! Unlike `crate::flow::login`, which is async, this waits for nothing.",
        "/* crate::edge /* nested */ tokio::spawn */ fn f() {}",
        "/// ```\n/// zitadel_core::Zitadel::new().await\n/// ```\nfn f() {}",
        r##"const A: &str = "crate::flow::x \" std::env::var"; const B: &str = r#"tokio::spawn "async" "#;"##,
        r#"const C: &[u8] = b"edge::x"; const D: char = '"'; const E: char = '\''; fn f<'async_>(x: &'async_ str) {}"#,
        "#[cfg(test)]\nmod tests { use crate::edge::Edge; #[tokio::test] async fn f() { g().await } }",
        "#[cfg(test)] use crate::{edge::Edge, flow};",
        "#[cfg(test)]\n#[expect(dead_code, reason = \"x\")]\npub(crate) async fn f<A, B>(a: A, b: [u8; 2]) -> B { a.await }",
        "struct A { #[cfg(test)] clock: crate::edge::Clock, b: u8 }",
        "#![cfg(test)]\nuse tokio::time;",
        // Words that only look like it.
        "fn f(edge: u8) -> u8 { let flow = edge; flow + 1 }",
        "#[cfg(feature = \"reqwest\")]\nfn f() {}",
    ] {
        for file in ["protocol/token.rs", "boundary/mod.rs"] {
            let found = broken(&format!("{CORE}{file}"), &Source::read(text));
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }
}

#[test]
fn what_follows_a_test_module_counts_again() {
    for text in [
        "#[cfg(test)] mod tests { fn f() {} }\nuse crate::flow::x;",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n    use a::{b, c};\n}\nuse crate::flow::x;",
        "#[cfg(test)] pub(crate) use a::{b, c};\nuse crate::flow::x;",
        "#[cfg(test)] pub(in a::b) mod tests { use a; }\nuse crate::flow::x;",
        "#[cfg(test)] mod tests;\nuse crate::flow::x;",
        "#[cfg(test)] use a::{b, c};\nuse crate::flow::x;",
        "struct A { #[cfg(test)] a: u8, b: crate::flow::X }",
        "struct A { b: u8, #[cfg(test)] a: u8 }\nuse crate::flow::x;",
        "#[cfg(any(test, feature = \"x\"))] use crate::flow::x;",
        "#[cfg(not(test))] use crate::flow::x;",
        "const A: char = '{'; const B: &str = \"/*\"; use crate::flow::x;",
    ] {
        let found = broken(&format!("{CORE}boundary/mod.rs"), &Source::read(text));
        assert!(!found.is_empty(), "{text}");
    }
    assert_eq!(Source::read("#[cfg(test)]\npub(super) mod tests;").test_modules, ["tests"]);
}
