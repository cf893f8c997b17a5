//! What follows from an event: a pure table.

use std::fmt;

use jiff::Timestamp;

use super::event::{EventKind, HireEvent, Mark, SendToLucca};
use crate::domain::{
    collaborator::Draft, event_field::EventField, finding::WarningKind, ids::ExternalId,
};

/// What is to be done about an event. The words are those of the log.
#[derive(Clone, Debug, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Intent {
    /// Nothing.
    Acknowledge(Acknowledged),
    /// Hand the hire over to be created.
    Create(Box<Statement>),
    /// Hand over the fields that the update sets, if the hire is known; otherwise nothing.
    Amend(Box<Statement>),
    /// The hire is not meant for Lucca: withdraw it.
    Retract(Subject),
    /// Withdraw the hire.
    Withdraw(Subject),
    /// Erase the person's data.
    Erase(Subject),
    /// Report that the event cannot be understood.
    Report {
        /// The hire, if the event names one.
        subject: Option<Subject>,
        /// Why, in `UPPER_SNAKE_CASE`.
        reason: &'static str,
        /// The fields it is about.
        fields: Vec<EventField>,
    },
}

/// Why nothing is done. The words are reasons of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Acknowledged {
    /// A test.
    Test,
    /// Recruited, but the start is not confirmed.
    NotConfirmed,
    /// The recruiter chose not to send the hire to Lucca.
    NotForLucca,
}

/// Which hire an event is about, and when the sender said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The application's id, or the candidate's.
    pub external_id: ExternalId,
    /// The candidate's id, if `external_id` is an application's.
    pub person: Option<ExternalId>,
    /// When the sender made the statement.
    pub event_time: Option<Timestamp>,
}

/// What an event says of a hire. `Debug` shows no personal data.
#[derive(Clone, PartialEq)]
pub struct Statement {
    /// Which hire.
    pub subject: Subject,
    /// The person and the placement.
    pub draft: Draft,
    /// Fields that were sent without a value.
    pub blank: Vec<EventField>,
    /// Fields that were sent but could not be read.
    pub unreadable: Vec<EventField>,
    /// What is odd about it but does not stop it.
    pub remarks: Vec<WarningKind>,
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// Decides what to do. An event that cannot be understood never becomes a hire.
#[must_use]
pub fn decide(event: HireEvent) -> Intent {
    let subject = subject(&event);
    match &event.kind {
        EventKind::Test => Intent::Acknowledge(Acknowledged::Test),
        // It may be a hire under another name, so somebody has to see it.
        EventKind::Unhandled(_) => report(subject, "TYPE_UNKNOWN", vec![EventField::Type]),
        EventKind::Declared => Intent::Acknowledge(Acknowledged::NotConfirmed),
        EventKind::Missing => report(subject, "TYPE_MISSING", vec![EventField::Type]),
        EventKind::Cancelled => subject.map_or_else(|| no_subject(&event), Intent::Withdraw),
        EventKind::Anonymized => subject.map_or_else(|| no_subject(&event), Intent::Erase),
        EventKind::Confirmed => {
            statement(event, subject).map_or_else(|other| other, Intent::Create)
        }
        EventKind::Updated => statement(event, subject).map_or_else(|other| other, Intent::Amend),
    }
}

/// Which hire an event is about, if it names one.
#[must_use]
pub fn subject(event: &HireEvent) -> Option<Subject> {
    event.source().map(|external_id| Subject {
        external_id: external_id.clone(),
        person: event.person().cloned(),
        event_time: event.occurred_at,
    })
}

/// What to hand over, or what to do instead.
fn statement(event: HireEvent, subject: Option<Subject>) -> Result<Box<Statement>, Intent> {
    match event.send_to_lucca {
        SendToLucca::No => {
            let nothing = Intent::Acknowledge(Acknowledged::NotForLucca);
            return Err(subject.map_or(nothing, Intent::Retract));
        }
        // A remark shows what was sent, and becomes a question.
        SendToLucca::Yes | SendToLucca::Absent | SendToLucca::Unreadable => {}
    }
    // A test must never become an employee.
    if event.test == Mark::Unreadable {
        return Err(report(subject, "TEST_UNREADABLE", vec![EventField::Test]));
    }
    let subject = subject.ok_or_else(|| no_subject(&event))?;
    let mut remarks = Vec::new();
    if event.kind == EventKind::Confirmed && event.send_to_lucca == SendToLucca::Absent {
        remarks.push(WarningKind::SendToLuccaAbsent);
    }
    remarks.extend(event.remarks);
    let mut unreadable = event.unreadable;
    unreadable.extend(event.ambiguous);
    Ok(Box::new(Statement {
        subject,
        draft: event.draft,
        blank: event.blank,
        unreadable,
        remarks,
    }))
}

/// Nobody can tell whom the event is about.
fn no_subject(event: &HireEvent) -> Intent {
    let ids = [EventField::ApplicationId, EventField::CandidateId];
    let contradict = ids.iter().any(|id| event.ambiguous.contains(id));
    let reason = match contradict {
        true => "AMBIGUOUS_FIELDS",
        false => "SOURCE_MISSING",
    };
    report(None, reason, ids.to_vec())
}

fn report(subject: Option<Subject>, reason: &'static str, fields: Vec<EventField>) -> Intent {
    Intent::Report {
        subject,
        reason,
        fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::Field;

    fn event(kind: EventKind) -> HireEvent {
        HireEvent {
            kind,
            application: Some(ExternalId::parse("a-1").unwrap()),
            send_to_lucca: SendToLucca::Yes,
            ..HireEvent::default()
        }
    }

    /// The intent in one word: why nothing is done, what is reported, or what is done.
    fn word(event: HireEvent) -> &'static str {
        match decide(event) {
            Intent::Acknowledge(why) => why.into(),
            Intent::Report { reason, .. } => reason,
            intent => intent.into(),
        }
    }

    #[test]
    fn the_type_and_the_recruiters_answer_decide() {
        use EventKind::{Anonymized, Cancelled, Confirmed, Declared, Missing, Test, Updated};
        use SendToLucca::{Absent, No, Unreadable, Yes};
        let other = EventKind::Unhandled("offer.sent".to_owned());
        for (kind, words) in [
            (Test, ["TEST"; 4]),
            (other, ["TYPE_UNKNOWN"; 4]),
            (Missing, ["TYPE_MISSING"; 4]),
            (Declared, ["NOT_CONFIRMED"; 4]),
            (Cancelled, ["withdraw"; 4]),
            (Anonymized, ["erase"; 4]),
            (Confirmed, ["create", "retract", "create", "create"]),
            (Updated, ["amend", "retract", "amend", "amend"]),
        ] {
            for (answer, expected) in [Yes, No, Absent, Unreadable].into_iter().zip(words) {
                let mut event = event(kind.clone());
                event.send_to_lucca = answer;
                assert_eq!(word(event), expected, "{kind:?} {answer:?}");
            }
        }
    }

    #[test]
    fn without_a_source_nothing_is_created() {
        for (kind, expected) in [
            (EventKind::Confirmed, "SOURCE_MISSING"),
            (EventKind::Updated, "SOURCE_MISSING"),
            (EventKind::Cancelled, "SOURCE_MISSING"),
            (EventKind::Anonymized, "SOURCE_MISSING"),
            (EventKind::Missing, "TYPE_MISSING"),
            (EventKind::Test, "TEST"),
        ] {
            let mut event = event(kind.clone());
            event.application = None;
            assert_eq!(word(event), expected, "{kind:?}");
        }
        let mut event = event(EventKind::Confirmed);
        event.application = None;
        event.send_to_lucca = SendToLucca::No;
        assert_eq!(word(event), "NOT_FOR_LUCCA");
    }

    #[test]
    fn ids_that_contradict_each_other_are_reported() {
        for kind in [
            EventKind::Confirmed,
            EventKind::Updated,
            EventKind::Cancelled,
        ] {
            let mut event = event(kind);
            event.application = None;
            event.ambiguous = vec![EventField::ApplicationId];
            let Intent::Report { reason, fields, .. } = decide(event) else {
                panic!("not reported");
            };
            let ids = vec![EventField::ApplicationId, EventField::CandidateId];
            assert_eq!((reason, fields), ("AMBIGUOUS_FIELDS", ids));
        }
    }

    #[test]
    fn a_contradiction_elsewhere_keeps_nothing_back() {
        for (kind, expected) in [
            (EventKind::Confirmed, "create"),
            (EventKind::Updated, "amend"),
            (EventKind::Cancelled, "withdraw"),
            (EventKind::Anonymized, "erase"),
        ] {
            let mut event = event(kind);
            event.ambiguous = vec![EventField::CandidateId];
            event.unreadable = vec![EventField::Hire(Field::Department)];
            assert_eq!(word(event), expected);
        }
    }

    #[test]
    fn a_mark_of_a_test_that_is_unclear_creates_nobody() {
        for (kind, expected) in [
            (EventKind::Confirmed, "TEST_UNREADABLE"),
            (EventKind::Updated, "TEST_UNREADABLE"),
            (EventKind::Cancelled, "withdraw"),
            (EventKind::Anonymized, "erase"),
        ] {
            let mut event = event(kind);
            event.test = Mark::Unreadable;
            assert_eq!(word(event), expected);
        }
    }

    #[test]
    fn unreadable_fields_and_oddities_travel_with_the_hire() {
        let mut event = event(EventKind::Confirmed);
        event.send_to_lucca = SendToLucca::Absent;
        event.unreadable = vec![EventField::Hire(Field::ContractStartDate)];
        event.ambiguous = vec![EventField::CandidateId];
        event.remarks = vec![WarningKind::StartDateFromTime];
        let Intent::Create(hire) = decide(event) else {
            panic!("not created");
        };
        let start_date = EventField::Hire(Field::ContractStartDate);
        assert_eq!(hire.unreadable, [start_date, EventField::CandidateId]);
        let remarks = [
            WarningKind::SendToLuccaAbsent,
            WarningKind::StartDateFromTime,
        ];
        assert_eq!(hire.remarks, remarks);
    }
}
