//! `cargo run -p example-actix`.

fn main() {}
