//! Opens an ordinary session many times, for a profiler to watch:
//! `valgrind --tool=callgrind target/release/examples/open`.
#![expect(clippy::unwrap_used, reason = "a program for a profiler")]

use std::hint::black_box;

fn main() {
    let [_, ordinary, _] = benches::samples();
    for _ in 0..2000 {
        black_box(zitadel_core::internals::Opened::open(&ordinary.zitadel, black_box(ordinary.sealed())).unwrap());
    }
}
