//! Runs checks one after another and summarizes the results.

use std::{
    fmt,
    time::{Duration, Instant},
};

use crate::plan::Context;

/// One check.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Context) -> Outcome,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// It could not run; the reason contains what to do about it.
    Skipped(String),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Passed)
    }
}

/// The outcome of every check, with the time it took.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<(&'static str, Outcome, Duration)>,
}

/// Runs all checks; after a failure the others still run, unless `--fail-fast` is set.
pub(crate) fn run(checks: &[Check], context: &Context) -> Report {
    let mut report = Report { rows: Vec::new() };
    for check in checks {
        let started = Instant::now();
        let outcome = if context.options.fail_fast && report.failed() > 0 {
            Outcome::Skipped("a check before it failed (--fail-fast)".to_owned())
        } else {
            println!("\n── {}", check.name);
            (check.run)(context)
        };
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(why) => println!("── {} failed: {why}", check.name),
            Outcome::Skipped(why) => println!("── {} skipped: {why}", check.name),
        }
        report.rows.push((check.name, outcome, started.elapsed()));
    }
    report
}

impl Report {
    pub(crate) fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|(_, outcome, _)| which(outcome)).count()
    }
}

/// A table, and the totals on the last line, where programs look for them.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0).max("check".len());
        writeln!(f, "{:width$}  result   seconds", "check")?;
        for (name, outcome, took) in &self.rows {
            let (result, why) = match outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Failed(why) => ("FAILED", why.as_str()),
                Outcome::Skipped(why) => ("skipped", why.as_str()),
            };
            // One row per check: only the first line of a long reason.
            let why = why.lines().next().unwrap_or_default();
            let row = format!("{name:width$}  {result:7}  {:7.1}  {why}", took.as_secs_f64());
            writeln!(f, "{}", row.trim_end())?;
        }
        let passed = self.count(|outcome| *outcome == Outcome::Passed);
        let skipped = self.count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        write!(f, "\n{passed} passed, {} failed, {skipped} skipped", self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{args::Options, shell::Shell};

    const CHECKS: &[Check] = &[
        Check { name: "one", run: |_| Outcome::Passed },
        Check { name: "second", run: |_| Outcome::Failed("two things\nin detail".to_owned()) },
        Check { name: "three", run: |_| Outcome::Passed },
    ];

    fn context(fail_fast: bool) -> Context {
        Context::new(Shell::at_root(), Options { fail_fast, ..Options::default() })
    }

    #[test]
    fn after_a_failure_the_other_checks_run() {
        let report = run(CHECKS, &context(false)).to_string();
        assert!(report.ends_with("\n2 passed, 1 failed, 0 skipped"), "{report}");
    }

    #[test]
    fn fail_fast_skips_the_checks_after_a_failure() {
        let report = run(CHECKS, &context(true)).to_string();
        assert!(report.contains("three   skipped      0.0  a check before it failed"), "{report}");
        assert!(report.ends_with("\n1 passed, 1 failed, 1 skipped"), "{report}");
    }

    #[test]
    fn the_table_has_one_row_for_each_check() {
        let report = run(CHECKS, &context(false)).to_string();
        assert!(report.starts_with("check   result   seconds\none     passed       0.0\n"), "{report}");
        assert!(report.contains("\nsecond  FAILED       0.0  two things\nthree "), "{report}");
    }
}
