//! Civil dates, and how the date of a hire is read.
//!
//! A start date is a day on a calendar, never an instant: an instant shifts by a day as
//! soon as two programs disagree about the zone.

mod reading;

use std::fmt;

use jiff::{Span, Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::text::ValueError;

pub use reading::{DateContext, DateInput, DateNote, DateReading, read_date, read_start_date};

/// How far from today a start date may lie, in years, either way.
pub const START_DATE_YEARS: i64 = 2;

/// The years of births and contracts. A date of any other year can only be a mistake.
const YEARS: [i16; 2] = [1900, 2200];

/// A day on the calendar, written `YYYY-MM-DD`.
///
/// What is written is read back, whatever the year. Dates that come from outside are limited to
/// the years of births and contracts, by [`CivilDate::from_outside`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CivilDate(civil::Date);

impl CivilDate {
    /// The day as `jiff` knows it.
    #[must_use]
    pub fn new(date: civil::Date) -> Self {
        Self(date)
    }

    /// Reads exactly `YYYY-MM-DD`, nothing before or after it.
    ///
    /// # Errors
    /// [`ValueError::Empty`] for an empty text, [`ValueError::NotADate`] otherwise.
    pub fn parse_iso(text: &str) -> Result<Self, ValueError> {
        if text.is_empty() {
            return Err(ValueError::Empty);
        }
        let date: civil::Date = text.parse().map_err(|_| ValueError::NotADate)?;
        // `jiff` reads other forms as well.
        let exact = date.to_string() == text;
        exact.then_some(Self(date)).ok_or(ValueError::NotADate)
    }

    /// The day as `jiff` knows it.
    #[must_use]
    pub fn get(self) -> civil::Date {
        self.0
    }

    /// The same date, if it can be the date of a birth or a contract.
    ///
    /// # Errors
    /// [`ValueError::YearOutOfRange`].
    pub fn from_outside(self) -> Result<Self, ValueError> {
        let [min, max] = YEARS;
        let is_known = (min..=max).contains(&self.0.year());
        is_known
            .then_some(self)
            .ok_or(ValueError::YearOutOfRange { min, max })
    }

    /// The day that lies this span later, or earlier if the span is negative. `None` outside the
    /// years 1 to 9999, which `YYYY-MM-DD` can hold.
    pub fn plus(self, span: Span) -> Option<Self> {
        let date = self.0.checked_add(span).ok()?;
        (date.year() >= 1).then_some(Self(date))
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl TryFrom<String> for CivilDate {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Self::parse_iso(&text)
    }
}

impl From<CivilDate> for String {
    fn from(date: CivilDate) -> Self {
        date.to_string()
    }
}

/// The same time, if every reader of the contract can hold it: the times of protobuf have the years
/// 1 to 9999.
pub fn time_from_outside(time: Timestamp) -> Option<Timestamp> {
    (TimeZone::UTC.to_datetime(time).year() >= 1).then_some(time)
}

/// The day it is in a zone; in UTC if the zone is not known.
pub fn today(now: Timestamp, zone: &str) -> CivilDate {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    CivilDate::new(now.to_zoned_datetime(zone).date())
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse_iso(text).unwrap()
    }

    #[test]
    fn only_the_exact_iso_form_is_a_civil_date() {
        assert_eq!(day("2028-02-29").to_string(), "2028-02-29");
        for text in [
            "2027-02-29",
            "2027-01-04 ",
            "2027-1-04",
            "2027/01/04",
            "-027-01-04",
        ] {
            assert_eq!(
                CivilDate::parse_iso(text),
                Err(ValueError::NotADate),
                "{text}"
            );
        }
        assert_eq!(CivilDate::parse_iso(""), Err(ValueError::Empty));
        assert!(day("2026-12-31") < day("2027-01-01"));
    }

    #[test]
    fn every_date_that_is_written_is_read_back() {
        let year = |year: i16| [(1, 1), (2, 28), (12, 31)].map(|(m, d)| civil::date(year, m, d));
        for date in (-9999..=9999).flat_map(year).map(CivilDate) {
            let stored = serde_json::to_string(&date).unwrap();
            assert_eq!(serde_json::from_str::<CivilDate>(&stored).unwrap(), date);
        }
    }

    #[test]
    fn dates_from_outside_are_of_the_years_1900_to_2200() {
        let error = Err(ValueError::YearOutOfRange {
            min: 1900,
            max: 2200,
        });
        for text in ["1900-01-01", "2027-01-04", "2200-12-31"] {
            assert_eq!(day(text).from_outside(), Ok(day(text)));
        }
        for text in [
            "-000001-12-31",
            "0000-01-01",
            "0001-01-01",
            "1899-12-31",
            "2201-01-01",
            "9999-12-31",
        ] {
            assert_eq!(day(text).from_outside(), error, "{text}");
        }
    }

    #[test]
    fn arithmetic_stays_within_the_years_that_four_digits_hold() {
        for (text, days, expected) in [
            ("2027-01-01", -1, Some("2026-12-31")),
            ("0001-01-01", -1, None),
            ("0000-01-01", -1, None),
            ("9999-12-31", 1, None),
            ("9999-12-30", 1, Some("9999-12-31")),
        ] {
            assert_eq!(day(text).plus(days.days()), expected.map(day), "{text}");
        }
    }

    #[test]
    fn times_from_outside_are_of_the_years_that_protobuf_holds() {
        for (text, holds) in [
            ("0000-12-31T23:59:59.999999999Z", false),
            ("0001-01-01T00:00:00Z", true),
            ("9999-12-30T22:00:00Z", true),
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time_from_outside(time), holds.then_some(time), "{text}");
        }
        assert_eq!(time_from_outside(Timestamp::MIN), None);
        assert_eq!(time_from_outside(Timestamp::MAX), Some(Timestamp::MAX));
    }

    #[test]
    fn the_stored_form_is_the_iso_text() {
        let stored = serde_json::to_string(&day("2027-01-04")).unwrap();
        assert_eq!(stored, "\"2027-01-04\"");
        assert_eq!(
            serde_json::from_str::<CivilDate>(&stored).unwrap(),
            day("2027-01-04")
        );
        assert!(serde_json::from_str::<CivilDate>("\"04/01/2027\"").is_err());
    }
}
