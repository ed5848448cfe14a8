//! One protected route, served by this project and by other crates on the same frameworks, side by side; `README.md` says what
//! is measured. The program starts itself once per row, so that nothing is shared between them.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should report where")]

mod contender;
mod first_sight;
mod goals;
mod http_client;
mod instructions;
mod load;
mod measure;
mod process;
mod provider;
mod server;
mod table;

use std::process::ExitCode;

use contender::Contender;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", id] => server::serve(Contender::find(id).unwrap()),
        ["requests", id, side, requests] => {
            server::send(Contender::find(id).unwrap(), *side == "bare", requests.parse().unwrap());
            ExitCode::SUCCESS
        }
        ["first-sight", times] => {
            first_sight::repeat(times.parse().unwrap());
            ExitCode::SUCCESS
        }
        [] => compare(""),
        [filter] => compare(filter),
        _ => {
            eprintln!("usage: peers [part of a row's name]");
            ExitCode::FAILURE
        }
    }
}

fn compare(filter: &str) -> ExitCode {
    process::pin_to_core(1);
    let mut rows = Vec::new();
    for contender in contender::ALL.iter().filter(|contender| contender.label().contains(filter)) {
        eprintln!("{}", contender.label());
        let row = measure::measure(contender);
        eprintln!("    {}", table::cells(contender, &row).join(" | "));
        rows.push((contender, row));
    }
    let first_sight = first_sight::measure();
    table::print(&rows);
    if goals::print(&rows, &first_sight) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
