//! What an applicant tracking system says about a hire.

use std::fmt;

use jiff::Timestamp;

use crate::domain::{
    collaborator::Draft, event_field::EventField, finding::WarningKind, ids::ExternalId,
};

/// An event, parsed. `Debug` shows no personal data.
#[derive(Clone, Default, PartialEq)]
pub struct HireEvent {
    /// The event's own id.
    pub id: Option<String>,
    /// What happened.
    pub kind: EventKind,
    /// Whether it is marked as a test.
    pub test: Mark,
    /// When the sender made the statement.
    pub occurred_at: Option<Timestamp>,
    /// The application's id.
    pub application: Option<ExternalId>,
    /// The candidate's id.
    pub candidate: Option<ExternalId>,
    /// The recruiter's answer to "send to Lucca?".
    pub send_to_lucca: SendToLucca,
    /// The person and the placement, as far as they could be read.
    pub draft: Draft,
    /// Fields that are there without a value: null or blank.
    pub blank: Vec<EventField>,
    /// Fields that are there but could not be read; they are empty in `draft`.
    pub unreadable: Vec<EventField>,
    /// Fields of the event itself with values that contradict each other. Those of the hire are
    /// unreadable.
    pub ambiguous: Vec<EventField>,
    /// What is odd about the values that were read but does not stop the hire.
    pub remarks: Vec<WarningKind>,
}

impl HireEvent {
    /// The id of the hire: the application's, or the candidate's if there is none. The candidate's
    /// id does not replace an application's id that cannot be read: the same hire would have two
    /// names.
    #[must_use]
    pub fn source(&self) -> Option<&ExternalId> {
        let is_unclear = self.is_unclear(EventField::ApplicationId);
        let candidate = self.candidate.as_ref().filter(|_| !is_unclear);
        self.application.as_ref().or(candidate)
    }

    /// The candidate's id, if the source is an application.
    #[must_use]
    pub fn person(&self) -> Option<&ExternalId> {
        let candidate = self.candidate.as_ref();
        candidate.filter(|_| self.application.is_some())
    }

    /// Whether a field of the event itself is there without one readable value.
    pub(super) fn is_unclear(&self, field: EventField) -> bool {
        self.unreadable.contains(&field) || self.ambiguous.contains(&field)
    }
}

impl fmt::Debug for HireEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HireEvent")
            .field("kind", &self.kind)
            .field("source", &self.source())
            .finish_non_exhaustive()
    }
}

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EventKind {
    /// `hire.declared`: recruited, not yet confirmed.
    Declared,
    /// `hire.confirmed`: the start is confirmed.
    Confirmed,
    /// `hire.updated`: something about the hire changed.
    Updated,
    /// `hire.cancelled`: the person will not come.
    Cancelled,
    /// `candidate.anonymized`: the person's data must be erased.
    Anonymized,
    /// `test`, or an event that is marked as one.
    Test,
    /// Any other type.
    Unhandled(String),
    /// No type.
    #[default]
    Missing,
}

impl EventKind {
    /// The kind that an event's `type` stands for. Case and surrounding spaces are ignored.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let name = name.trim();
        match name.to_lowercase().as_str() {
            "" => Self::Missing,
            "hire.declared" => Self::Declared,
            "hire.confirmed" => Self::Confirmed,
            "hire.updated" => Self::Updated,
            "hire.cancelled" | "hire.canceled" => Self::Cancelled,
            "candidate.anonymized" | "candidate.anonymised" => Self::Anonymized,
            "test" => Self::Test,
            _ => Self::Unhandled(name.to_owned()),
        }
    }
}

/// Whether an event is marked as a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// It is.
    Yes,
    /// It is not.
    #[default]
    No,
    /// The mark is neither yes nor no; never taken for no.
    Unreadable,
}

/// The recruiter's answer to "send to Lucca?".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendToLucca {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The event does not say.
    #[default]
    Absent,
    /// Something else; never taken for yes.
    Unreadable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_whatever_their_case() {
        for (name, kind) in [
            ("hire.declared", EventKind::Declared),
            (" Hire.Confirmed ", EventKind::Confirmed),
            ("hire.updated", EventKind::Updated),
            ("hire.cancelled", EventKind::Cancelled),
            ("hire.canceled", EventKind::Cancelled),
            ("candidate.anonymized", EventKind::Anonymized),
            ("test", EventKind::Test),
            (" ", EventKind::Missing),
            ("offer.sent", EventKind::Unhandled("offer.sent".to_owned())),
            ("hire", EventKind::Unhandled("hire".to_owned())),
        ] {
            assert_eq!(EventKind::of(name), kind, "{name}");
        }
    }
}
