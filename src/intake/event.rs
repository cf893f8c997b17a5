//! What an applicant tracking system says about a hire.

use std::fmt;

use jiff::Timestamp;

use super::fields::Field;
use crate::domain::{
    dates::{CivilDate, DateNote},
    email::EmailAddress,
    ids::ExternalId,
    text::{EmployeeNumber, FamilyName, GivenName, JobTitle, Login, Phone},
};

/// An event, read. `Debug` shows no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HireEvent {
    /// The event's own id.
    pub id: Option<String>,
    /// What happened.
    pub kind: EventKind,
    /// When the sender made this statement.
    pub occurred_at: Option<Timestamp>,
    /// The application's id, or the candidate's if there is none.
    pub source: Option<ExternalId>,
    /// The candidate's id, if the source is an application.
    pub person: Option<ExternalId>,
    /// Whether the hire shall go to Lucca.
    pub send_to_lucca: SendToLucca,
    /// The person and the placement.
    pub hire: HireFields,
    /// Fields that are there without a value: null or blank.
    pub blank: Vec<Field>,
    /// Fields that are there but could not be read; they are absent from `hire`.
    pub unreadable: Vec<Field>,
    /// Fields with values that contradict each other.
    pub ambiguous: Vec<Field>,
    /// Dates that were read, but may not be the ones meant.
    pub notes: Vec<(Field, DateNote)>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `hire.declared`: recruited, not yet confirmed.
    Declared,
    /// `hire.confirmed`: the start is confirmed.
    Confirmed,
    /// `hire.updated`: something about the hire changed.
    Updated,
    /// `hire.cancelled`: the person does not come.
    Cancelled,
    /// `candidate.anonymized`: the person's data must go.
    Anonymized,
    /// `test`, or a body that says `"test": true`.
    Test,
    /// A type we have no use for.
    Unhandled(String),
    /// No type.
    Missing,
}

impl EventKind {
    /// The kind an event's `type` stands for; case and surrounding spaces do not count.
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

/// The recruiter's answer to "send to Lucca?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendToLucca {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not asked.
    Absent,
    /// Something else; never taken for yes.
    Unreadable,
}

/// The person and the placement, as far as they could be read. `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names and types say it")]
pub struct HireFields {
    pub family_name: Option<FamilyName>,
    pub given_name: Option<GivenName>,
    pub professional_email: Option<EmailAddress>,
    pub personal_email: Option<EmailAddress>,
    pub login: Option<Login>,
    pub establishment: Option<String>,
    pub contract_start_date: Option<CivilDate>,
    pub contract_end_date: Option<CivilDate>,
    pub department: Option<String>,
    pub role: Option<String>,
    pub manager_name: Option<String>,
    pub manager_email: Option<EmailAddress>,
    pub employee_number: Option<EmployeeNumber>,
    pub job_title: Option<JobTitle>,
    pub personal_phone: Option<Phone>,
    pub birth_date: Option<CivilDate>,
}

impl fmt::Debug for HireFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HireFields(…)")
    }
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
