//! What several messages have in common: bad fields, and names of fields.

use super::{Fault, v1};
use crate::domain::field::Field;

/// The bad fields of a message, each with its proto path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<(String, Fault)>);

impl Faults {
    /// One bad field.
    pub fn one(path: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self(vec![(path.into(), fault.into())])
    }

    /// The value, or its field as the only bad one.
    ///
    /// # Errors
    /// The field is bad.
    pub fn only<T, E: Into<Fault>>(path: &str, result: Result<T, E>) -> Result<T, Self> {
        result.map_err(|error| Self::one(path, error))
    }

    /// Adds a bad field.
    pub fn add(&mut self, path: impl Into<String>, fault: impl Into<Fault>) {
        self.0.push((path.into(), fault.into()));
    }

    /// The value, or the field added and nothing.
    pub fn keep<T, E: Into<Fault>>(
        &mut self,
        path: impl Into<String>,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.add(path, error)).ok()
    }

    /// The value of a text that may be absent, which proto3 cannot tell from an empty one.
    pub fn optional<T, E: Into<Fault>>(
        &mut self,
        path: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match text.trim().is_empty() {
            true => None,
            false => self.keep(path, parse(text)),
        }
    }

    /// Adds the bad fields of another part of the message.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Adds the bad fields of the message at this path.
    pub fn append_below(&mut self, path: &str, other: Self) {
        let below = other.0.into_iter();
        let below = below.map(|(name, fault)| (format!("{path}.{name}"), fault));
        self.0.extend(below);
    }

    /// Nothing if no field is bad.
    ///
    /// # Errors
    /// Every bad field.
    pub fn check(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Whether nothing is bad so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Path and fault of every bad field, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, (String, Fault)> {
        self.0.iter()
    }

    /// The paths, in the same order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(path, _)| path.as_str())
    }
}

impl IntoIterator for Faults {
    type Item = (String, Fault);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Reads a field's number; `None` if it is unspecified or not known.
pub fn domain_field(number: i32) -> Option<Field> {
    let name = v1::Field::try_from(number).ok()?.as_str_name();
    name.strip_prefix("FIELD_")?.to_lowercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::onboarding::field;

    #[test]
    fn every_field_of_the_contract_reads_back_and_has_the_same_name() {
        for number in 1..=18 {
            let ours = domain_field(number).unwrap();
            let theirs = field(ours);
            assert_eq!(theirs as i32, number);
            let name = format!("FIELD_{}", ours.name().to_uppercase());
            assert_eq!(theirs.as_str_name(), name);
        }
        assert_eq!(domain_field(0), None);
        assert_eq!(domain_field(19), None);
    }
}
