//! Whether this machine and ZITADEL have the same time.
//!
//! The engine tolerates 60 seconds in tokens that it verifies; ZITADEL tolerates one second in an assertion, whose `iat` the engine
//! dates back by ten.

use std::time::Duration;

use zitadel_axum::Timestamp;

use super::{code::Code, report::Report};

/// More than rounding and a slow network make.
const SKEW: Duration = Duration::from_secs(5);
/// What the engine tolerates in `exp` and `iat`.
const TOLERATED: Duration = Duration::from_secs(60);

/// `date` is the header `Date` (RFC 9110 §6.6.1) of a response that was asked for at `sent_at` and there at `received_at`. It
/// was written in between, so only what lies outside is a difference.
pub(super) fn check(date: Option<Timestamp>, sent_at: Timestamp, received_at: Timestamp, report: &mut Report) {
    let Some(date) = date else {
        report.add(Code::ClockUnknown, "The discovery document came without a header Date that can be read.");
        return;
    };
    // `duration_since` is zero where the other one is later.
    let (behind, ahead) = (date.duration_since(received_at), sent_at.duration_since(date));
    let skew = behind.max(ahead);
    let direction = if behind > ahead { "behind" } else { "ahead of" };
    let sentence = format!("The clock of this machine is {} seconds {direction} that of ZITADEL.", skew.as_secs());
    if skew >= TOLERATED {
        report.add(Code::ClockWrong, sentence);
    } else if skew > SKEW {
        report.add(Code::ClockSkew, sentence);
    } else {
        report.add(Code::ClockOk, "The clocks of this machine and of ZITADEL agree.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(date: u64, sent_at: u64, received_at: u64) -> (Code, String) {
        let mut report = Report::default();
        let time = Timestamp::from_unix;
        check(Some(time(date)), time(sent_at), time(received_at), &mut report);
        let finding = report.into_findings().remove(0);
        (finding.code, finding.sentence)
    }

    #[test]
    fn only_what_lies_outside_of_the_exchange_is_a_difference() {
        // A slow answer: any time between the two is right.
        assert_eq!(found(1_000, 995, 1_020).0, Code::ClockOk);
        assert_eq!(found(1_000, 1_005, 1_005).0, Code::ClockOk);
        assert_eq!(found(1_000, 1_006, 1_006).0, Code::ClockSkew);
        assert_eq!(found(1_000, 1_059, 1_060).0, Code::ClockSkew);
        let (code, sentence) = found(1_000, 1_060, 1_061);
        assert_eq!(code, Code::ClockWrong);
        assert!(sentence.contains("60 seconds ahead of"), "{sentence}");
        let (code, sentence) = found(1_000, 900, 910);
        assert_eq!(code, Code::ClockWrong);
        assert!(sentence.contains("90 seconds behind"), "{sentence}");
    }
}
