//! The emulator's clock. Starts at the system time; tests can move it instead of sleeping.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock that ticks from a start time, or stays at a fixed time once it has been set.
#[derive(Debug)]
pub(crate) struct Clock {
    base: SystemTime,
    ticking_since: Option<Instant>,
}

impl Clock {
    /// Ticks, starting at the system time.
    pub(crate) fn system() -> Self {
        Self { base: SystemTime::now(), ticking_since: Some(Instant::now()) }
    }

    /// Stays at `time` until it is advanced.
    pub(crate) fn stopped_at(time: SystemTime) -> Self {
        Self { base: time, ticking_since: None }
    }

    pub(crate) fn now(&self) -> SystemTime {
        match self.ticking_since {
            Some(since) => self.base + since.elapsed(),
            None => self.base,
        }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.base += by;
    }

    /// Seconds since the Unix epoch, as used in token claims.
    pub(crate) fn unix_time(&self) -> u64 {
        unix_time(self.now())
    }
}

/// Seconds since the Unix epoch.
pub(crate) fn unix_time(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Formats a Unix time as an HTTP date (RFC 9110 §5.6.7), for example `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(unix_time: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = unix_time / 86_400;
    let second = unix_time % 86_400;
    let (year, month, day) = civil_from_days(days);
    let weekday = DAYS.get(usize::try_from(days % 7).unwrap_or(0)).copied().unwrap_or("Thu");
    let month = MONTHS.get(usize::try_from(month.saturating_sub(1)).unwrap_or(0)).copied().unwrap_or("Jan");
    format!(
        "{weekday}, {day:02} {month} {year:04} {:02}:{:02}:{:02} GMT",
        second / 3600,
        second % 3600 / 60,
        second % 60
    )
}

/// Formats a Unix time as in RFC 3339 §5.6, for example `1994-11-06T08:49:37Z`.
pub(crate) fn rfc3339(unix_time: u64) -> String {
    let (year, month, day) = civil_from_days(unix_time / 86_400);
    let second = unix_time % 86_400;
    let (hour, minute) = (second / 3600, second % 3600 / 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

/// Converts days since 1970-01-01 to a Gregorian year, month and day. Uses 400-year eras that start in March.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted_as_in_rfc_9110_and_rfc_3339() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(rfc3339(784_111_777), "1994-11-06T08:49:37Z");
        assert_eq!(rfc3339(253_402_300_799), "9999-12-31T23:59:59Z");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn a_fixed_clock_changes_only_when_advanced() {
        let mut clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_000));
        assert_eq!(clock.unix_time(), 1_000);
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.unix_time(), 1_060);
    }
}
