//! Opens an ordinary session many times, to be profiled:
//! `valgrind --tool=callgrind target/release/examples/open`.
#![expect(clippy::unwrap_used, reason = "a program for a profiler")]

use std::hint::black_box;

fn main() {
    let ordinary = benches::ordinary(&benches::emulator(zitadel_emulator::SigningAlgorithm::EdDsa));
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(2000);
    for _ in 0..rounds {
        black_box(zitadel_core::internals::Opened::open(&ordinary.zitadel, black_box(ordinary.sealed())).unwrap());
    }
}
