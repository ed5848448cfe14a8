//! What works while the store or the provider does not: the table of docs/operations.md, which is compared with what happens.
//!
//! `cargo test -p zitadel-core --test it degraded -- --nocapture` prints the table.

mod faults;
mod readiness;
#[expect(clippy::disallowed_methods, reason = "measures how long an answer takes, in time that is paused")]
mod scene;
mod store;

use self::{
    faults::Fault,
    scene::{Scene, Visit},
};

/// How long anything may take to work again.
const MAX_RECOVERY: u64 = 60;

/// The cells of a row, and after how many seconds everything works again.
async fn row(fault: Fault) -> (Vec<String>, u64) {
    let (mut cells, mut slowest) = (Vec::new(), 0);
    for visit in Visit::ALL {
        let mut scene = Scene::before(visit).await;
        fault.begin(&scene).await;
        cells.push(scene.visit(visit).await);
        fault.end(&scene).await;
        let mut seconds = 0;
        while !scene.is_well(visit).await {
            seconds += 1;
            assert!(seconds <= MAX_RECOVERY, "{fault:?}, {visit:?}: no recovery");
            scene.app.advance(1);
            // What is tried again in the background.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        slowest = slowest.max(seconds);
    }
    (cells, slowest)
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "reads the documentation")]
async fn every_cell_of_the_table_is_what_happens() {
    let header = ["broken".to_owned()].into_iter().chain(Visit::ALL.map(|visit| visit.name().to_owned()));
    let mut table =
        vec![line(header.chain(["works again".to_owned()])), line(vec!["---".to_owned(); 12]).replace(' ', "")];
    for fault in Fault::ALL {
        let (cells, seconds) = row(fault).await;
        let recovery = match seconds {
            _ if fault == Fault::Nothing => String::new(),
            0 => "at once".to_owned(),
            seconds => format!("within {seconds} s"),
        };
        println!("{fault:?}: {cells:?}, {seconds} s");
        table.push(line([fault.name().to_owned()].into_iter().chain(cells).chain([recovery])));
    }
    let table = table.join("\n");
    println!("{table}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
    let documented = std::fs::read_to_string(path).unwrap();
    assert!(documented.contains(&table), "the table of docs/operations.md differs; this one is right:\n{table}");
}
