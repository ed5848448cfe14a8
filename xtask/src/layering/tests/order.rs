//! Rules 1 and 2: the order of modules, and cycles of files.

use super::*;

/// What is reported of the intended tree with one file of the core added or replaced.
fn broken_with(file: &str, text: &str) -> Vec<String> {
    broken(&tree(&[(&format!("{CORE}{file}"), text)]))
}

fn broken_layers(from: &str, to: &str) -> Vec<String> {
    assert!(LAYERS.contains(from), "{from}");
    broken(&tree(&[(DOCUMENT, &LAYERS.replace(from, to))]))
}

#[test]
fn a_module_uses_those_above_it_and_to_its_left() {
    for (file, text) in [
        ("zitadel.rs", "use crate::{access::A, config::B, endpoint::C, secret::D};"),
        ("telemetry.rs", "use crate::error_chain::Chain;"),
        ("claims.rs", "fn f(roles: &crate::roles::Roles) {}"),
        ("lib.rs", "pub use crate::zitadel::Zitadel; fn f() { internals::g() }"),
        ("internals.rs", "use crate::{Root, flow::A, zitadel::B};"),
    ] {
        let modules: String = MODULES.iter().map(|name| format!("mod {name};\n")).collect();
        let text = if file == "lib.rs" { format!("{modules}{text}") } else { text.to_owned() };
        assert_eq!(broken_with(file, &text), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn a_module_does_not_use_those_below_it_or_to_its_right() {
    for (file, text, line) in [
        (
            "flow.rs",
            "//! Flows.\n\nuse crate::{\n    user::User,\n    zitadel::Zitadel,\n};",
            "flow.rs:5: `crate::zitadel::Zitadel` — flow (line 14) may not use zitadel (line 16)",
        ),
        (
            "config.rs",
            "fn f() -> super::engine::Engine {}",
            "config.rs:1: `super::engine::Engine` — config (line 9) may not use engine (line 12)",
        ),
        (
            "secret.rs",
            "use crate::time;",
            "secret.rs:1: `crate::time` — secret (line 1) may not use time (line 1, to its right)",
        ),
        (
            "user.rs",
            "use crate::internals::Opened;",
            "user.rs:1: `crate::internals::Opened` — user (line 7) may not use internals",
        ),
        ("user.rs", "use crate::Made;", "user.rs:1: `crate::Made` — user (line 7) may not use items of lib.rs"),
    ] {
        assert_eq!(broken_with(file, text), [format!("{CORE}{line}")], "{text}");
    }
}

#[test]
fn an_edge_is_reported_once() {
    let found =
        broken_with("http.rs", "use crate::user::User;\nfn f(a: User) -> User { User::new() }\nuse crate::user;");
    assert_eq!(found, [format!("{CORE}http.rs:1: `crate::user::User` — http (line 2) may not use user (line 7)")]);
}

#[test]
fn the_list_and_the_modules_are_the_same() {
    assert_eq!(
        broken_layers(" environment\n", " environment gone\n"),
        ["ARCHITECTURE.md: the layers name `gone`, which is not a module of the core"]
    );
    assert_eq!(broken_layers(" table ", " "), ["ARCHITECTURE.md: the module `table` is missing in the layers"]);
    assert_eq!(
        broken_layers("15  endpoint", "15  endpoint http"),
        ["ARCHITECTURE.md:18: `http` is on the list already, on line 2"]
    );
    assert_eq!(
        broken_layers("15  endpoint", "15  endpoint endpoint"),
        ["ARCHITECTURE.md:18: `endpoint` is on the list already, on line 15"]
    );
}

#[test]
fn a_mistake_in_the_list_is_reported() {
    let none = "ARCHITECTURE.md: there is no block of code with the info string `layers`";
    assert_eq!(broken_layers("```layers", "```text"), [none]);
    let two = "ARCHITECTURE.md: there are 2 blocks of code with the info string `layers`";
    assert_eq!(broken_layers("# Architecture\n", "``` layers\n```\n"), [two]);
    assert_eq!(
        broken_layers("16  zitadel", "17  zitadel"),
        ["ARCHITECTURE.md:19: line 16 of the layers must begin with `16`"]
    );
    assert_eq!(broken_layers("  http\n", "  http/\n")[0], "ARCHITECTURE.md:5: `http/` is not the name of a module");
}

#[test]
fn a_cycle_of_files_is_reported() {
    let login = format!("{CORE}flow/login.rs");
    let files = |login_text| {
        let mut files = tree(&[
            (&format!("{CORE}flow/mod.rs"), "mod login;\nmod logout;\nmod refresh;\npub struct Shared;"),
            (&login, login_text),
            (&format!("{CORE}flow/logout.rs"), "use super::{Shared, refresh};\nfn f() { refresh::f() }"),
            (&format!("{CORE}flow/refresh.rs"), "\nfn f() { crate::flow::login::f() }"),
        ]);
        files.remove(&format!("{CORE}flow.rs"));
        files
    };
    assert_eq!(broken(&files("use super::Shared;")), Vec::<String>::new());
    assert_eq!(
        broken(&files("use super::logout;")),
        [format!(
            "{CORE}: cycle of files: flow/login.rs → flow/logout.rs → flow/refresh.rs → flow/login.rs \
             (flow/login.rs:1 `super::logout`, flow/logout.rs:1 `super::refresh`, \
             flow/refresh.rs:2 `crate::flow::login::f`)"
        )]
    );
    // With its parent.
    let mut parent = files("use super::Shared;");
    parent.insert(
        format!("{CORE}flow/mod.rs"),
        "mod login; mod logout; mod refresh; pub use self::login::Shared; struct A(Shared);".to_owned(),
    );
    parent.insert(login, "use super::A; pub struct Shared;".to_owned());
    let found = broken(&parent);
    assert!(found.len() == 1 && found[0].contains("flow/login.rs → flow/mod.rs → flow/login.rs"), "{found:?}");
}

#[test]
fn what_cannot_be_read_is_reported() {
    assert_eq!(
        broken_with("user.rs", "\nmod missing;"),
        [format!(
            "{CORE}user.rs:2: `mod missing;`: there is neither {CORE}user/missing.rs nor {CORE}user/missing/mod.rs"
        )]
    );
    let found = broken_with("user.rs", "fn f() {");
    assert!(found[0].starts_with(&format!("{CORE}user.rs: line 1: this is not Rust")), "{found:?}");
    let mut files = tree(&[]);
    files.remove("crates/zitadel-axum/src/lib.rs");
    assert_eq!(broken(&files), ["crates/zitadel-axum/src/lib.rs: there is no such file"]);
}
