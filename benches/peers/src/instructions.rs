//! Instructions that protection adds to a request, counted by callgrind without a socket; as in `benches/instructions.rs`.

use std::process::Command;

use crate::contender::Contender;

const FEW: u64 = 50;
const MANY: u64 = 250;

pub(crate) fn added(contender: &Contender, settings: &[(String, String)]) -> Result<i64, String> {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Err("skipped: no valgrind".to_owned());
    }
    let [protected, bare] = ["protected", "bare"].map(|side| per_request(contender, side, settings));
    Ok(protected? - bare?)
}

fn per_request(contender: &Contender, side: &str, settings: &[(String, String)]) -> Result<i64, String> {
    let [few, many] = [FEW, MANY].map(|requests| total(contender, side, requests, settings));
    Ok((many? - few?) / i64::try_from(MANY - FEW).unwrap_or(i64::MAX))
}

fn total(contender: &Contender, side: &str, requests: u64, settings: &[(String, String)]) -> Result<i64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*send_requests*"])
        .arg(std::env::current_exe().map_err(|error| error.to_string())?)
        .args(["requests", contender.id, side, &requests.to_string()])
        .envs(settings.iter().cloned())
        .output()
        .map_err(|error| error.to_string())?;
    let report = String::from_utf8_lossy(&output.stderr);
    // `==123== Collected : 456`
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    match collected.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if output.status.success() => Ok(count),
        _ => {
            let said = report.lines().find(|line| !line.starts_with("==") && !line.trim().is_empty());
            Err(format!("not counted: {}", said.unwrap_or("callgrind failed")))
        }
    }
}
