//! Where a tenant's sender puts fields that are not where the preset expects them.

use std::collections::BTreeMap;

use crate::domain::event_field::EventField;

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A name that no field has.
    #[error("`{0}` is not a field of an event")]
    UnknownField(String),
    /// Two names of the same field.
    #[error("the field `{0}` is mapped twice")]
    MappedTwice(&'static str),
    /// An empty path, or one with an empty part.
    #[error("the path of `{0}` must be names separated by full stops")]
    BadPath(String),
}

/// Paths in the body for some fields: names separated by full stops, matched like the names of
/// fields. A number picks an element of a list, counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<EventField, Vec<String>>);

impl Mapping {
    /// Reads pairs of a field's name and its path.
    ///
    /// # Errors
    /// The first pair that cannot be used.
    pub fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, MappingError> {
        let mut paths = BTreeMap::new();
        for (name, path) in pairs {
            let field = EventField::named(name)
                .ok_or_else(|| MappingError::UnknownField(name.to_owned()))?;
            let parts: Vec<String> = path.split('.').map(|part| part.trim().to_owned()).collect();
            if parts.iter().any(String::is_empty) {
                return Err(MappingError::BadPath(name.to_owned()));
            }
            if paths.insert(field, parts).is_some() {
                return Err(MappingError::MappedTwice(field.canonical()));
            }
        }
        Ok(Self(paths))
    }

    /// The parts of a field's path, if it is mapped.
    pub(super) fn path(&self, field: EventField) -> Option<&[String]> {
        self.0.get(&field).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::Field;

    #[test]
    fn fields_are_mapped_by_any_of_their_names() {
        let mapping = Mapping::parse([
            ("last_name", "candidate.name.last"),
            ("contractStartDate", "offers.0.start"),
        ])
        .unwrap();
        assert_eq!(
            mapping.path(EventField::Hire(Field::FamilyName)).unwrap(),
            ["candidate", "name", "last"]
        );
        assert_eq!(
            mapping
                .path(EventField::Hire(Field::ContractStartDate))
                .unwrap(),
            ["offers", "0", "start"]
        );
        assert_eq!(mapping.path(EventField::Hire(Field::GivenName)), None);
    }

    #[test]
    fn unusable_pairs_are_errors() {
        for (pairs, error) in [
            (
                vec![("shoe_size", "a")],
                MappingError::UnknownField("shoe_size".to_owned()),
            ),
            (
                vec![("last_name", "")],
                MappingError::BadPath("last_name".to_owned()),
            ),
            (
                vec![("last_name", "a..b")],
                MappingError::BadPath("last_name".to_owned()),
            ),
            (
                vec![("last_name", "a"), ("lastName", "b")],
                MappingError::MappedTwice("last_name"),
            ),
        ] {
            assert_eq!(Mapping::parse(pairs).unwrap_err(), error);
        }
    }
}
