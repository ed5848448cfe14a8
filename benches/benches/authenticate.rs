//! `authenticate` from a request's headers to a user, beside a hash map that knows the cookie already.
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::{collections::HashMap, hint::black_box, sync::Arc};

use benches::{criterion, ratio, samples};
use zitadel_core::{Admission, RequestHead, Required, internals::Opened};

fn main() {
    let mut criterion = criterion();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let [_, ordinary, _] = samples();
    let head = ordinary.head();
    // Seen once, as every cookie but the first of a session is.
    runtime.block_on(ordinary.zitadel.authenticate(&head));

    let mut group = criterion.benchmark_group("authenticate");
    group.bench_function("build-the-head", |b| b.iter(|| black_box(&ordinary).head()));
    group.bench_function("seen-before", |b| {
        b.iter(|| {
            let who = runtime.block_on(ordinary.zitadel.authenticate(black_box(&head)));
            let Admission::Granted(Some(user)) = ordinary.zitadel.admit(&head, &who, Required::User) else {
                unreachable!()
            };
            user
        });
    });
    group.bench_function("seen-before-without-waiting", |b| {
        b.iter(|| ordinary.zitadel.recognise(black_box(&head)).unwrap());
    });
    let mut known = HashMap::new();
    known.insert(ordinary.sealed().to_owned(), Arc::new(()));
    group.bench_function("floor", |b| b.iter(|| known.get(black_box(ordinary.sealed())).map(Arc::clone)));
    group.bench_function("opened-on-every-request", |b| {
        b.iter(|| Opened::open(&ordinary.zitadel, black_box(ordinary.sealed())).unwrap());
    });
    let anonymous = RequestHead::new("GET", "/profile");
    group.bench_function("anonymous", |b| {
        b.iter(|| ordinary.zitadel.recognise(black_box(&anonymous)).unwrap());
    });
    group.finish();
    criterion.final_summary();
    ratio("seen before ÷ hash map", "authenticate/seen-before", "authenticate/floor", "");
    ratio("seen before ÷ opened every time", "authenticate/seen-before", "authenticate/opened-on-every-request", "");
}
