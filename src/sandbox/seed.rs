//! The made-up company a sandbox starts with: always the same but for today's date.
//!
//! 300 people unless more are wanted (6 former, 5 future, the others active), 40 departments
//! (`Télévente` is inactive, the head of `Relations presse` has left), 8 establishments and a
//! ninth that is archived (`Grenoble`), 2 legal units, 6 roles.

mod names;
mod people;
mod structure;

use super::{
    clock::Moment,
    company::{Company, Unit, UnitKind},
};

/// The made-up company with so many people, as of `now`.
pub(super) fn company(now: Moment, people: usize) -> Company {
    let mut company = structure::company();
    people::add(&mut company, now, people);
    company
}

/// A company with one unit of each kind, and no people.
pub(super) fn empty() -> Company {
    Company::of([
        Unit::new(UnitKind::LegalUnit, 1, "Exemple SAS", "EX"),
        Unit {
            parent: Some(1),
            ..Unit::new(UnitKind::Establishment, 11, "Siège", "SIEGE")
        },
        Unit::new(UnitKind::Role, 51, "Collaborateur", ""),
        Unit::new(UnitKind::Department, 101, "Direction", "DIR"),
    ])
}

#[cfg(test)]
mod tests;
