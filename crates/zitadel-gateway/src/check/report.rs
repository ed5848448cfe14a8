//! `Report`: findings, and how they are printed.

use std::{fmt::Write as _, process::ExitCode};

use serde_json::{Value, json};

use super::code::{Code, Severity};

/// One thing that was checked, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// The same in one sentence, with the values of this configuration. It contains no secret.
    pub sentence: String,
}

/// All findings of one check, in the order of the checks.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn add(&mut self, code: Code, sentence: impl Into<String>) {
        self.findings.push(Finding { code, sentence: sentence.into() });
    }

    pub(super) fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// The status of the program: 0 without warnings and errors, 1 with warnings, 2 with errors. What is unknown does not count: some
/// things cannot be known without a login.
#[must_use]
pub fn exit_status(findings: &[Finding]) -> u8 {
    match findings.iter().map(|finding| finding.code.severity()).max() {
        Some(Severity::Error) => 2,
        Some(Severity::Warning) => 1,
        _ => 0,
    }
}

pub(super) fn exit_code(findings: &[Finding]) -> ExitCode {
    ExitCode::from(exit_status(findings))
}

/// For people: one line for each finding, and below it what to change; then how many there are.
#[must_use]
pub fn to_text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { code, sentence } in findings {
        let _ = writeln!(text, "{:<8} {:<30} {sentence}", code.severity().word(), code.name());
        if code.severity() != Severity::Ok {
            let _ = writeln!(text, "{:<8} {:<30} → {}", "", "", code.change());
        }
    }
    let count = |severity| findings.iter().filter(|finding| finding.code.severity() == severity).count();
    let (errors, warnings, unknown) = (count(Severity::Error), count(Severity::Warning), count(Severity::Unknown));
    let _ = writeln!(text, "\n{errors} errors, {warnings} warnings, {unknown} unknown, {} ok", count(Severity::Ok));
    text
}

/// For programs: `{"findings": [{"code", "severity", "sentence", "change"}], "status"}`.
#[must_use]
pub fn to_json(findings: &[Finding]) -> Value {
    let findings_json: Vec<_> = findings
        .iter()
        .map(|Finding { code, sentence }| {
            json!({
                "code": code.name(),
                "severity": code.severity().word(),
                "sentence": sentence,
                "change": code.change(),
            })
        })
        .collect();
    json!({ "findings": findings_json, "status": exit_status(findings) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(codes: &[Code]) -> Vec<Finding> {
        codes.iter().map(|code| Finding { code: *code, sentence: "It is so.".to_owned() }).collect()
    }

    #[test]
    fn the_status_is_that_of_the_worst_finding_and_what_is_unknown_does_not_count() {
        assert_eq!(exit_status(&findings(&[Code::ClockOk, Code::ClockUnknown])), 0);
        assert_eq!(exit_status(&findings(&[Code::ClockSkew, Code::ClockUnknown])), 1);
        assert_eq!(exit_status(&findings(&[Code::ClockWrong, Code::ClockSkew, Code::ClockOk])), 2);
    }

    #[test]
    fn a_problem_is_printed_with_what_to_change_and_a_success_without() {
        let text = to_text(&findings(&[Code::ClockOk, Code::RedirectUriUnregistered]));
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("ok       clock_ok "), "{text}");
        assert!(lines[1].starts_with("error    redirect_uri_unregistered "), "{text}");
        assert!(lines[2].trim_start().starts_with("→ *Projects"), "{text}");
        assert_eq!(lines.last(), Some(&"1 errors, 0 warnings, 0 unknown, 1 ok"));
    }

    #[test]
    fn only_what_is_right_needs_no_change() {
        for code in Code::ALL {
            assert_eq!(code.change().is_empty(), code.severity() == Severity::Ok, "{}", code.name());
        }
    }
}
