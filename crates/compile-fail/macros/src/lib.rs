//! The macro of `compile-fail`: a procedural macro needs a package of its own.

use std::env;

use proc_macro::TokenStream;

/// The path of the compiler that compiles the calling crate, and the arguments that cargo gave it, as `&[&str]`.
///
/// A procedural macro runs in the process of the compiler, so they are its own.
#[proc_macro]
#[expect(clippy::expect_used, reason = "a panic is how a procedural macro reports an error")]
pub fn rustc_command(_: TokenStream) -> TokenStream {
    let compiler = env::current_exe().expect("the path of the compiler");
    let compiler = compiler.to_str().expect("a compiler whose path is UTF-8").to_owned();
    let command: Vec<_> = [compiler].into_iter().chain(env::args().skip(1)).collect();
    format!("&{command:?}").parse().expect("a list of string literals")
}
