//! `.env.example`, `config/env.rs` and the source tree agree on which variables there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use zitadel_core::{Config, config::env};

/// Variables that only the samples, the gateway and the emulator read, and their defaults.
const PROGRAMS: [(&str, &str); 4] =
    [("PORT", "3000"), ("HOST", "127.0.0.1"), ("APP_URL", "http://localhost:3000"), ("GATEWAY_PORT", "8000")];

/// Variables of the sample programs that have no default.
const SAMPLES: [&str; 2] = ["GATEWAY_URL", "GATEWAY_SECRET_FILE"];

/// Variables that the libraries for TLS and HTTP read.
const LIBRARIES: [&str; 5] = ["SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/// Variables of the gateway's options, `env = "NAME"` in its sources. Their defaults are in the text of `--help`.
fn gateway() -> Vec<&'static str> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut files = Vec::new();
        sources(&root().join("crates/zitadel-gateway/src"), &mut files);
        let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
        let names = texts.flat_map(|text| {
            text.split("env = \"")
                .skip(1)
                .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
                .collect::<Vec<_>>()
        });
        let others = names.filter(|name| PROGRAMS.iter().all(|(known, _)| known != name));
        others.collect::<BTreeSet<_>>().into_iter().collect()
    });
    assert!(names.iter().any(|name| name == "SPA_ORIGIN"), "{names:?}");
    names.iter().map(String::as_str).collect()
}

/// Every variable with its default.
fn all() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    let engine = env::ALL.iter().map(|variable| (variable.name, variable.default));
    let without_default = LIBRARIES.into_iter().chain(SAMPLES).map(|name| (name, None));
    engine
        .chain(PROGRAMS.map(|(name, default)| (name, Some(default))))
        .chain(without_default)
        .chain(gateway().into_iter().map(|name| (name, None)))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Name → value, and whether the line is active (true) or commented out.
fn example() -> BTreeMap<String, (String, bool)> {
    let text = fs::read_to_string(root().join(".env.example")).unwrap();
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let (assignment, is_active) = line.strip_prefix("# ").map_or((line, true), |rest| (rest, false));
        let Some((name, value)) = assignment.split_once('=') else { continue };
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
            let before = found.insert(name.to_owned(), (value.trim_matches('"').to_owned(), is_active));
            assert!(before.is_none(), "{name} is in .env.example twice");
        }
    }
    found
}

/// Every source file below a folder, without tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn reads_the_environment(source: &str) -> bool {
    ["env::var(", "env::var_os(", "dotenvy::var("].into_iter().any(|call| source.contains(call))
}

/// Names that are passed to a function, as in `env::var("PORT")` or `variable("PORT")`, but not to a method, as in
/// `name.contains("SECRET")`.
fn names_in_calls(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices("(\"").filter_map(|(at, open)| {
        let callee = source[..at].rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next()?;
        let name = source[at + open.len()..].split('"').next()?;
        let method = source[..at - callee.len()].ends_with('.');
        let upper_case = name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        (!method && upper_case).then_some(name)
    })
}

#[test]
fn example_has_every_variable_that_the_code_reads_and_no_other() {
    let example: Vec<_> = example().into_keys().collect();
    let mut known: Vec<_> = all().map(|(name, _)| name).collect();
    known.sort_unstable();
    assert_eq!(example, known);
}

#[test]
fn constants_are_in_the_list_and_named_like_their_variables() {
    let source = fs::read_to_string(root().join("crates/zitadel-core/src/config/env.rs")).unwrap();
    let constants: Vec<_> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str = \""))
        .map(|(name, value)| (name, value.trim_end_matches("\";")))
        .collect();
    assert_eq!(constants.len(), env::ALL.len());
    for (name, value) in constants {
        assert_eq!(name, value);
        assert!(env::ALL.iter().any(|variable| variable.name == name), "{name} is not in `env::ALL`");
    }
}

#[test]
fn example_shows_the_defaults() {
    let example = example();
    for (name, default) in all() {
        let (value, is_active) = &example[name];
        if let Some(default) = default {
            assert!(!is_active, "{name} has a default: leave it commented out");
            assert_eq!(value, default, "{name}");
        }
    }
}

#[test]
fn copied_example_is_rejected_with_a_list_of_its_placeholders() {
    let copied = example().into_iter().filter(|(_, (_, is_active))| *is_active).map(|(name, (value, _))| (name, value));
    let error = Config::from_vars(copied).unwrap_err();
    let names: Vec<_> = error.problems().map(|problem| problem.name()).collect();
    assert_eq!(names, ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "SESSION_SECRET"]);
    assert!(error.problems().all(|problem| problem.message().contains("placeholder")), "{error}");
    assert!(!error.to_string().contains("replace-me"), "{error}");
}

#[test]
fn example_without_placeholders_is_accepted_with_every_default_uncommented() {
    let filled = example().into_iter().map(|(name, (value, is_active))| {
        let default = all().any(|(known, default)| known == name && default.is_some());
        let value = match name.as_str() {
            "ZITADEL_DOMAIN" => "https://acme.zitadel.cloud".to_owned(),
            "ZITADEL_CLIENT_ID" => "170086824411201793@app".to_owned(),
            "SESSION_SECRET" => "0eUO2mB9xkWc1VqTn5yFs7RzLd3HaJgP".to_owned(),
            _ if is_active || default => value,
            _ => String::new(),
        };
        (name, value)
    });
    Config::from_vars(filled).unwrap();
}

#[test]
fn engine_reads_the_environment_in_one_file_and_no_code_reads_an_undocumented_variable() {
    let engine = root().join("crates/zitadel-core/src");
    let allowed = engine.join("config/process.rs");
    let mut files = Vec::new();
    for folder in [
        &engine,
        &root().join("examples"),
        &root().join("crates/zitadel-emulator/src"),
        &root().join("crates/zitadel-process/src"),
    ] {
        sources(folder, &mut files);
    }
    assert!(files.contains(&allowed));
    for file in files.into_iter().filter(|file| *file != allowed) {
        let source = fs::read_to_string(&file).unwrap();
        if !reads_the_environment(&source) {
            continue;
        }
        assert!(!file.starts_with(&engine), "{} reads the environment outside of config/process.rs", file.display());
        let names: Vec<_> = names_in_calls(&source).collect();
        assert!(!names.is_empty(), "{} reads variables whose names are not literals", file.display());
        for name in names {
            let known = all().any(|(known, _)| known == name);
            assert!(known, "{} reads {name}, which is not in .env.example", file.display());
        }
    }
}

#[test]
fn search_for_names_finds_calls_and_ignores_methods() {
    let source = r#"let a = env::var("PORT"); let b = set("HOST"); name.contains("SECRET"); say("hello"); "#;
    assert_eq!(names_in_calls(source).collect::<Vec<_>>(), ["PORT", "HOST"]);
}
