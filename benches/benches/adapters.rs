//! What the adapters add to a request, in time: a page that each framework serves with the adapter, compared with the same
//! page without it (`src/page.rs`).

use benches::{
    added, criterion,
    page::{Case, Framework},
    samples,
};

fn main() {
    let mut criterion = criterion();
    let [_, ordinary, _] = samples();
    for framework in Framework::ALL {
        let mut group = criterion.benchmark_group(framework.name());
        for case in Case::ALL {
            let mut send = framework.page(case, &ordinary);
            group.bench_function(case.name(), |b| b.iter(&mut send));
        }
        group.finish();
    }
    criterion.final_summary();
    for framework in Framework::ALL.map(Framework::name) {
        let bare = format!("{framework}/bare");
        added(&format!("{framework}: added to a signed-in request"), &format!("{framework}/signed-in"), &bare);
        let (anonymous, bare) = (format!("{framework}/anonymous"), format!("{framework}/bare-anonymous"));
        added(&format!("{framework}: added to an anonymous request"), &anonymous, &bare);
    }
}
