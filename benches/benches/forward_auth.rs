//! Forward-auth of the gateway with a fresh session, compared with a bare axum route that answers with the same headers
//! (`src/forward_auth.rs`): in time, and in instructions where valgrind is installed.
//!
//! The program runs itself under `valgrind --tool=callgrind`, as `instructions` does.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should report where")]

use std::process::Command;

use benches::{
    criterion, emulator,
    forward_auth::{Answering, sub_requests},
    ordinary, ratio,
};
use zitadel_emulator::SigningAlgorithm;

const FEW: u64 = 200;
const MANY: u64 = 700;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let sample = ordinary(&emulator(SigningAlgorithm::EdDsa));
    if let [name, requests] = arguments.as_slice() {
        let answering = Answering::ALL.into_iter().find(|known| known.name() == name).unwrap();
        return send_requests(&mut *sub_requests(answering, &sample), requests.parse().unwrap());
    }
    let mut criterion = criterion();
    let mut group = criterion.benchmark_group("forward-auth");
    for answering in Answering::ALL {
        let mut send = sub_requests(answering, &sample);
        group.bench_function(answering.name(), |b| b.iter(&mut send));
    }
    group.finish();
    criterion.final_summary();
    ratio("forward-auth ÷ a bare route", "forward-auth/gateway", "forward-auth/bare", "goal 1.6");
    ratio("the whole service ÷ a bare route", "forward-auth/service", "forward-auth/bare", "");
    if Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        let [gateway, service, bare] = Answering::ALL.map(per_request);
        #[expect(clippy::cast_precision_loss, reason = "a ratio with two digits")]
        let ratio = |of: u64| of as f64 / bare as f64;
        println!("instructions per request: {gateway} ÷ {bare} = {:.2}   goal 1.6", ratio(gateway));
        println!("instructions per request, the whole service: {service} ÷ {bare} = {:.2}", ratio(service));
    } else {
        println!("instructions: skipped, valgrind is not installed (Debian: apt-get install valgrind)");
    }
}

/// The only function that is counted.
#[inline(never)]
fn send_requests(send: &mut dyn FnMut(), requests: u64) {
    for _ in 0..requests {
        send();
    }
}

fn per_request(answering: Answering) -> u64 {
    let [few, many] = [FEW, MANY].map(|requests| {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*send_requests*"])
            .arg(std::env::current_exe().unwrap())
            .args([answering.name(), &requests.to_string()])
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{report}");
        // `==123== Collected : 456`
        let collected = report.lines().find_map(|line| line.split_once("Collected : ")).unwrap().1;
        collected.trim().parse::<u64>().unwrap()
    });
    many.saturating_sub(few) / (MANY - FEW)
}
