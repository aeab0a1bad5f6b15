//! The `Retry-After` header (RFC 9110, section 10.2.3).

use chrono::{NaiveDateTime, TimeDelta};

use crate::Instant;

/// The longest wait that a receiver can ask for.
pub const MAX_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);

/// The three forms of an HTTP date (RFC 9110, section 5.6.7): IMF-fixdate, RFC 850, asctime.
const HTTP_DATES: &[&str] = &[
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
];

/// When the receiver wants the next request: now plus a number of seconds, or a date; 24 h from now
/// at most. What is neither (negative, fractional, several values) is `None`.
pub fn retry_after(header: &str, now: Instant) -> Option<Instant> {
    let header = header.trim();
    let latest = now + MAX_RETRY_AFTER;
    if !header.is_empty() && header.bytes().all(|c| c.is_ascii_digit()) {
        // More digits than fit are a very long time.
        let seconds = header.parse::<u32>().map_or(MAX_RETRY_AFTER, |seconds| {
            TimeDelta::seconds(seconds.into())
        });
        return Some(now + seconds.min(MAX_RETRY_AFTER));
    }
    let date = HTTP_DATES
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(header, format).ok())?;
    Some(date.and_utc().min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn wait(header: &str) -> Option<i64> {
        // Saturday, 14 March 2026, 08:05:12 UTC
        let now = DateTime::from_timestamp(1_773_475_512, 0).unwrap();
        retry_after(header, now).map(|at| (at - now).num_seconds())
    }

    #[test]
    fn seconds_and_all_dates_are_read() {
        for (header, seconds) in [
            ("0", 0),
            ("1", 1),
            (" 120 ", 120),
            ("86400", 86_400),
            ("86401", 86_400),
            ("4294967296", 86_400),
            ("1000000000000", 86_400),
            ("99999999999999999999999999", 86_400),
            ("Sat, 14 Mar 2026 08:06:12 GMT", 60),
            ("Saturday, 14-Mar-26 08:06:12 GMT", 60),
            ("Sat Mar 14 08:06:12 2026", 60),
            ("Sun Mar  1 08:05:12 2026", -13 * 86_400),
            ("Sat, 14 Mar 2026 08:05:12 GMT", 0),
            ("Fri, 13 Mar 2026 08:05:12 GMT", -86_400),
            ("Thu, 01 Jan 2099 00:00:00 GMT", 86_400),
        ] {
            assert_eq!(wait(header), Some(seconds), "{header}");
        }
    }

    #[test]
    fn garbage_is_ignored() {
        for header in [
            "",
            " ",
            "-1",
            "+5",
            "1.5",
            "1e3",
            "5, 10",
            "5s",
            "soon",
            "٣",
            "Sat, 14 Mar 2026 08:06:12",
            "Sat, 14 Mar 2026 08:06:12 +0100",
            "Mon, 14 Mar 2026 08:06:12 GMT",
            "Sat, 32 Mar 2026 08:06:12 GMT",
            "2026-03-14T08:06:12Z",
        ] {
            assert_eq!(wait(header), None, "{header:?}");
        }
    }
}
