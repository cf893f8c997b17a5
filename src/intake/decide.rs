//! What follows from an event: a pure table.

use jiff::Timestamp;

use super::{
    event::{EventKind, HireEvent, HireFields, SendToLucca},
    fields::Field,
};
use crate::domain::{dates::DateNote, ids::ExternalId};

/// What is to be done about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Nothing.
    Acknowledge(Acknowledged),
    /// Hand the hire over to be created.
    Create(Box<Hire>),
    /// Hand over what is said anew, if the hire is known; otherwise nothing.
    Amend(Box<Hire>),
    /// Not meant for Lucca: take the hire back if it is under way; otherwise nothing.
    Retract(Source),
    /// Take the hire back.
    Withdraw(Source),
    /// Erase the person's data.
    Erase(Source),
    /// Tell that the event makes no sense.
    Report {
        /// The hire, if the event names one.
        source: Option<Source>,
        /// Why, in `UPPER_SNAKE_CASE`.
        reason: &'static str,
        /// The fields it is about.
        fields: Vec<Field>,
    },
}

/// Why nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// A test.
    Test,
    /// Recruited, but the start is not confirmed.
    NotConfirmed,
    /// The recruiter chose not to send the hire to Lucca.
    NotForLucca,
}

/// Which hire, and when the sender spoke of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The application's id, or the candidate's.
    pub external_id: ExternalId,
    /// The candidate's id, if the hire goes by its application.
    pub person: Option<ExternalId>,
    /// When the sender made the statement.
    pub event_time: Option<Timestamp>,
}

/// A hire to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hire {
    /// Which one.
    pub source: Source,
    /// The person and the placement.
    pub fields: HireFields,
    /// Fields that were sent without a value.
    pub blank: Vec<Field>,
    /// Fields that were sent but could not be read.
    pub unreadable: Vec<Field>,
    /// What to know about it.
    pub warnings: Vec<Warning>,
}

/// Something odd about a hire that does not keep it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Nobody said whether it shall go to Lucca.
    SendToLuccaAbsent,
    /// A start date was sent and cannot be read for certain.
    StartDateUnreadable,
    /// A date that may not be the one meant.
    Date(Field, DateNote),
}

/// Decides. An event that cannot be understood never becomes a hire.
#[must_use]
pub fn decide(event: HireEvent) -> Intent {
    let source = source(&event);
    match &event.kind {
        EventKind::Test => Intent::Acknowledge(Acknowledged::Test),
        // It may be a hire by another name: it must not go unseen.
        EventKind::Unhandled(_) => report(source, "TYPE_UNKNOWN", vec![Field::Type]),
        EventKind::Declared => Intent::Acknowledge(Acknowledged::NotConfirmed),
        EventKind::Missing => report(source, "TYPE_MISSING", vec![Field::Type]),
        EventKind::Cancelled => source.map_or_else(no_source, Intent::Withdraw),
        EventKind::Anonymized => source.map_or_else(no_source, Intent::Erase),
        EventKind::Confirmed => hire(event, source).map_or_else(|other| other, Intent::Create),
        EventKind::Updated => hire(event, source).map_or_else(|other| other, Intent::Amend),
    }
}

/// Which hire an event is about, if it names one.
#[must_use]
pub fn source(event: &HireEvent) -> Option<Source> {
    event.source.clone().map(|external_id| Source {
        external_id,
        person: event.person.clone(),
        event_time: event.occurred_at,
    })
}

/// The hire to hand over, or why there is none.
fn hire(event: HireEvent, source: Option<Source>) -> Result<Box<Hire>, Intent> {
    match event.send_to_lucca {
        SendToLucca::No => {
            let nothing = Intent::Acknowledge(Acknowledged::NotForLucca);
            return Err(source.map_or(nothing, Intent::Retract));
        }
        SendToLucca::Unreadable => {
            let fields = vec![Field::SendToLucca];
            return Err(report(source, "SEND_TO_LUCCA_UNREADABLE", fields));
        }
        SendToLucca::Yes | SendToLucca::Absent => {}
    }
    if !event.ambiguous.is_empty() {
        return Err(report(source, "AMBIGUOUS_FIELDS", event.ambiguous));
    }
    let confirmed_unasked =
        event.kind == EventKind::Confirmed && event.send_to_lucca == SendToLucca::Absent;
    let unasked = confirmed_unasked.then_some(Warning::SendToLuccaAbsent);
    let unread = event.unreadable.contains(&Field::ContractStartDate);
    let unread = unread.then_some(Warning::StartDateUnreadable);
    let dates = event
        .notes
        .iter()
        .map(|(field, note)| Warning::Date(*field, *note));
    Ok(Box::new(Hire {
        source: source.ok_or_else(no_source)?,
        warnings: unasked.into_iter().chain(unread).chain(dates).collect(),
        fields: event.hire,
        blank: event.blank,
        unreadable: event.unreadable,
    }))
}

fn no_source() -> Intent {
    let fields = vec![Field::ApplicationId, Field::CandidateId];
    report(None, "SOURCE_MISSING", fields)
}

fn report(source: Option<Source>, reason: &'static str, fields: Vec<Field>) -> Intent {
    Intent::Report {
        source,
        reason,
        fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind) -> HireEvent {
        HireEvent {
            id: None,
            kind,
            occurred_at: None,
            source: Some(ExternalId::parse("a-1").unwrap()),
            person: None,
            send_to_lucca: SendToLucca::Yes,
            hire: HireFields::default(),
            blank: Vec::new(),
            unreadable: Vec::new(),
            ambiguous: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The intent in one word.
    fn word(event: HireEvent) -> &'static str {
        match decide(event) {
            Intent::Acknowledge(Acknowledged::Test) => "test",
            Intent::Acknowledge(Acknowledged::NotConfirmed) => "not confirmed",
            Intent::Acknowledge(Acknowledged::NotForLucca) => "not for lucca",
            Intent::Create(_) => "create",
            Intent::Amend(_) => "amend",
            Intent::Retract(_) => "retract",
            Intent::Withdraw(_) => "withdraw",
            Intent::Erase(_) => "erase",
            Intent::Report { reason, .. } => reason,
        }
    }

    #[test]
    fn the_type_and_the_recruiters_answer_decide() {
        use EventKind::{Anonymized, Cancelled, Confirmed, Declared, Missing, Test, Updated};
        use SendToLucca::{Absent, No, Unreadable, Yes};
        let other = EventKind::Unhandled("offer.sent".to_owned());
        for (kind, words) in [
            (Test, ["test"; 4]),
            (other, ["TYPE_UNKNOWN"; 4]),
            (Missing, ["TYPE_MISSING"; 4]),
            (Declared, ["not confirmed"; 4]),
            (Cancelled, ["withdraw"; 4]),
            (Anonymized, ["erase"; 4]),
            (
                Confirmed,
                ["create", "retract", "create", "SEND_TO_LUCCA_UNREADABLE"],
            ),
            (
                Updated,
                ["amend", "retract", "amend", "SEND_TO_LUCCA_UNREADABLE"],
            ),
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
            (EventKind::Test, "test"),
        ] {
            let mut event = event(kind.clone());
            event.source = None;
            assert_eq!(word(event), expected, "{kind:?}");
        }
        let mut event = event(EventKind::Confirmed);
        event.source = None;
        event.send_to_lucca = SendToLucca::No;
        assert_eq!(word(event), "not for lucca");
    }

    #[test]
    fn contradictions_are_reported_with_their_fields() {
        let mut event = event(EventKind::Confirmed);
        event.ambiguous = vec![Field::Department];
        let Intent::Report {
            source,
            reason,
            fields,
        } = decide(event)
        else {
            panic!("not reported");
        };
        assert_eq!(source.unwrap().external_id.as_str(), "a-1");
        assert_eq!(
            (reason, fields),
            ("AMBIGUOUS_FIELDS", vec![Field::Department])
        );
    }

    #[test]
    fn a_contradiction_elsewhere_does_not_keep_a_withdrawal_back() {
        for (kind, expected) in [
            (EventKind::Cancelled, "withdraw"),
            (EventKind::Anonymized, "erase"),
            (EventKind::Updated, "AMBIGUOUS_FIELDS"),
        ] {
            let mut event = event(kind);
            event.ambiguous = vec![Field::Department];
            assert_eq!(word(event), expected);
        }
    }

    #[test]
    fn unreadable_fields_and_oddities_travel_with_the_hire() {
        let mut event = event(EventKind::Confirmed);
        event.send_to_lucca = SendToLucca::Absent;
        event.unreadable = vec![Field::ContractStartDate];
        event.notes = vec![(Field::ContractEndDate, DateNote::TimeDropped)];
        let Intent::Create(hire) = decide(event) else {
            panic!("not created");
        };
        assert_eq!(hire.unreadable, [Field::ContractStartDate]);
        assert_eq!(
            hire.warnings,
            [
                Warning::SendToLuccaAbsent,
                Warning::StartDateUnreadable,
                Warning::Date(Field::ContractEndDate, DateNote::TimeDropped)
            ]
        );
    }
}
