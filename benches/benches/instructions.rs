//! What the adapters add to a request, in instructions: as `adapters`, counted by callgrind. Unlike a time, the figure does
//! not depend on what else the machine does.
//!
//! The program runs itself under `valgrind --tool=callgrind`, twice per case with different numbers of requests: the
//! difference is that of requests after the first ones.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should report where")]

use std::process::Command;

use benches::{
    emulator, ordinary,
    page::{Case, Framework},
    stored,
};
use zitadel_emulator::SigningAlgorithm;

const FEW: u64 = 200;
const MANY: u64 = 700;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [framework, case, session, requests] = arguments.as_slice() {
        return serve(framework, case, session, requests.parse().unwrap());
    }
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!(
            "skipped: instructions are counted by valgrind, which is not installed (Debian: apt-get install valgrind)"
        );
        return;
    }
    println!("instructions per request, and what the adapter adds");
    for framework in Framework::ALL {
        for (name, ours, bare, session) in [
            ("signed-in", Case::SignedIn, Case::Bare, "cookie"),
            // The same with the session in the store; its body is in memory.
            ("stored", Case::SignedIn, Case::Bare, "stored"),
            ("anonymous", Case::Anonymous, Case::BareAnonymous, "cookie"),
            ("bearer", Case::Bearer, Case::BareApi, "cookie"),
            ("bearer, protected", Case::BearerProtected, Case::BareApi, "cookie"),
        ] {
            let (with, without) = (per_request(framework, ours, session), per_request(framework, bare, session));
            println!("{:<10} {name:<17} {with:>8} - {without:>8} = {:>7}", framework.name(), with - without);
        }
    }
}

fn serve(framework: &str, case: &str, session: &str, requests: u64) {
    let framework = Framework::ALL.into_iter().find(|known| known.name() == framework).unwrap();
    let case = Case::ALL.into_iter().find(|known| known.name() == case).unwrap();
    let emulator = emulator(SigningAlgorithm::EdDsa);
    let session = if session == "stored" { stored(&emulator) } else { ordinary(&emulator) };
    send_requests(&mut *framework.page(case, &session), requests);
}

/// The only function that is counted.
#[inline(never)]
fn send_requests(send: &mut dyn FnMut(), requests: u64) {
    for _ in 0..requests {
        send();
    }
}

fn per_request(framework: Framework, case: Case, session: &str) -> u64 {
    let [few, many] = [FEW, MANY].map(|requests| instructions(framework, case, session, requests));
    many.saturating_sub(few) / (MANY - FEW)
}

fn instructions(framework: Framework, case: Case, session: &str, requests: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*send_requests*"])
        .arg(std::env::current_exe().unwrap())
        .args([framework.name(), case.name(), session, &requests.to_string()])
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    // `==123== Collected : 456`
    let collected = report.lines().find_map(|line| line.split_once("Collected : ")).unwrap().1;
    collected.trim().parse().unwrap()
}
