//! Whether the time that a sender gives for a statement can be believed.
//!
//! The time orders the statements about one hire, so a wrong one outlives every later statement.
//! A time that is not believed is left out: the order of arrival then counts.

use jiff::{SignedDuration, Timestamp};

use super::dates::time_from_outside;

/// How far a sender's clock may be ahead of ours, as for signatures.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// 2000-01-01T00:00:00Z: no tracking system stated anything earlier. Times that nobody set are
/// earlier, such as 1970 and the year 1.
const EARLIEST: i64 = 946_684_800;

/// The first time that readers of protobuf and JSON take.
const FIRST: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Whether a time is later than now, beyond what clocks differ.
#[must_use]
pub fn is_future(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > SKEW
}

/// Whether a time can be that of a statement which was received at `received`.
#[must_use]
pub fn is_likely(time: Timestamp, received: Timestamp) -> bool {
    time.as_second() >= EARLIEST && !is_future(time, received)
}

/// The same time, or the nearest that can be shown. Earlier versions stored other times too.
#[must_use]
pub fn in_calendar(time: Timestamp) -> Timestamp {
    time_from_outside(time).unwrap_or(FIRST)
}

/// The time of a count since 1970, in the unit in which it is likely: seconds, milliseconds,
/// microseconds or nanoseconds.
#[must_use]
pub fn of_epoch(count: i128, received: Timestamp) -> Option<Timestamp> {
    const NANOSECONDS: [i128; 4] = [1_000_000_000, 1_000_000, 1_000, 1];
    let times = NANOSECONDS.iter().filter_map(|unit| {
        let nanoseconds = count.checked_mul(*unit)?;
        Timestamp::from_nanosecond(nanoseconds).ok()
    });
    times.into_iter().find(|time| is_likely(*time, received))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const NOW: &str = "2026-11-23T09:00:00Z";

    #[test]
    fn only_times_from_2000_until_now_are_likely() {
        for (time, likely) in [
            (NOW, true),
            ("2026-11-23T09:05:00Z", true),
            ("2026-11-23T09:05:01Z", false),
            ("2026-11-23T10:00:00Z", false),
            ("2036-01-01T00:00:00Z", false),
            ("9999-12-30T22:00:00Z", false),
            ("2019-03-01T00:00:00Z", true),
            ("2000-01-01T00:00:00Z", true),
            ("1999-12-31T23:59:59Z", false),
            ("1970-01-01T00:00:00Z", false),
            ("1900-01-01T00:00:00Z", false),
            ("0001-01-01T00:00:00+01:00", false),
            ("-000044-03-15T00:00:00Z", false),
        ] {
            assert_eq!(is_likely(at(time), at(NOW)), likely, "{time}");
        }
    }

    #[test]
    fn a_count_since_1970_is_read_in_the_unit_that_fits() {
        let second = at(NOW).as_second();
        for unit in [1, 1_000, 1_000_000, 1_000_000_000] {
            let count = i128::from(second) * unit;
            assert_eq!(of_epoch(count, at(NOW)), Some(at(NOW)), "{unit}");
        }
        for count in [
            0,
            -1,
            1,
            20_261_123,
            20_261_123_090_000,
            i128::MAX,
            i128::MIN,
        ] {
            assert_eq!(of_epoch(count, at(NOW)), None, "{count}");
        }
    }

    #[test]
    fn no_time_outside_the_calendar_is_shown() {
        for (time, shown) in [
            ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("-000044-03-15T00:00:00Z", "0001-01-01T00:00:00Z"),
            (NOW, NOW),
            ("9999-12-30T22:00:00Z", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(in_calendar(at(time)), at(shown), "{time}");
        }
    }
}
