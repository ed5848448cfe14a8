//! The figures of a run, and whether all of them are right.

use std::time::Duration;

use crate::{
    record::{Account, Counts},
    run::Run,
};

/// How many lines about what went wrong are printed.
const MAX_LINES: usize = 40;

/// One of so many answers may be 503 although all works: on a machine that does something else, too, Redis does not answer in time.
/// Whether every replica has recovered is asked in the end, without this tolerance.
const MAX_UNEXPECTED: u64 = 100;

/// Prints what happened; whether nothing was wrong.
pub(crate) fn print(run: &Run) -> bool {
    let state = run.record.state();
    let (counts, account) = (&state.counts, Account::of(&state));
    let by_status = counts.answers.iter().map(|(status, number)| format!("{number} × {}", name(*status)));
    let answers = counts.answers.values().sum::<u64>();
    println!("\nrequests              {answers}: {}", by_status.collect::<Vec<_>>().join(", "));
    println!("logins                {}, {} failed", counts.logins, counts.failed_logins);
    println!(
        "refreshes due         {} = {} made + {} ended before + {} failed, and {} missing",
        account.due, account.made, account.ended_before, account.failed, account.missing
    );
    println!("  made, not due       {}", account.made_early);
    println!(
        "token requests        {} for refreshes = {} answered + {} failed (provider faulty) + {} refused; {} for codes",
        account.calls,
        account.answered,
        account.faulty,
        account.refused + account.spent_twice,
        counts.code_calls
    );
    println!(
        "refresh tokens        {} lost with a replica or its way to Redis, {} spent twice",
        counts.lost_results, account.spent_twice
    );
    println!("wrongly out           {}, and {} saw another user's page", counts.wrongly_out, counts.other_user);
    println!("wrongly in            {} of {} presentations of copied cookies", counts.wrongly_in, counts.copies_tried);
    println!("unavailable           {} answers of 503 or none while all works", counts.unexpected);
    for (replica, times) in &counts.refusals {
        println!("end to refusal        replica {replica}: {}", percentiles(times));
    }
    println!("page latency          {}", percentiles(&counts.page_latencies));
    println!("  while all works     {}", percentiles(&counts.calm_latencies));
    for line in state.unexpected.iter().take(MAX_LINES / 4) {
        println!("unavailable {line}");
    }
    for line in state.wrong.iter().take(MAX_LINES) {
        println!("WRONG {line}");
    }
    if let Some(more) = state.wrong.len().checked_sub(MAX_LINES).filter(|more| *more > 0) {
        println!("WRONG … and {more} more");
    }
    let is_right = state.wrong.is_empty() && account.is_balanced(counts.refresh_calls) && is_right(counts, answers);
    println!("{}", if is_right { "nothing is wrong" } else { "something is wrong" });
    is_right
}

const fn is_right(counts: &Counts, answers: u64) -> bool {
    counts.wrongly_out == 0
        && counts.wrongly_in == 0
        && counts.other_user == 0
        && counts.unexpected * MAX_UNEXPECTED <= answers
        // A run in which nobody logged in shows nothing.
        && counts.logins > 0
}

fn name(status: u16) -> String {
    if status == 0 { "no answer".to_owned() } else { status.to_string() }
}

fn percentiles(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |percent: usize| {
        let index = (times.len().saturating_sub(1) * percent).div_euclid(100);
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    format!(
        "median {:.1} ms, 90 % {:.1} ms, 99 % {:.1} ms, longest {:.0} ms, of {}",
        at(50),
        at(90),
        at(99),
        at(100),
        times.len()
    )
}
