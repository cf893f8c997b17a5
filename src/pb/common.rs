//! What several messages have in common: bad fields, and names of fields.

use std::fmt::Display;

use super::v1;
use crate::domain::field::Field;

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
