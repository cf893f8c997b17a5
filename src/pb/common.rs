//! What several messages have in common: bad fields, times, field names.

use std::fmt::Display;

use jiff::Timestamp;

use super::v1;
use crate::domain::field::Field;

const NANOS: i128 = 1_000_000_000;

/// The bad fields of a message: the proto path of each and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<(String, String)>);

impl Faults {
    /// Adds a bad field.
    pub fn add(&mut self, path: impl Into<String>, what: impl Display) {
        self.0.push((path.into(), what.to_string()));
    }

    /// The value, or the field added and nothing.
    pub fn keep<T, E: Display>(
        &mut self,
        path: impl Into<String>,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.add(path, error)).ok()
    }

    /// Whether nothing is bad so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths, in the order in which they were found.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(path, _)| path.as_str())
    }
}

impl IntoIterator for Faults {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A time that a message cannot mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time with nanos from 0 to 999999999")]
pub struct NotATime;

/// A time as a message.
pub fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let nanos = time.as_nanosecond();
    // Both fit: a civil time has fewer seconds than an i64, a second fewer nanoseconds
    // than an i32.
    prost_types::Timestamp {
        seconds: i64::try_from(nanos.div_euclid(NANOS)).unwrap_or_default(),
        nanos: i32::try_from(nanos.rem_euclid(NANOS)).unwrap_or_default(),
    }
}

/// Reads a time.
///
/// # Errors
/// Nanoseconds below 0 or of a second or more, or a time beyond the calendar.
pub fn parse_timestamp(time: &prost_types::Timestamp) -> Result<Timestamp, NotATime> {
    let nanos = i128::from(time.nanos);
    if !(0..NANOS).contains(&nanos) {
        return Err(NotATime);
    }
    Timestamp::from_nanosecond(i128::from(time.seconds) * NANOS + nanos).map_err(|_| NotATime)
}

const FIELDS: [(Field, v1::Field); 17] = [
    (Field::Establishment, v1::Field::Establishment),
    (Field::Department, v1::Field::Department),
    (Field::Role, v1::Field::Role),
    (Field::Login, v1::Field::Login),
    (Field::Culture, v1::Field::Culture),
    (Field::Manager, v1::Field::Manager),
    (Field::FamilyName, v1::Field::FamilyName),
    (Field::GivenName, v1::Field::GivenName),
    (Field::ProfessionalEmail, v1::Field::ProfessionalEmail),
    (Field::PersonalEmail, v1::Field::PersonalEmail),
    (Field::ContractStartDate, v1::Field::ContractStartDate),
    (Field::ContractEndDate, v1::Field::ContractEndDate),
    (Field::EmployeeNumber, v1::Field::EmployeeNumber),
    (Field::JobTitle, v1::Field::JobTitle),
    (Field::PersonalPhone, v1::Field::PersonalPhone),
    (Field::BirthDate, v1::Field::BirthDate),
    (Field::ExtendedData, v1::Field::ExtendedData),
];

/// A field as a message has it.
pub fn field(field: Field) -> v1::Field {
    FIELDS
        .iter()
        .find(|(ours, _)| *ours == field)
        .map_or(v1::Field::Unspecified, |(_, theirs)| *theirs)
}

/// Reads a field's number; nothing for one that is not known or unspecified.
pub fn parse_field(number: i32) -> Option<Field> {
    FIELDS
        .iter()
        .find(|(_, theirs)| *theirs as i32 == number)
        .map(|(ours, _)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_on_both_sides_of_1970() {
        for text in [
            "2026-11-23T09:00:00.123456789Z",
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.25Z",
        ] {
            let time: Timestamp = text.parse().unwrap();
            let message = timestamp(time);
            assert!(message.nanos >= 0, "{text}");
            assert_eq!(parse_timestamp(&message), Ok(time));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (seconds, nanos) in [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (i64::MIN, 0)] {
            let message = prost_types::Timestamp { seconds, nanos };
            assert_eq!(parse_timestamp(&message), Err(NotATime), "{message:?}");
        }
    }

    #[test]
    fn every_field_of_the_contract_reads_back_and_has_the_same_name() {
        for number in 1..=17 {
            let ours = parse_field(number).unwrap();
            let theirs = field(ours);
            assert_eq!(theirs as i32, number);
            let name = format!("FIELD_{}", ours.name().to_uppercase());
            assert_eq!(theirs.as_str_name(), name);
        }
        assert_eq!(parse_field(0), None);
        assert_eq!(parse_field(18), None);
    }
}
