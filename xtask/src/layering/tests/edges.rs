//! Which paths are edges, and to which file.

use super::*;

const TREE: &[(&str, &str)] = &[
    ("lib.rs", "mod flow;\nmod http;\nmod zitadel;\npub use crate::http::Reply;"),
    ("zitadel.rs", "pub struct Zitadel;\nimpl Zitadel { pub fn http() {} }"),
    ("http/mod.rs", "pub mod cookie;\nmod reply;\npub use self::{reply::Reply};\npub struct Here;"),
    ("http/reply.rs", "made_by_a_macro! { pub struct Reply; }"),
    ("http/cookie.rs", "pub fn read() {}"),
    ("flow/mod.rs", "mod deep;\nmod login;\npub fn shared() {}"),
    ("flow/login.rs", ""),
    ("flow/deep/mod.rs", "mod end;\nuse crate::zitadel::Zitadel as private;\npub fn private() {}"),
    ("flow/deep/end.rs", ""),
];

/// The crate, with these files added or replaced.
fn with(changes: &[(&str, &str)]) -> Crate {
    let files = TREE.iter().chain(changes).map(|(file, text)| (format!("src/{file}"), (*text).to_owned()));
    Crate::read(&files.collect(), "src/lib.rs")
}

/// The files that a file uses.
fn uses(read: &Crate, file: &str) -> Vec<String> {
    assert_eq!(read.problems, Vec::<String>::new());
    let file = format!("src/{file}");
    read.graph().keys().filter(|(from, _)| *from == file).map(|(_, to)| to["src/".len()..].to_owned()).collect()
}

fn uses_of_login(text: &str) -> Vec<String> {
    uses(&with(&[("flow/login.rs", text)]), "flow/login.rs")
}

#[test]
fn every_kind_of_path_is_an_edge() {
    for text in [
        "use crate::zitadel::Zitadel;",
        "use crate::zitadel;",
        "use crate::{flow, zitadel::{self}};",
        "use super::super::zitadel::Zitadel;",
        "use self::super::super::zitadel::Zitadel;",
        "use crate::{flow::{self}, zitadel::{Zitadel as Z}};",
        "use crate::zitadel::Trait as _;",
        "use crate::zitadel::*;",
        "pub use crate::zitadel::Zitadel;",
        "fn f(zitadel: &crate::zitadel::Zitadel) {}",
        "fn f() -> Option<crate::zitadel::Zitadel> { None }",
        "fn f() { let x = crate::zitadel::Zitadel::new(); }",
        "fn f() { super::super::zitadel::f(); }",
        "fn f() { <crate::zitadel::Zitadel as Clone>::clone(x); }",
        "fn f() { x.g::<crate::zitadel::Zitadel>(); }",
        "fn f() { Vec::<crate::zitadel::Zitadel>::new(); }",
        "fn f() { for x in 0..crate::zitadel::MAX {} }",
        "fn f() { use crate::zitadel::Zitadel; }",
        "fn f() { write!(out, \"{}\", crate::zitadel::NAME); }",
        "fn f() { vec![Some { x: [crate::zitadel::NAME] }]; }",
        "fn f() { crate::zitadel::log!(\"x\"); }",
        "macro_rules! m { ($x:ident) => { $crate::zitadel::Zitadel::$x() }; }",
        "impl crate::zitadel::Zitadel {}",
        "struct A(pub crate::zitadel::Zitadel);",
        "struct A(pub (crate::zitadel::Zitadel, u8));",
        "#[derive(crate::zitadel::Derive)] struct A;",
        "const A: &str = r#\"\"#; static B: crate::zitadel::B = 'x';",
        "fn f<'a>(x: &'a crate::r#zitadel::Zitadel) {}",
        "mod inner { fn f() { crate::zitadel::f() } }",
        "mod inner { use super::super::super::zitadel::f; }",
    ] {
        let found = uses_of_login(text);
        assert!(found.iter().any(|file| file == "zitadel.rs"), "{text}: {found:?}");
        assert!(found.iter().all(|file| file == "zitadel.rs" || file == "flow/mod.rs"), "{text}: {found:?}");
    }
}

#[test]
fn a_path_leads_to_the_file_that_defines_what_it_refers_to() {
    for (text, files) in [
        // Re-exports, one after another.
        ("use crate::http::Reply;", &["http/reply.rs"] as &[&str]),
        ("use crate::Reply;", &["http/reply.rs"]),
        ("fn f() -> crate::Reply { crate::Reply::new() }", &["http/reply.rs"]),
        ("use crate::http::{Here, Reply};", &["http/mod.rs", "http/reply.rs"]),
        ("fn f() { crate::http::cookie::read() }", &["http/cookie.rs"]),
        ("use crate::http::cookie::*; fn f() { read() }", &["http/cookie.rs"]),
        ("fn f() { super::shared() }", &["flow/mod.rs"]),
        // Imports of modules, and other names for them.
        ("use crate::http::cookie; fn f() { cookie::read() }", &["http/cookie.rs"]),
        ("use crate::http; fn f() -> http::Reply { g() }", &["http/mod.rs", "http/reply.rs"]),
        ("use crate::http as ours; fn f() -> ours::Reply { g() }", &["http/mod.rs", "http/reply.rs"]),
        ("use crate::{self as us}; fn f() -> us::Reply { g() }", &["http/reply.rs", "lib.rs"]),
        // An import that others cannot see has no part in it.
        ("fn f() { super::deep::private() }", &["flow/deep/mod.rs"]),
        // What cannot be found is in the module where it must be.
        ("fn f() { crate::unknown() }", &["lib.rs"]),
        // Glob imports of parents count by what is used through them.
        ("use super::*; fn f() { shared() }", &["flow/mod.rs"]),
    ] {
        assert_eq!(uses_of_login(text), files, "{text}");
    }
}

#[test]
fn a_name_of_another_crate_is_no_edge() {
    for text in [
        "use http::Request;",
        "use http::{self, Request};",
        "use http;",
        "fn f(x: http::Request) -> ::http::Response { ::zitadel::f() }",
        "use ::zitadel::Zitadel;",
        "fn f(zitadel: u8) -> u8 { zitadel + x.zitadel + x.zitadel() }",
        // The function `http` of a type is not a name of the module.
        "struct A; impl A { fn http() -> http::Request { Self::http() } }",
        "fn http() -> http::Request { A { http: 1 } }",
        "use std::fmt as crate_name; use crate_name as again;",
        "use a::b; use b::a;",
    ] {
        assert_eq!(uses_of_login(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_is_no_path_is_no_edge() {
    for text in [
        "//! `crate::zitadel::Zitadel`\n/// [`Zitadel`](crate::zitadel::Zitadel)\nfn f() {}",
        "/* crate::zitadel /* nested */ crate::zitadel */ fn f() {}",
        "const A: &str = \"crate::zitadel\"; const B: &str = r#\"use crate::zitadel;\"#; const C: &[u8] = b\"crate::zitadel\";",
        "mod inner { pub fn y() {} } fn f() { self::inner::y(); inner::y(); }",
        "use super::*;",
        "pub(in crate::flow) fn f() {} pub(super) struct A(pub(crate) u8);",
        "fn f() -> impl Iterator + use<'_> { Self::g::<A>() }",
    ] {
        assert_eq!(uses_of_login(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_re_export_is_an_edge_only_where_it_is_used_too() {
    let uses = |text| {
        uses(&with(&[("flow/mod.rs", text), ("flow/login.rs", "pub fn login() {}\npub struct A;")]), "flow/mod.rs")
    };
    for text in [
        "mod deep; mod login; pub use self::login::login;",
        "mod deep; mod login; pub(crate) use self::login::{A, login}; pub use login::A as B;",
        "mod deep; mod login; pub(super) use crate::flow::login::*; fn f() { x.login(); y::login(); }",
    ] {
        assert_eq!(uses(text), Vec::<String>::new(), "{text}");
    }
    for text in [
        "mod deep; mod login; use self::login::login;",
        "mod deep; mod login; pub use self::login::login; fn f() { login() }",
        "mod deep; mod login; pub use self::login::{A, login}; struct B { a: Option<A> }",
        "mod deep; mod login; fn f() { login::login() }",
    ] {
        assert_eq!(uses(text), ["flow/login.rs"], "{text}");
    }
}

#[test]
fn a_macro_without_a_path_is_an_edge() {
    let changes =
        [("flow/mod.rs", "macro_rules! shared { () => {}; }\nmod deep;\nmod login;"), ("flow/login.rs", "shared!();")];
    assert_eq!(uses(&with(&changes), "flow/login.rs"), ["flow/mod.rs"]);
    assert_eq!(uses_of_login("macro_rules! own { () => {}; }\nown!(); vec![]; a != (b);"), Vec::<String>::new());
}

#[test]
fn an_edge_has_the_first_line_and_the_path_as_it_is_written() {
    let text =
        "//! Login.\n\nuse std::{\n    fmt,\n};\nfn f() { super::super::zitadel::f() }\nuse crate::zitadel::Zitadel;";
    let read = with(&[("flow/login.rs", text)]);
    let graph = read.graph();
    let edge = &graph[&("src/flow/login.rs", "src/zitadel.rs")];
    assert_eq!((edge.line, edge.path.as_str()), (6, "super::super::zitadel::f"));
    assert_eq!((edge.from, edge.to), (Some("flow"), Some("zitadel")));
}
