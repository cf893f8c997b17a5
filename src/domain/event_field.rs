//! The fields of an event and the names they go by.

use EventField::{
    ApplicationId, CandidateId, Id, ManagerEmail, SendToLucca, Test, Timestamp, Type,
};

use super::{
    field::{EventNames, Field},
    matching_key::MatchKey,
};

/// A field of an event: one of the event itself, or one of the hire it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "the names say it; the tables give their spellings"
)]
pub enum EventField {
    Id,
    Type,
    Timestamp,
    ApplicationId,
    CandidateId,
    SendToLucca,
    Test,
    /// Another way to send the hire's manager.
    ManagerEmail,
    Hire(Field),
}

/// Whether a folded key is the canonical name or an alias.
pub(crate) fn has_name(names: &EventNames, key: &str) -> bool {
    let canonical = names.canonical.bytes().filter(|byte| *byte != b'_');
    canonical.eq(key.bytes()) || has(names.aliases, key)
}

/// Whether a folded key is one of these words.
pub(crate) fn has(names: &str, key: &str) -> bool {
    names.split_whitespace().any(|name| name == key)
}

impl EventField {
    /// The field's name in settings and reports, such as `contract_start_date`.
    #[must_use]
    pub fn canonical(self) -> &'static str {
        self.names().map_or("", |names| names.canonical)
    }

    /// The names of all fields in settings, as a list for people.
    #[must_use]
    pub fn all_names() -> String {
        let names: Vec<&str> = Self::table().map(|(_, names)| names.canonical).collect();
        names.join(", ")
    }

    /// The field that a name stands for, whatever its spelling.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let key = fold(name);
        let is_named = |names: &EventNames| has_name(names, &key) || has(names.fallbacks, &key);
        let row = Self::table().find(|(_, names)| is_named(names))?;
        Some(row.0)
    }

    /// The field of the hire that this one sets.
    #[must_use]
    pub fn of_hire(self) -> Option<Field> {
        match self {
            Self::Hire(field) => Some(field),
            Self::ManagerEmail => Some(Field::Manager),
            _ => None,
        }
    }

    /// Whether it is read from the root of the body only: inside `data` the same word may mean
    /// something else.
    pub(crate) fn is_at_root(self) -> bool {
        matches!(self, Self::Id | Self::Type | Self::Timestamp)
    }

    /// Every field of an event with its names.
    fn table() -> impl Iterator<Item = (Self, EventNames)> {
        let own = OWN.iter().map(|(field, canonical, aliases)| {
            let fallbacks = "";
            let names = EventNames {
                canonical,
                aliases,
                fallbacks,
            };
            (*field, names)
        });
        let of_hire = Field::OF_HIRE.iter();
        own.chain(of_hire.filter_map(|field| Some((Self::Hire(*field), field.in_events()?))))
    }

    /// The field's names; `None` for a field of a hire that events do not carry.
    pub(crate) fn names(self) -> Option<EventNames> {
        let row = Self::table().find(|(field, _)| *field == self)?;
        Some(row.1)
    }
}

/// A key without case, accents, underscores, hyphens and spaces.
pub(crate) fn fold(key: &str) -> String {
    let key = MatchKey::of(key);
    key.as_str()
        .chars()
        .filter(|c| !"_ ".contains(*c))
        .collect()
}

/// The fields of the event itself. Those of the hire have their names in the table of
/// [`Field`].
#[rustfmt::skip]
const OWN: [(EventField, &str, &str); 8] = [
    (Id, "id", "eventid idevenement evenementid"),
    (Type, "type", "eventtype event typeevenement evenement"),
    (Timestamp, "timestamp", "occurredat eventtime horodatage"),
    (ApplicationId, "application_id", "candidatureid idcandidature"),
    (CandidateId, "candidate_id", "candidatid idcandidat"),
    (SendToLucca, "send_to_lucca",
        "envoyerlucca envoyeralucca envoyerdanslucca envoyerverslucca envoilucca \
         envoiverslucca transmettrealucca"),
    (Test, "test", "istest testmode testevent modetest esttest"),
    (ManagerEmail, "manager_email", "emailmanager emaildumanager mailmanager emailresponsable"),
];

/// The names of the object that holds the hire.
pub(crate) const CONTAINERS: [&str; 3] = ["data", "donnees", "payload"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_field_has_one_row() {
        let fields: HashSet<_> = EventField::table().map(|(field, _)| field).collect();
        assert_eq!(fields.len(), EventField::table().count());
        for field in fields {
            assert!(!field.canonical().is_empty(), "{field:?}");
        }
    }

    #[test]
    fn no_spelling_stands_for_two_fields_and_all_are_folded() {
        let mut seen = HashSet::new();
        for (_, names) in EventField::table() {
            let canonical = fold(names.canonical);
            let others = [names.aliases, names.fallbacks];
            let names: HashSet<_> = others
                .iter()
                .flat_map(|names| names.split_whitespace().map(str::to_owned))
                .chain([canonical])
                .collect();
            for name in names {
                assert_eq!(fold(&name), name);
                assert!(!CONTAINERS.contains(&name.as_str()), "{name}");
                assert!(seen.insert(name.clone()), "{name}");
            }
        }
    }

    #[test]
    fn the_readme_has_the_names_of_every_field() {
        let readme = include_str!("../../README.md");
        for (_, names) in EventField::table() {
            let others = [names.aliases, names.fallbacks].join(" ");
            let others: Vec<String> = others
                .split_whitespace()
                .map(|name| format!("`{name}`"))
                .collect();
            let row = format!("| `{}` | {} |", names.canonical, others.join(" "));
            assert!(readme.contains(&row), "README.md lacks the row\n{row}");
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        use EventField::Hire;
        for (name, field) in [
            ("contractStartDate", Hire(Field::ContractStartDate)),
            ("CONTRACT_START_DATE", Hire(Field::ContractStartDate)),
            ("Contract_StartDate", Hire(Field::ContractStartDate)),
            ("Date de début", Hire(Field::ContractStartDate)),
            ("date_d_entrée", Hire(Field::ContractStartDate)),
            ("Prénom", Hire(Field::GivenName)),
            ("nom", Hire(Field::FamilyName)),
            ("envoyerLucca", EventField::SendToLucca),
            ("établissement", Hire(Field::Establishment)),
        ] {
            assert_eq!(EventField::named(name), Some(field), "{name}");
        }
        for name in ["", "name", "contract", "applicationidx"] {
            assert_eq!(EventField::named(name), None, "{name}");
        }
    }
}
