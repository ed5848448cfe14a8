//! `Moment`: a point in time, ready to print in UTC.

use zitadel_core::Timestamp;

/// A point in time in three forms: for the script, for `<time datetime>`, and for users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) unix: u64,
    /// `2026-03-02T14:30:05Z`
    pub(crate) iso: String,
    /// `2 Mar 2026, 14:30:05 UTC`
    pub(crate) words: String,
}

impl Moment {
    pub(crate) fn new(time: Timestamp) -> Self {
        Self::from_unix(time.as_unix())
    }

    /// A time beyond the calendar (a hostile `exp` of `u64::MAX`) becomes its last moment.
    pub(crate) fn from_unix(unix: u64) -> Self {
        let moment = i64::try_from(unix).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let moment = moment.unwrap_or(jiff::Timestamp::MAX);
        Self {
            unix,
            iso: moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            words: moment.strftime("%-d %b %Y, %H:%M:%S UTC").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_for_programs_and_for_users() {
        let moment = Moment::from_unix(1_772_461_805);
        assert_eq!(moment.iso, "2026-03-02T14:30:05Z");
        assert_eq!(moment.words, "2 Mar 2026, 14:30:05 UTC");
        assert_eq!(Moment::from_unix(0).words, "1 Jan 1970, 00:00:00 UTC");
        assert_eq!(Moment::from_unix(951_827_696).iso, "2000-02-29T12:34:56Z");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_its_last_day_not_a_panic() {
        for unix in [u64::MAX, u64::try_from(i64::MAX).unwrap(), 253_402_300_800] {
            assert!(Moment::from_unix(unix).iso.starts_with("9999-12-30"), "{}", Moment::from_unix(unix).iso);
        }
    }
}
