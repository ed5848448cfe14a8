//! What only tests compile does not count, and what follows it does.

use super::*;

const USE: &str = "use crate::zitadel::Zitadel;";

fn uses_zitadel(user: &str) -> bool {
    let files = tree(&[(&format!("{CORE}flow.rs"), user)]);
    let core = Crate::read(&files, &format!("{CORE}lib.rs"));
    assert_eq!(core.problems, Vec::<String>::new(), "{user}");
    core.graph().contains_key(&(&*format!("{CORE}flow.rs"), &*format!("{CORE}zitadel.rs")))
}

#[test]
fn items_for_tests_are_left_out() {
    for text in [
        "#[cfg(test)] mod tests { use crate::zitadel::Zitadel; #[test] fn f() { crate::zitadel::f() } }",
        "#[cfg(test)]\n#[expect(dead_code, reason = \"x\")]\npub(crate) async fn f<A, B>(a: [u8; 2]) -> B { crate::zitadel::f() }",
        "#[cfg(test)] use crate::{zitadel::Zitadel, flow};",
        "#[cfg(test)] pub(crate) const A: crate::zitadel::A = crate::zitadel::A { b: 1 };",
        "#[cfg(test)] const fn f() { crate::zitadel::f() }",
        "#[cfg(all(test, feature = \"x\"))] use crate::zitadel::Zitadel;",
        "#[cfg(test)] impl crate::zitadel::Zitadel { fn f() {} }",
        "struct A { #[cfg(test)] clock: Map<u8, crate::zitadel::Clock>, b: u8 }",
        "fn f() { match x { #[cfg(test)] crate::zitadel::A => 1, _ => 2 } }",
        "fn f() { #[cfg(test)] let x = Y { z: crate::zitadel::A }; }",
        "#![cfg(test)]\nuse crate::zitadel::Zitadel;",
        "mod inner { #![cfg(test)] use crate::zitadel::Zitadel; }",
    ] {
        assert!(!uses_zitadel(text), "{text}");
    }
}

#[test]
fn what_follows_is_not() {
    for text in [
        "#[cfg(test)] mod tests { fn f() {} }",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n    use a::{b, c};\n}",
        "#[cfg(test)] pub(crate) use a::{b, c};",
        "#[cfg(test)] pub(in a::b) mod tests { use a; }",
        "#[cfg(test)] mod tests;",
        "#[cfg(test)] struct A; #[cfg(test)] struct B(u8);",
        "struct A { b: u8, #[cfg(test)] a: u8 }",
        "#[cfg(not(test))]",
        "#[cfg(any(test, feature = \"x\"))]",
        "#[cfg(feature = \"test\")]",
        "const A: char = '{'; const B: &str = \"/*\"; const C: char = '\"';",
    ] {
        assert!(uses_zitadel(&format!("{text}\n{USE}")), "{text}");
    }
    assert!(uses_zitadel("struct A { #[cfg(test)] a: u8, b: crate::zitadel::X }"));
}

#[test]
fn files_that_only_tests_compile_are_left_out() {
    let files = [
        ("flow/mod.rs", "pub mod login;\n#[cfg(test)]\npub(crate) mod test_keys;"),
        ("flow/login.rs", "#[cfg(test)] mod tests;"),
        ("flow/login/tests.rs", "mod more;\nuse crate::zitadel::Zitadel;"),
        ("flow/login/tests/more.rs", USE),
        ("flow/test_keys.rs", USE),
    ];
    let files: Vec<_> = files.iter().map(|(file, text)| (format!("{CORE}{file}"), *text)).collect();
    let mut files = tree(&files.iter().map(|(file, text)| (file.as_str(), *text)).collect::<Vec<_>>());
    files.remove(&format!("{CORE}flow.rs"));
    assert_eq!(broken(&files), Vec::<String>::new());
    // One that no `mod` declares is reported.
    files.insert(format!("{CORE}flow/login/tests_of_another.rs"), USE.to_owned());
    assert_eq!(broken(&files), [format!("{CORE}flow/login/tests_of_another.rs: no `mod` declares this file")]);
}
