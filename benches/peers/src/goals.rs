//! What ours must reach, checked against the rows of this run.

use crate::{
    contender::{Contender, Credential},
    first_sight::FirstSight,
    measure::Row,
};

/// Prints every goal with what was measured; whether all were reached.
pub(crate) fn print(rows: &[(&Contender, Row)], first_sight: &FirstSight) -> bool {
    println!();
    let mut all = true;
    let mut goal = |what: &str, found: String, is_reached: bool| {
        println!("{}: {what}: {found}", if is_reached { "reached" } else { "MISSED " });
        all &= is_reached;
    };
    for (contender, row) in rows.iter().filter(|(contender, _)| contender.is_ours()) {
        let label = contender.label();
        let least = match contender.id {
            "axum-bearer" => Some(0.90),
            "axum-protected" => Some(0.82),
            _ => None,
        };
        match (least, &row.rate) {
            (Some(least), Ok(rate)) => {
                goal(
                    &format!("{label}: req/s at least {least:.2} of bare"),
                    format!("{:.2} ({:.2} by the CPU time of the server)", rate.ratio, rate.cpu_ratio),
                    rate.ratio >= least,
                );
            }
            (_, Err(reason)) => goal(&format!("{label}: measured"), reason.clone(), false),
            (None, Ok(_)) => {}
        }
        match &row.bad {
            Ok(bad) => {
                let megabytes = bad.growth as f64 / 1_048_576.0;
                goal(
                    &format!("{label}: at most 1 MB more after 100,000 bad credentials"),
                    format!("{megabytes:.2} MB"),
                    megabytes <= 1.0,
                );
                // A signature that is wrong may be one of a key that was replaced under its name: newer keys are fetched, at
                // most once in five seconds.
                let cool_downs = bad.took.as_secs() / 5 + 1;
                let found = format!("{} in {:.0} s", bad.upstream, bad.took.as_secs_f64());
                let is_reached = u64::try_from(bad.upstream).is_ok_and(|calls| calls <= cool_downs);
                goal(&format!("{label}: at most one call to the provider per cool-down for them"), found, is_reached);
            }
            Err(reason) => goal(&format!("{label}: bad credentials"), reason.clone(), false),
        }
        if contender.credential == Credential::Opaque {
            let found = row.simultaneous.as_ref().map_or_else(Clone::clone, usize::to_string);
            goal(&format!("{label}: one introspection for 200 at once"), found, row.simultaneous == Ok(1));
        }
        if contender.credential == Credential::Jwt {
            match &row.kids {
                Ok(kids) => {
                    goal(
                        &format!("{label}: at most one fetch of keys per cool-down"),
                        kids.fetches.to_string(),
                        kids.fetches <= 1,
                    );
                    let found = format!("{:.2} ({:.0?} ÷ {:.0?})", kids.ratio(), kids.p99.1, kids.p99.0);
                    goal(
                        &format!("{label}: p99 with 5,000 unknown `kid`s at most 1.2 of without"),
                        found,
                        kids.ratio() <= 1.2,
                    );
                }
                Err(reason) => goal(&format!("{label}: unknown keys"), reason.clone(), false),
            }
        }
    }
    let found = format!("{:.2} ({:.1} µs ÷ {:.1} µs)", first_sight.ratio, first_sight.ours, first_sight.bare);
    goal("an RS256 token seen first at most 1.10 of its bare signature", found, first_sight.ratio <= 1.10);
    all
}
