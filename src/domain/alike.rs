//! Whether two values of a field mean the same: people and programs write one thing in many ways.
//!
//! | field | what does not count |
//! | --- | --- |
//! | names of people | case; accents too if one of the two is written in capitals |
//! | other texts, codes of units | case |
//! | e-mail addresses | case, the spelling of the domain |
//! | phone numbers | grouping, and the country's code if only one has it |
//! | names of units | what a [`MatchKey`] ignores |
//! | names of managers | the same, and the order of the parts |

use unicode_normalization::UnicodeNormalization as _;

use super::{
    collaborator::{ManagerReference, Reference},
    email::fold_email,
    field::{Field, FieldValue},
    matching_key::MatchKey,
    phone::same_phone,
};

/// Whether two values of a field mean the same.
#[must_use]
pub fn alike(field: Field, one: &FieldValue, other: &FieldValue) -> bool {
    use FieldValue::{Manager, Text, Unit};
    match (one, other) {
        (Text(one), Text(other)) => same_text(field, one, other),
        (Unit(Reference::Name(one)), Unit(Reference::Name(other))) => same_key(one, other),
        (Unit(Reference::Code(one)), Unit(Reference::Code(other))) => fold(one) == fold(other),
        (Manager(ManagerReference::Email(one)), Manager(ManagerReference::Email(other))) => {
            one.folded() == other.folded()
        }
        (Manager(ManagerReference::Name(one)), Manager(ManagerReference::Name(other))) => {
            parts(one) == parts(other)
        }
        (one, other) => one == other,
    }
}

fn same_text(field: Field, one: &str, other: &str) -> bool {
    match field {
        Field::PersonalPhone => same_phone(one, other),
        Field::PersonalEmail | Field::ProfessionalEmail | Field::Login => {
            fold_email(one) == fold_email(other)
        }
        Field::FamilyName | Field::GivenName => {
            // Capitals are often written without accents. Otherwise an accent is a correction.
            let in_capitals = [one, other].iter().any(|it| is_in_capitals(it));
            fold(one) == fold(other) || in_capitals && same_key(one, other)
        }
        _ => fold(one) == fold(other),
    }
}

fn same_key(one: &str, other: &str) -> bool {
    let key = MatchKey::of(one);
    key == MatchKey::of(other) && (!key.is_empty() || fold(one) == fold(other))
}

fn is_in_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// The parts of a full name in an order of their own.
fn parts(name: &str) -> Vec<String> {
    let key = MatchKey::of(&name.replace(',', " "));
    let mut parts: Vec<String> = key.as_str().split(' ').map(str::to_owned).collect();
    parts.sort();
    parts
}

/// A text without regard to case.
pub(super) fn fold(text: &str) -> String {
    text.trim().nfc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::collaborator::Draft;

    /// The value of a field that is set as a text.
    fn value(field: Field, text: &str) -> FieldValue {
        let mut draft = Draft::default();
        draft.set(field, FieldValue::Text(text.to_owned())).unwrap();
        draft.get(field).unwrap()
    }

    fn compared(field: Field, one: &str, other: &str) -> bool {
        let alike = |one, other| super::alike(field, &value(field, one), &value(field, other));
        assert_eq!(alike(one, other), alike(other, one), "{one} / {other}");
        alike(one, other)
    }

    #[test]
    fn one_thing_in_other_letters_is_the_same() {
        use Field::{
            Department, EmployeeNumber, Establishment, FamilyName, GivenName, JobTitle, Login,
            Manager, PersonalEmail, PersonalPhone, ProfessionalEmail, Role,
        };
        for (field, one, other) in [
            (FamilyName, "DURAND", "Durand"),
            (FamilyName, "LEFEVRE", "Lefèvre"),
            (GivenName, "Zoé", "ZOE"),
            (PersonalEmail, "Z.D@example.com", "z.d@EXAMPLE.COM"),
            (ProfessionalEmail, "a@bücher.fr", "a@xn--bcher-kva.fr"),
            (Login, "EDupont", "edupont"),
            (PersonalPhone, "06 12 34 56 78", "+33612345678"),
            (Establishment, "Siège Paris", "SIEGE PARIS"),
            (Department, "Produit", "produit"),
            (Department, "R&D Lyon", "R & D Lyon"),
            (Role, "Collaborateur", "collaborateur "),
            (Manager, "Jean Martin", "MARTIN Jean"),
            (Manager, "Martin, Jean", "jean martin"),
            (Manager, "Jean.Martin@acme.fr", "jean.martin@ACME.fr"),
            (JobTitle, "Cheffe de projet", "CHEFFE DE PROJET"),
            (EmployeeNumber, "a-12", "A-12"),
        ] {
            assert!(compared(field, one, other), "{field:?}: {one} / {other}");
        }
    }

    #[test]
    fn what_differs_stays_different() {
        use Field::{
            Department, EmployeeNumber, FamilyName, JobTitle, Manager, PersonalEmail, PersonalPhone,
        };
        for (field, one, other) in [
            (FamilyName, "Durand", "Dupont"),
            // The accent is a correction.
            (FamilyName, "Lefevre", "Lefèvre"),
            (PersonalEmail, "z@example.com", "z@example.org"),
            (PersonalPhone, "06 12 34 56 78", "06 12 34 56 79"),
            (Department, "Produit", "Produits"),
            (Department, "R&D Lyon", "R&D Paris"),
            (Manager, "Jean Martin", "Jeanne Martin"),
            (Manager, "Jean Martin", "jean.martin@acme.fr"),
            (JobTitle, "Développeur", "Développeuse"),
            (EmployeeNumber, "000452", "452"),
        ] {
            assert!(!compared(field, one, other), "{field:?}: {one} / {other}");
        }
        let of = |reference| FieldValue::Unit(reference);
        let (name, code) = (Reference::Name("PAR".into()), Reference::Code("PAR".into()));
        assert!(!alike(Field::Department, &of(name), &of(code.clone())));
        let lower = Reference::Code("par".into());
        assert!(alike(Field::Department, &of(code), &of(lower)));
    }
}
