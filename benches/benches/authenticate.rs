//! `authenticate`, from the headers of a request to a user, compared with a lookup of the cookie in a hash map.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::{collections::HashMap, hint::black_box, sync::Arc};

use benches::{criterion, ratio, samples};
use criterion::BatchSize;
use zitadel_core::{RequestHead, Requirement, internals::Opened};

fn main() {
    let mut criterion = criterion();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let [_, ordinary, _] = samples();
    let head = ordinary.head();
    // Authenticated once, so that the cookie is cached.
    runtime.block_on(ordinary.zitadel.authenticate(head.clone()));

    let mut group = criterion.benchmark_group("authenticate");
    group.bench_function("build-the-head", |b| b.iter(|| black_box(&ordinary).head()));
    group.bench_function("cached", |b| {
        let request = |head| {
            let authentication = runtime.block_on(ordinary.zitadel.authenticate(head));
            authentication.authorize(&Requirement::user()).unwrap();
            authentication
        };
        b.iter_batched(|| head.clone(), request, BatchSize::SmallInput);
    });
    group.bench_function("cached-without-waiting", |b| {
        let request = |head| ordinary.zitadel.authenticate_cached(head).unwrap();
        b.iter_batched(|| head.clone(), request, BatchSize::SmallInput);
    });
    let mut known = HashMap::new();
    known.insert(ordinary.sealed().to_owned(), Arc::new(()));
    group.bench_function("reference", |b| b.iter(|| known.get(black_box(ordinary.sealed())).map(Arc::clone)));
    group.bench_function("opened-on-every-request", |b| {
        b.iter(|| Opened::open(&ordinary.zitadel, black_box(ordinary.sealed())).unwrap());
    });
    let anonymous = RequestHead::new("GET", "/profile");
    group.bench_function("anonymous", |b| {
        let request = |head| ordinary.zitadel.authenticate_cached(head).unwrap();
        b.iter_batched(|| anonymous.clone(), request, BatchSize::SmallInput);
    });
    group.finish();
    criterion.final_summary();
    ratio("cached ÷ hash map", "authenticate/cached", "authenticate/reference", "");
    ratio("cached ÷ opened every time", "authenticate/cached", "authenticate/opened-on-every-request", "");
}
