//! How the date of a hire is read, in whatever form the source wrote it.

use std::fmt;

use jiff::{Timestamp, ToSpan as _, civil, tz::TimeZone};

use super::{CivilDate, START_DATE_YEARS};
use crate::domain::text::ValueError;

/// A date as a source wrote it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum DateInput {
    /// A text.
    Text(String),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    EpochMillis(i64),
}

impl fmt::Debug for DateInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::EpochMillis(_) => "EpochMillis(…)",
        })
    }
}

/// What it takes to read a date.
#[derive(Clone, Copy, Debug)]
pub struct DateContext<'a> {
    /// The tenant's zone, in which an instant becomes a day.
    pub zone: &'a TimeZone,
    /// Today in that zone.
    pub today: CivilDate,
    /// Whether `DD/MM/YYYY` is understood. Without it a date with slashes is unreadable,
    /// since nobody can tell the day from the month.
    pub day_first: bool,
}

/// A date that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateReading {
    /// The day.
    pub date: CivilDate,
    /// What to know about it, if it was not plain.
    pub note: Option<DateNote>,
}

/// Why a date that was read may not be the one meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateNote {
    /// It came with a time other than midnight and without an offset; the time was left
    /// out.
    TimeDropped,
    /// It came as an instant that is midnight neither in the tenant's zone nor as
    /// written; the tenant's zone decided.
    InstantConverted,
}

/// Reads the first day of a contract.
///
/// An instant that is midnight in the tenant's zone, or as it is written, means that day.
/// Nothing ever becomes today for want of a date.
///
/// # Errors
/// [`ValueError`]; also for a day more than two years away, which catches swapped digits.
pub fn read_start_date(
    input: &DateInput,
    context: &DateContext<'_>,
) -> Result<DateReading, ValueError> {
    let reading = read_date(input, context)?;
    let (day, span) = (reading.date, START_DATE_YEARS.years());
    let too_early = context.today.plus(-span).is_some_and(|first| day < first);
    let too_late = context.today.plus(span).is_some_and(|last| day > last);
    if too_early || too_late {
        return Err(ValueError::TooFarAway {
            years: START_DATE_YEARS,
        });
    }
    Ok(reading)
}

/// Reads a date as [`read_start_date`] does, but takes one that is far from today.
///
/// # Errors
/// [`ValueError::Empty`], [`ValueError::NotADate`] or [`ValueError::YearOutOfRange`].
pub fn read_date(input: &DateInput, context: &DateContext<'_>) -> Result<DateReading, ValueError> {
    let reading = match input {
        DateInput::EpochMillis(millis) => {
            let instant = Timestamp::from_millisecond(*millis).map_err(|_| ValueError::NotADate)?;
            read_instant(instant, None, context)
        }
        DateInput::Text(text) => read_text(text.trim(), context),
    }?;
    reading.date.from_outside()?;
    Ok(reading)
}

fn read_text(text: &str, context: &DateContext<'_>) -> Result<DateReading, ValueError> {
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    if let Some(date) = slashed(text).filter(|_| context.day_first) {
        return Ok(plain(date));
    }
    let date = text.get(..10).ok_or(ValueError::NotADate)?;
    let date = CivilDate::parse_iso(date)?;
    if text.len() == 10 {
        return Ok(plain(date));
    }
    let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| ValueError::NotADate)?;
    let time = pieces.time().ok_or(ValueError::NotADate)?;
    let date = pieces.date();
    match pieces.to_numeric_offset() {
        None => Ok(DateReading {
            date: CivilDate(date),
            note: (time != civil::Time::midnight()).then_some(DateNote::TimeDropped),
        }),
        Some(offset) => {
            let instant = offset
                .to_timestamp(date.to_datetime(time))
                .map_err(|_| ValueError::NotADate)?;
            let written = (time == civil::Time::midnight()).then_some(date);
            read_instant(instant, written, context)
        }
    }
}

/// `written_midnight` is the day as written, if it was written as midnight.
fn read_instant(
    instant: Timestamp,
    written_midnight: Option<civil::Date>,
    context: &DateContext<'_>,
) -> Result<DateReading, ValueError> {
    let local = instant.to_zoned_datetime(context.zone.clone());
    // Not "00:00": a zone may change its clocks at midnight, and the day starts at 01:00.
    let day_start = local.start_of_day().map_err(|_| ValueError::NotADate)?;
    let local_date = CivilDate(local.date());
    if day_start.timestamp() == instant {
        return Ok(plain(local_date));
    }
    if let Some(written) = written_midnight {
        return Ok(plain(CivilDate(written)));
    }
    Ok(DateReading {
        date: local_date,
        note: Some(DateNote::InstantConverted),
    })
}

fn plain(date: CivilDate) -> DateReading {
    DateReading { date, note: None }
}

/// The day written as `DD/MM/YYYY`.
fn slashed(text: &str) -> Option<CivilDate> {
    let (day, rest) = text.split_once('/')?;
    let (month, year) = rest.split_once('/')?;
    CivilDate::parse_iso(&format!("{year}-{month}-{day}")).ok()
}

#[cfg(test)]
mod tests;
