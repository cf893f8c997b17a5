//! Reads the fields of the hire. What is no value of a field is left out, with a remark.

use super::{EventReader, as_text};
use crate::{
    domain::{
        alike::alike,
        collaborator::{Draft, ManagerReference},
        dates::{DateContext, DateInput, read_date, read_start_date},
        email::EmailAddress,
        event_field::EventField,
        field::{Field, FieldValue, Kind},
        finding::{Sent, Unreadable, WarningKind},
        matching_key::MatchKey,
        text::ValueError,
    },
    intake::{json::Node, spoilt},
};

/// A value that was read, or why it was not.
type Reading = Result<Value, Unreadable>;

struct Value {
    value: FieldValue,
    /// It is a day that was read from a date with a time, and may be another.
    from_time: bool,
}

pub(super) fn read(reader: &mut EventReader<'_>) -> Draft {
    let mut draft = Draft::default();
    for &field in Field::OF_HIRE {
        if let Some(value) = reader.hire_value(EventField::Hire(field), field) {
            // Read by the type of the field, so it fits.
            let _ = draft.set(field, value);
        }
    }
    // An address is surer than a name.
    if let Some(value) = reader.hire_value(EventField::ManagerEmail, Field::Manager) {
        let _ = draft.set(Field::Manager, value);
    }
    if let Some(login) = &draft.login
        && reader.lookup.is_by_fallback(EventField::Hire(Field::Login))
        && !is_of_person(login.as_str(), &draft)
    {
        let sent = Sent::new(login.as_str());
        reader.take_out(&mut draft, Field::Login, Unreadable::NotALogin, sent);
    }
    // One of the two dates of a contract that ends before it starts is wrong. The person must be
    // expected on the first day in any case.
    if let Some(end) = draft.contract_end_date
        && draft.contract_start_date.is_some_and(|start| end < start)
    {
        let sent = Sent::new(&end.to_string());
        let why = Unreadable::BeforeStart;
        reader.take_out(&mut draft, Field::ContractEndDate, why, sent);
    }
    draft
}

impl EventReader<'_> {
    /// The value of a field, if all that was sent for it means the same.
    fn hire_value(&mut self, of: EventField, field: Field) -> Option<FieldValue> {
        let dates = self.dates;
        let nodes = self.nodes(of);
        let readings: Vec<(&Node, Reading)> = nodes
            .into_iter()
            .map(|node| (node, read_one(of, field, node, dates)))
            .collect();
        let is_read = readings.iter().any(|(_, reading)| reading.is_ok());
        // Beside a value, a word or an object that stands for none says nothing.
        let counts = |(node, reading): &(&Node, Reading)| match reading {
            Ok(_) => true,
            Err(Unreadable::Placeholder) => !is_read,
            Err(_) => !is_read || as_text(node).is_some(),
        };
        let (counted, _): (Vec<_>, Vec<_>) = readings.into_iter().partition(counts);
        let sent = || {
            counted
                .iter()
                .map(|(node, _)| Sent::new(&node.shown()))
                .collect()
        };
        let (_, first) = counted.first()?;
        let kind = match first {
            Ok(first) if counted.iter().all(|(_, it)| is_same(field, first, it)) => {
                let plain = counted
                    .iter()
                    .any(|(_, it)| matches!(it, Ok(it) if !it.from_time));
                if !plain {
                    self.event.remarks.push(from_time(field));
                }
                return Some(first.value.clone());
            }
            Err(why) if !is_read => unreadable(field, *why, sent()),
            _ => WarningKind::FieldContradictory {
                field,
                sent: sent(),
            },
        };
        self.leave_out(of, kind);
        None
    }

    fn leave_out(&mut self, of: EventField, kind: WarningKind) {
        self.event.unreadable.push(of);
        self.event.remarks.push(kind);
    }

    fn take_out(&mut self, draft: &mut Draft, field: Field, why: Unreadable, sent: Sent) {
        draft.copy(field, &Draft::default());
        self.leave_out(EventField::Hire(field), unreadable(field, why, vec![sent]));
    }
}

fn is_same(field: Field, first: &Value, other: &Reading) -> bool {
    other
        .as_ref()
        .is_ok_and(|other| alike(field, &first.value, &other.value))
}

fn from_time(field: Field) -> WarningKind {
    match field {
        Field::ContractStartDate => WarningKind::StartDateFromTime,
        field => WarningKind::DateFromTime { field },
    }
}

fn unreadable(field: Field, why: Unreadable, sent: Vec<Sent>) -> WarningKind {
    match (field, why) {
        (
            Field::ContractStartDate,
            Unreadable::Form | Unreadable::DayOrMonth | Unreadable::TooFarAway,
        ) => WarningKind::StartDateUnreadable {
            sent,
            why: Some(why),
        },
        _ => WarningKind::FieldUnreadable { field, why, sent },
    }
}

fn read_one(of: EventField, field: Field, node: &Node, dates: &DateContext<'_>) -> Reading {
    if let Node::Text(text) = node
        && let Some(why) = spoilt::why(field, text)
    {
        return Err(why);
    }
    if field.kind() == Kind::Date {
        return read_day(node, field, dates);
    }
    let text = as_text(node).ok_or(Unreadable::Form)?;
    let is_address = of == EventField::ManagerEmail || field.is_email();
    let text = if is_address { address_in(&text) } else { &text };
    let mut draft = Draft::default();
    let set = draft.set(field, FieldValue::Text(text.to_owned()));
    set.map_err(spoilt::refused)?;
    let value = draft.get(field).ok_or(Unreadable::Form)?;
    let address = match &value {
        FieldValue::Manager(ManagerReference::Email(email)) => Some(email.clone()),
        FieldValue::Text(text) if is_address || field == Field::Login => {
            EmailAddress::parse(text).ok()
        }
        _ => None,
    };
    if of == EventField::ManagerEmail && address.is_none() {
        return Err(Unreadable::Form);
    }
    if address.as_ref().is_some_and(is_relay) {
        return Err(Unreadable::Relay);
    }
    Ok(Value {
        value,
        from_time: false,
    })
}

/// A date in any of the forms that senders use; the start date must also be near.
fn read_day(node: &Node, field: Field, dates: &DateContext<'_>) -> Reading {
    let (input, slashes) = match node {
        Node::Text(text) => (DateInput::Text(text.clone()), text.contains('/')),
        Node::Integer(number) => {
            let millis = i64::try_from(*number).map_err(|_| Unreadable::Form)?;
            (DateInput::EpochMillis(millis), false)
        }
        _ => return Err(Unreadable::Form),
    };
    let reading = match field {
        Field::ContractStartDate => read_start_date(&input, dates),
        _ => read_date(&input, dates),
    };
    match reading {
        Ok(reading) => Ok(Value {
            value: FieldValue::Date(reading.date),
            from_time: reading.note.is_some(),
        }),
        Err(ValueError::TooFarAway { .. }) => Err(Unreadable::TooFarAway),
        Err(_) if slashes && !dates.day_first => Err(Unreadable::DayOrMonth),
        Err(_) => Err(Unreadable::Form),
    }
}

/// The address of a text such as `Zoé Martin <zoe@example.com>`.
fn address_in(text: &str) -> &str {
    let inner = text.strip_suffix('>').and_then(|it| it.rsplit_once('<'));
    match inner {
        Some((name, address)) if !name.contains(['@', '<']) => address,
        _ => text,
    }
}

/// Whether an address belongs to the applicant tracking system, which sends confirmations from
/// `jobs.e…@<tenant>.werecruit.io`. Such an address is not the person's own, and no login.
fn is_relay(address: &EmailAddress) -> bool {
    let folded = address.folded();
    let domain = folded.rsplit('@').next().unwrap_or_default();
    domain == "werecruit.io" || domain.ends_with(".werecruit.io")
}

/// Whether a login is an address, or has a part of the person's name in it. The word
/// `identifiant` means a login as well as the number of a candidate.
fn is_of_person(login: &str, draft: &Draft) -> bool {
    let plain = |text: &str| -> String {
        let key = MatchKey::of(text);
        key.as_str()
            .chars()
            .filter(|it| it.is_alphanumeric())
            .collect()
    };
    let login_letters = plain(login);
    let names = [
        draft.family_name.as_ref().map(|it| it.as_str()),
        draft.given_name.as_ref().map(|it| it.as_str()),
    ];
    let has_part = |name: &str| {
        let part: String = plain(name).chars().take(3).collect();
        part.chars().count() > 1 && login_letters.contains(&part)
    };
    EmailAddress::parse(login).is_ok() || names.into_iter().flatten().any(has_part)
}
