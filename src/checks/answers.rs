//! Lucca's answer to each read, and which reads were not made.

use std::{collections::BTreeSet, sync::Arc};

use super::Gap;
use crate::{
    directory::{Snapshot, Units},
    domain::{cause::Cause, lucca_id::LuccaId, tenant::Unit},
    lucca::{ExtensionDefinition, LegalUnit, LuccaUnit, ReadError},
    store::StoreError,
};

/// The result of one read.
#[derive(Debug, Default)]
pub(super) enum Answer<T> {
    /// The read was not made: an earlier failure made it useless, or time ran out.
    #[default]
    NotAsked,
    /// It was read.
    Known(T),
    /// It could not be read.
    Failed(ReadError),
}

impl<T> Answer<T> {
    /// The answer that follows from a read.
    ///
    /// # Errors
    /// The store cannot answer.
    pub fn of(read: Result<T, ReadError>) -> Result<Self, StoreError> {
        match read {
            Ok(value) => Ok(Self::Known(value)),
            Err(ReadError::Store(error)) => Err(error),
            Err(error) => Ok(Self::Failed(error)),
        }
    }

    /// What was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Why it could not be read.
    pub fn error(&self) -> Option<&ReadError> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    fn outcome(&self) -> (bool, Option<&ReadError>) {
        (self.known().is_some(), self.error())
    }

    /// Whether further reads are useless: nobody answers, the key is refused for everything, or
    /// there have been too many calls.
    pub fn ends_all(&self) -> bool {
        match self.error() {
            Some(ReadError::KeyRefused(status)) => *status == 401,
            Some(ReadError::TooMany(_) | ReadError::NoBudget(_)) => true,
            // A status is an answer: other reads may succeed.
            Some(ReadError::Unavailable(cause)) => !matches!(cause, Cause::Status { .. }),
            _ => false,
        }
    }
}

/// All answers.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub departments: Answer<Vec<LuccaUnit>>,
    /// Archived ones too.
    pub establishments: Answer<Vec<LuccaUnit>>,
    pub roles: Answer<Vec<LuccaUnit>>,
    pub definitions: Answer<Vec<ExtensionDefinition>>,
    /// Read only if establishments do not name them.
    pub legal_units: Answer<Vec<LegalUnit>>,
    /// The people of the account. Its units are filled in only if hires can be resolved with it.
    pub people: Answer<Arc<Snapshot>>,
    /// The people that were cached before these reads.
    pub remembered: Option<Arc<Snapshot>>,
    /// The snapshot that a sample is resolved with, if everything for it could be read.
    pub directory: Option<Arc<Snapshot>>,
    /// The codes to read back that show a value.
    pub shown_data: Answer<BTreeSet<String>>,
    /// The read of modified people, which a sample needs.
    pub changes: Answer<()>,
    /// Why the reads were broken off, if they were.
    pub broken_off: Option<Gap>,
}

/// What Lucca shows of a unit with a given id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitStatus<'a> {
    /// It has this name.
    InUse(&'a str),
    /// It has this name, and is archived or inactive.
    NotUsed(&'a str),
    NotThere,
    /// Lucca refuses to list such units.
    NotListed,
    /// Lucca was not asked, or did not answer.
    NotRead(Option<Gap>),
}

impl Answers {
    /// Whether each thing was read, or why it could not be, in the order in which they are
    /// asked for.
    fn outcomes(&self) -> [(bool, Option<&ReadError>); 5] {
        [
            self.departments.outcome(),
            self.establishments.outcome(),
            self.roles.outcome(),
            self.definitions.outcome(),
            self.people.outcome(),
        ]
    }

    /// Why things could not be read.
    pub fn errors(&self) -> impl Iterator<Item = &ReadError> {
        self.outcomes().into_iter().filter_map(|(_, error)| error)
    }

    /// Whether the key was refused with this status, whatever was asked for.
    pub fn refused(&self, status: u16) -> bool {
        let is = |error: &ReadError| matches!(error, ReadError::KeyRefused(it) if *it == status);
        self.errors().any(is)
    }

    /// Whether a Lucca has answered that accepts the key.
    pub fn key_accepted(&self) -> bool {
        self.outcomes().iter().any(|(read, _)| *read) || self.refused(403)
    }

    /// Why an answer is missing; `None` if every read was made and answered. A refusal is an
    /// answer.
    pub fn gap(&self) -> Option<Gap> {
        let others = [
            self.legal_units.error(),
            self.shown_data.error(),
            self.changes.error(),
        ];
        let errors = self.errors().chain(others.into_iter().flatten());
        self.broken_off.or_else(|| errors.filter_map(gap).next())
    }

    /// Why one answer is missing; `None` if it is there, or if Lucca refused it.
    pub fn gap_in<T>(&self, answer: &Answer<T>) -> Option<Gap> {
        match answer {
            Answer::Known(_) => None,
            Answer::NotAsked => self.gap(),
            Answer::Failed(error) => gap(error),
        }
    }

    /// Looks for a unit.
    pub fn unit(&self, unit: Unit, id: LuccaId) -> UnitStatus<'_> {
        let answer = self.list(unit);
        let gap = self.gap_in(answer);
        match answer {
            Answer::Known(units) => match units.iter().find(|it| it.id == id) {
                None => UnitStatus::NotThere,
                Some(unit) if unit.in_use => UnitStatus::InUse(&unit.name),
                Some(unit) => UnitStatus::NotUsed(&unit.name),
            },
            Answer::Failed(_) if gap.is_none() => UnitStatus::NotListed,
            _ => UnitStatus::NotRead(gap),
        }
    }

    fn list(&self, unit: Unit) -> &Answer<Vec<LuccaUnit>> {
        match unit {
            Unit::Establishment => &self.establishments,
            Unit::Department => &self.departments,
            Unit::Role => &self.roles,
        }
    }

    /// The units for the directory, if they were read. Roles may be missing if Lucca does not
    /// list them, but not if it did not answer.
    pub fn units(&self) -> Option<Units> {
        if matches!(self.roles.error(), Some(ReadError::Unavailable(_))) {
            return None;
        }
        let establishments = self.establishments.known()?.iter();
        Some(Units {
            establishments: establishments.filter(|it| it.in_use).cloned().collect(),
            departments: self.departments.known()?.clone(),
            roles: self.roles.known().cloned(),
        })
    }
}

/// Whether an error leaves open what Lucca would have answered.
fn gap(error: &ReadError) -> Option<Gap> {
    match error {
        ReadError::TooMany(_) => Some(Gap::Limit),
        ReadError::NoBudget(_) => Some(Gap::Calls),
        ReadError::Unavailable(_) => Some(Gap::Silence),
        _ => None,
    }
}

/// Whether an establishment refers to its legal unit without a name.
pub(super) fn lacks_names(establishments: Option<&Vec<LuccaUnit>>) -> bool {
    let nameless = |it: &LuccaUnit| it.legal_unit.as_ref().is_some_and(|it| it.name.is_empty());
    establishments.into_iter().flatten().any(nameless)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn reading_ends_at_a_failure_that_every_further_read_would_meet() {
        let failed = |error| Answer::<()>::Failed(error).ends_all();
        for (error, expected) in [
            (ReadError::KeyRefused(401), true),
            (ReadError::KeyRefused(403), false),
            (ReadError::TooMany(Duration::from_secs(1)), true),
            (ReadError::NoBudget(Duration::from_secs(1)), true),
            (ReadError::Unavailable(Cause::NoConnection), true),
            (ReadError::Unavailable(Cause::Status { status: 503 }), false),
            (ReadError::Unreadable("not JSON"), false),
            (
                ReadError::Refused {
                    status: 404,
                    words: None,
                },
                false,
            ),
        ] {
            let words = format!("{error:?}");
            assert_eq!(failed(error), expected, "{words}");
        }
        assert!(!Answer::Known(()).ends_all() && !Answer::<()>::NotAsked.ends_all());
    }
}
