//! The made-up company a sandbox starts with: always the same but for today's date.
//!
//! 300 people unless more are wanted (6 former, 5 future, the others active), 40 departments
//! (`Télévente` is inactive, the head of `Relations presse` has left), 8 establishments and a
//! ninth that is archived (`Grenoble`), 2 legal units, 6 roles. Ids of different things never
//! overlap.

mod names;
mod people;
mod structure;

use super::{
    clock::Moment,
    company::{Company, Department, Establishment, ExtensionDefinition, LegalUnit, Role},
};

/// The made-up company with so many people, as of `now`.
pub(super) fn company(now: Moment, people: usize) -> Company {
    let mut company = structure::company();
    people::hire(&mut company, now, people);
    company
}

/// A company with one of each thing, and nobody.
pub(super) fn shell() -> Company {
    Company {
        legal_units: vec![LegalUnit {
            id: 1,
            name: "Exemple SAS".to_owned(),
            code: "EX".to_owned(),
        }],
        establishments: vec![Establishment {
            id: 11,
            name: "Siège".to_owned(),
            code: "SIEGE".to_owned(),
            legal_unit: Some(1),
            street: "1 rue de l’Exemple".to_owned(),
            zip_code: "75000".to_owned(),
            city: "Paris".to_owned(),
            zone: "Europe/Paris".to_owned(),
            archived: false,
        }],
        departments: vec![Department {
            id: 101,
            name: "Direction".to_owned(),
            code: "DIR".to_owned(),
            parent: None,
            head: None,
            active: true,
        }],
        roles: vec![Role {
            id: 51,
            name: "Collaborateur".to_owned(),
        }],
        definitions: Vec::<ExtensionDefinition>::new(),
        ..Company::default()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
