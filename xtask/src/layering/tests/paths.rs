//! Rules 3 to 5: what files may mention.

use super::*;

#[test]
fn each_forbidden_path_is_reported() {
    for (file, text, written, reason) in [
        ("zitadel-core/src/flow.rs", "fn f() { SystemTime::now(); }", "SystemTime::now", "environment/"),
        (
            "zitadel-core/src/flow.rs",
            "fn f() { std::time::Instant::now(); }",
            "std::time::Instant::now",
            "environment/",
        ),
        ("zitadel-core/src/flow.rs", "use std::time::Instant as I; fn f() { I::now(); }", "I::now", "environment/"),
        (
            "zitadel-core/src/flow.rs",
            "fn f() { tokio::time::Instant::now(); }",
            "tokio::time::Instant::now",
            "environment/",
        ),
        ("zitadel-core/src/session.rs", "use aws_lc_rs::{aead, rand::fill};", "aws_lc_rs::rand::fill", "environment/"),
        (
            "zitadel-core/src/session.rs",
            "use aws_lc_rs as a; fn f() { a::rand::fill() }",
            "a::rand::fill",
            "environment/",
        ),
        ("zitadel-core/src/session.rs", "fn f() { getrandom::fill(x); }", "getrandom::fill", "environment/"),
        ("zitadel-core/src/flow.rs", "use rand;", "rand", "environment/"),
        ("zitadel-core/src/zitadel.rs", "struct Z { client: reqwest::Client }", "reqwest::Client", "environment/"),
        ("zitadel-core/src/lib.rs", "fn f() { ::std::env::var(\"A\"); }", "::std::env::var", "environment/"),
        ("zitadel-core/src/config.rs", "use std::{fs, io};", "std::fs", "environment/"),
        ("zitadel-core/src/config.rs", "use std::process::*;", "std::process", "environment/"),
        ("zitadel-core/src/protocol.rs", "use tokio::sync::Mutex;", "tokio::sync::Mutex", "pure"),
        ("zitadel-core/src/http/reply.rs", "fn f() { tokio::spawn(g()); }", "tokio::spawn", "pure"),
        ("zitadel-core/src/access.rs", "pub async fn f() {}", "async", "pure"),
        ("zitadel-core/src/config/env.rs", "fn f() { m!(g().await) }", "await", "pure"),
        ("zitadel-axum/src/lib.rs", "use jsonwebtoken::decode;", "jsonwebtoken::decode", "protocol"),
        ("zitadel-actix/src/lib.rs", "fn f() { cookie::Cookie::parse(x); }", "cookie::Cookie::parse", "protocol"),
        ("zitadel-rocket/src/lib.rs", "use zitadel_emulator::Emulator;", "zitadel_emulator::Emulator", "protocol"),
        ("zitadel-emulator/src/lib.rs", "use zitadel_core::Timestamp;", "zitadel_core::Timestamp", "emulator"),
        ("zitadel-emulator/src/main.rs", "fn f(x: zitadel_axum::User) {}", "zitadel_axum::User", "emulator"),
    ] {
        let modules: String = MODULES.iter().map(|name| format!("mod {name};\n")).collect();
        let whole = if file.ends_with("core/src/lib.rs") { format!("{modules}{text}") } else { text.to_owned() };
        let file = format!("crates/{file}");
        let mut changes = vec![(file.as_str(), whole.as_str())];
        let parents = [("http", "mod reply;"), ("config", "pub mod env;")];
        let parents = parents.map(|(name, text)| (format!("{CORE}{name}.rs"), text));
        changes.extend(
            parents
                .iter()
                .filter(|(parent, _)| file.starts_with(&parent.replace(".rs", "/")))
                .map(|(it, text)| (it.as_str(), *text)),
        );
        let found = broken(&tree(&changes));
        let [line] = found.as_slice() else { panic!("{file}: {text}: {found:?}") };
        assert!(line.starts_with(&format!("{file}:")) && line.contains(&format!(": `{written}` — ")), "{line}");
        assert!(line.contains(reason), "{line}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    for (file, text) in [
        ("zitadel-core/src/environment.rs", "mod clock; use std::fmt; pub async fn f() { g().await }"),
        ("zitadel-core/src/environment/clock.rs", "fn f() { std::time::SystemTime::now(); reqwest::get(); }"),
        ("zitadel-core/src/config.rs", "pub mod env; mod process;"),
        ("zitadel-core/src/config/process.rs", "use std::{env, fs}; fn f() { env::var(\"A\"); fs::read(\"a\"); }"),
        ("zitadel-core/src/flow.rs", "use std::time::{Duration, Instant}; async fn f() { tokio::spawn(g()).await }"),
        (
            "zitadel-core/src/protocol.rs",
            "//! Not async.\nfn f(now: std::time::Instant) { x.rand(); let rand = 1; rand + 1; }",
        ),
        ("zitadel-core/src/session.rs", "#[cfg(test)] mod tests { #[tokio::test] async fn f() { g().await } }"),
        (
            "zitadel-core/src/http.rs",
            "#[cfg(feature = \"reqwest\")] mod cookie { pub fn f() {} } fn f() { cookie::f() }",
        ),
        ("zitadel-axum/src/lib.rs", "mod cookie { pub fn f() {} } fn f() { cookie::f(); zitadel_core::f() }"),
        ("zitadel-emulator/src/main.rs", "use zitadel_emulator::Emulator; use std::env;"),
    ] {
        let file = format!("crates/{file}");
        let mut changes = vec![(file.as_str(), text)];
        let parents = [("environment", "mod clock;"), ("config", "pub mod env; mod process;")]
            .map(|(name, text)| (format!("{CORE}{name}.rs"), text));
        let children = [("environment/clock.rs", ""), ("config/env.rs", ""), ("config/process.rs", "")]
            .map(|(name, text)| (format!("{CORE}{name}"), text));
        for (other, text) in parents.iter().chain(&children) {
            if *other != file {
                changes.push((other, text));
            }
        }
        assert_eq!(broken(&tree(&changes)), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn a_pure_module_that_does_not_exist_is_reported() {
    let lib: String = MODULES.iter().filter(|name| **name != "claims").map(|name| format!("mod {name};\n")).collect();
    let mut files = tree(&[(&format!("{CORE}lib.rs"), &lib), (DOCUMENT, &LAYERS.replace("roles claims", "roles"))]);
    files.remove(&format!("{CORE}claims.rs"));
    assert_eq!(broken(&files), [format!("{CORE}claims: the rules name this module, which does not exist")]);
}
