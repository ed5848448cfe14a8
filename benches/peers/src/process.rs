//! What the operating system knows about a process.

use std::time::Duration;

use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::{Pid, SysconfVar, sysconf},
};

/// Keeps this process, and those that it starts from now on, on one core: the server on the first, everything else on the
/// second. With one core only, nothing happens.
pub(crate) fn pin_to_core(core: usize) {
    let mut cores = CpuSet::new();
    if cores.set(core).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &cores);
    }
}

/// CPU time that a process has used, in user mode and altogether, in the kernel's ticks of 10 ms.
pub(crate) fn cpu_times(pid: u32) -> Option<(Duration, Duration)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The fields after the name, which may contain spaces: proc(5).
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let per_second = u64::try_from(sysconf(SysconfVar::CLK_TCK).ok()??).ok()?;
    let mut next = || {
        let ticks: u64 = fields.next()?.parse().ok()?;
        Some(Duration::from_nanos(ticks * 1_000_000_000 / per_second))
    };
    let (user, system) = (next()?, next()?);
    Some((user, user + system))
}

/// Memory that a process has in use (`VmRSS`), in bytes.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
