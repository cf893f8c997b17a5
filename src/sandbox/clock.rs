//! The time of a call, read once per call; dates and times as Lucca writes them.

use std::time::Instant;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// One moment, by the steady clock and by the wall clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// For spans: windows, lags, order of events.
    pub(super) steady: Instant,
    /// For what is shown and stored.
    pub(super) wall: Timestamp,
}

impl Moment {
    /// The present. The only place of the sandbox that reads a clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the sandbox is the other side of the wire, with a clock of its own"
    )]
    pub(super) fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: Timestamp::now(),
        }
    }

    /// The day in France: a contract starts and ends at midnight there.
    pub(super) fn today(self) -> Date {
        paris().to_datetime(self.wall).date()
    }
}

/// The zone of the made-up company; UTC if the bundled zones lack it.
pub(super) fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
}

/// Reads a date, a date-time without zone, or one with a zone, which is converted to `zone`.
pub(super) fn read_moment(text: &str, zone: &TimeZone) -> Option<DateTime> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(zone.to_datetime(stamp));
    }
    text.parse::<DateTime>()
        .ok()
        .or_else(|| text.parse::<Date>().ok().map(DateTime::from))
}

/// `2015-09-07T10:20:06.583`, or without the fraction where there is none.
pub(super) fn write_moment(moment: DateTime) -> String {
    let milliseconds = moment.subsec_nanosecond() / 1_000_000;
    let whole = moment.strftime("%Y-%m-%dT%H:%M:%S");
    if milliseconds == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{milliseconds:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_with_or_without_a_time_or_a_zone_is_read() {
        for (text, expected) in [
            ("2027-01-04", Some("2027-01-04T00:00:00")),
            ("2027-01-04T00:00:00", Some("2027-01-04T00:00:00")),
            ("2027-01-03T23:00:00Z", Some("2027-01-04T00:00:00")),
            ("2027-07-03T23:00:00+00:00", Some("2027-07-04T01:00:00")),
            ("04/01/2027", None),
            ("2027-13-01", None),
            ("", None),
        ] {
            let read = read_moment(text, &paris()).map(write_moment);
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_moment_is_written_with_milliseconds_only_if_it_has_some() {
        let moment = read_moment("2015-09-07T10:20:06.583", &paris()).unwrap();
        assert_eq!(write_moment(moment), "2015-09-07T10:20:06.583");
    }
}
