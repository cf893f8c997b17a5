//! Civil dates, and how the date of a hire is read.
//!
//! A start date is a day on a calendar, never an instant: an instant shifts by a day as
//! soon as two programs disagree about the zone.

mod reading;

use std::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::text::ValueError;

pub use reading::{DateContext, DateInput, DateNote, DateReading, read_date, read_start_date};

/// How far from today a start date may lie, in years, either way.
pub const START_DATE_YEARS: i64 = 2;

/// A day on the calendar, written `YYYY-MM-DD`.
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

/// The day it is in a zone; in UTC if the zone is not known.
pub fn today(now: Timestamp, zone: &str) -> CivilDate {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    CivilDate::new(now.to_zoned_datetime(zone).date())
}

#[cfg(test)]
mod tests {
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
