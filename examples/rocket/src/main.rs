//! `cargo run -p example-rocket`.

fn main() {}
