//! `Retry-After` (RFC 9110 §10.2.3): when a provider that is not available wants to be asked again.
//!
//! 1. It is a number of seconds or a date; a date that has passed is now. Anything else says nothing.
//! 2. It counts up to [`MAX`]: a mistake of a provider or a proxy must not stop refreshes for hours.

use std::time::Duration;

use http::{HeaderMap, header::RETRY_AFTER};

use crate::time::Timestamp;

/// The longest pause that a provider can ask for.
pub(crate) const MAX: Duration = Duration::from_secs(300);

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// The pause that a response asks for.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // Too many digits for a number: the maximum.
        true => Duration::from_secs(value.parse().unwrap_or(u64::MAX)),
        false => http_date(value)?.duration_since(now),
    };
    Some(pause.min(MAX))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`; the two obsolete formats (RFC 9110 §5.6.7) are not read.
fn http_date(text: &str) -> Option<Timestamp> {
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let mut part = || parts.next();
    let (day, month, year, time, zone) = (part()?, part()?, part()?, part()?, part()?);
    let month = MONTHS.as_bytes().chunks(3).position(|name| name == month.as_bytes())?;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let mut clock = time.split(':').map(|number| number.parse::<u64>().ok());
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    let valid = zone == "GMT" && (1970..=9999).contains(&year) && (1..=31).contains(&day);
    if !valid || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    // Years begin in March, so that a leap day is the last of its year.
    let month = u64::try_from(month).ok()?;
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    /// From the first of March of year 0 to the first of January 1970, counting days from 1.
    const EPOCH: u64 = 719_469;
    Some(Timestamp::from_unix(days.checked_sub(EPOCH)? * 86_400 + hours * 3600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(784_111_700);

    fn pause(value: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.try_into().unwrap());
        retry_after(&headers, NOW).map(|pause| pause.as_secs())
    }

    #[test]
    fn rule_1_it_is_a_number_of_seconds_or_a_date() {
        assert_eq!(pause("0"), Some(0));
        assert_eq!(pause(" 120 "), Some(120));
        // The example of RFC 9110 §5.6.7.
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp::from_unix(784_111_777)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:37 GMT"), Some(77));
        assert_eq!(pause("Sun, 06 Nov 1994 08:40:00 GMT"), Some(0), "it has passed");
        assert_eq!(http_date("Thu, 29 Feb 2024 23:59:60 GMT"), Some(Timestamp::from_unix(1_709_251_200)));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Timestamp::from_unix(0)));
        for odd in
            ["", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994", "Sun, 6 X 1994 1:1:1 GMT"]
        {
            assert_eq!(pause(odd), None, "{odd}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }

    #[test]
    fn rule_2_it_counts_up_to_five_minutes() {
        for long in ["301", "86400", "99999999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT"] {
            assert_eq!(pause(long), Some(300), "{long}");
        }
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(value in "[A-Za-z0-9:, ]{0,40}", year: u64, day: u64) {
            pause(&value);
            pause(&format!("Sun, {day} Nov {year} 08:49:37 GMT"));
        }
    }
}
