//! Reads the fields of an event, and names those that cannot be read.

use jiff::Timestamp;

use crate::{
    domain::{
        collaborator::{Draft, ManagerReference},
        dates::{
            DateContext, DateInput, DateReading, read_date, read_start_date, time_from_outside,
        },
        email::EmailAddress,
        field::{Field, FieldValue, Kind},
        finding::WarningCode,
        ids::ExternalId,
    },
    intake::{
        event::{EventKind, HireEvent, SendToLucca},
        fields::EventField,
        json::Node,
        lookup::{Found, Lookup},
    },
};

/// Reads an event. A field that is there but cannot be read is left empty and reported in
/// `unreadable`.
pub(super) fn read(lookup: Lookup<'_>, dates: &DateContext<'_>) -> HireEvent {
    let event = HireEvent::default();
    let mut reader = EventReader {
        lookup,
        dates,
        event,
    };
    reader.event.id = reader.value(EventField::Id, as_text);
    reader.event.kind = reader.kind();
    reader.event.occurred_at = reader.value(EventField::Timestamp, read_instant);
    (reader.event.source, reader.event.person) = reader.source();
    reader.event.send_to_lucca = reader.send_to_lucca();
    reader.event.draft = reader.draft();
    reader.event
}

struct EventReader<'a> {
    lookup: Lookup<'a>,
    dates: &'a DateContext<'a>,
    event: HireEvent,
}

impl EventReader<'_> {
    fn value<T>(&mut self, field: EventField, read: impl FnOnce(&Node) -> Option<T>) -> Option<T> {
        match self.lookup.field(field) {
            Found::Absent => None,
            Found::Blank => {
                self.event.blank.push(field);
                None
            }
            Found::Ambiguous => {
                self.event.ambiguous.push(field);
                None
            }
            Found::Value(node) => {
                let value = read(node);
                if value.is_none() {
                    self.event.unreadable.push(field);
                }
                value
            }
        }
    }

    fn parsed<T, E>(&mut self, field: EventField, parse: fn(&str) -> Result<T, E>) -> Option<T> {
        self.value(field, |node| parse(&as_text(node)?).ok())
    }

    /// Whether the field is there without one readable value.
    fn is_unclear(&self, field: EventField) -> bool {
        self.event.unreadable.contains(&field) || self.event.ambiguous.contains(&field)
    }

    fn kind(&mut self) -> EventKind {
        // An event that is marked as a test must never become an employee.
        if matches!(self.lookup.at_root("test"), Found::Value(Node::Bool(true))) {
            return EventKind::Test;
        }
        self.value(EventField::Type, as_text)
            .map_or(EventKind::Missing, |name| EventKind::of(&name))
    }

    /// The id of the hire, and that of the person if it is another.
    fn source(&mut self) -> (Option<ExternalId>, Option<ExternalId>) {
        let application = self.parsed(EventField::ApplicationId, ExternalId::parse);
        let candidate = self.parsed(EventField::CandidateId, ExternalId::parse);
        // The candidate's id must not replace an application's id that cannot be read: the same
        // hire would have two names.
        let unclear = self.is_unclear(EventField::ApplicationId);
        match application {
            Some(application) => (Some(application), candidate),
            None => (candidate.filter(|_| !unclear), None),
        }
    }

    fn send_to_lucca(&mut self) -> SendToLucca {
        let answer = self.value(EventField::SendToLucca, |node| match node {
            Node::Bool(yes) => Some(*yes),
            Node::Integer(1) => Some(true),
            Node::Integer(0) => Some(false),
            Node::Text(text) => match text.trim().to_lowercase().as_str() {
                "true" | "yes" | "oui" | "1" => Some(true),
                "false" | "no" | "non" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        });
        match answer {
            Some(true) => SendToLucca::Yes,
            Some(false) => SendToLucca::No,
            None if self.is_unclear(EventField::SendToLucca) => SendToLucca::Unreadable,
            None => SendToLucca::Absent,
        }
    }

    fn draft(&mut self) -> Draft {
        let mut draft = Draft::default();
        let dates = self.dates;
        for &field in Field::OF_HIRE {
            let of = EventField::Hire(field);
            let mut note = None;
            self.value(of, |node| {
                let value = match field.kind() {
                    Kind::Date => {
                        let reading = read_day(node, field, dates)?;
                        note = reading.note;
                        FieldValue::Date(reading.date)
                    }
                    _ => FieldValue::Text(as_text(node)?),
                };
                draft.set(field, value).ok()
            });
            if field == Field::ContractStartDate && note.is_some() {
                self.event.remarks.push(WarningCode::StartDateFromTime);
            }
        }
        if let Some(email) = self.parsed(EventField::ManagerEmail, EmailAddress::parse) {
            draft.manager = Some(ManagerReference::Email(email));
        }
        if draft.personal_email.as_ref().is_some_and(is_relay) {
            self.leave_out(Field::PersonalEmail, &mut draft);
        }
        // One of the two dates of a contract that ends before it starts is wrong. The person
        // must be expected on the first day in any case.
        if draft.contract_end_date.is_some() && draft.contract_end_date < draft.contract_start_date
        {
            self.leave_out(Field::ContractEndDate, &mut draft);
        }
        draft
    }

    fn leave_out(&mut self, field: Field, draft: &mut Draft) {
        draft.copy(field, &Draft::default());
        self.event.unreadable.push(EventField::Hire(field));
    }
}

/// Whether an address belongs to the applicant tracking system, which sends confirmations from
/// `jobs.e…@<tenant>.werecruit.io`. Such an address is not the person's own, and no login.
fn is_relay(address: &EmailAddress) -> bool {
    let folded = address.folded();
    let domain = folded.rsplit('@').next().unwrap_or_default();
    domain == "werecruit.io" || domain.ends_with(".werecruit.io")
}

/// A text, trimmed. Whole numbers count as texts, because some senders write ids and codes as
/// numbers.
fn as_text(node: &Node) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.trim().to_owned()),
        Node::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A date in any of the forms that senders use; the start date must also be near.
fn read_day(node: &Node, field: Field, dates: &DateContext<'_>) -> Option<DateReading> {
    let input = match node {
        Node::Text(text) => DateInput::Text(text.clone()),
        Node::Integer(millis) => DateInput::EpochMillis((*millis).try_into().ok()?),
        _ => return None,
    };
    let reading = match field {
        Field::ContractStartDate => read_start_date(&input, dates),
        _ => read_date(&input, dates),
    };
    reading.ok()
}

/// An instant with an offset, or milliseconds since 1970.
fn read_instant(node: &Node) -> Option<Timestamp> {
    let time = match node {
        Node::Text(text) => text.trim().parse().ok(),
        Node::Integer(millis) => Timestamp::from_millisecond((*millis).try_into().ok()?).ok(),
        _ => None,
    };
    time.and_then(time_from_outside)
}
