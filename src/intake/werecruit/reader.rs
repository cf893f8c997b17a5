//! Reads the fields of an event, and remembers what went wrong.

use jiff::Timestamp;

use crate::{
    domain::{
        dates::{
            CivilDate, DateContext, DateError, DateInput, DateNote, DateReading, read_date,
            read_start_date,
        },
        email::EmailAddress,
        ids::ExternalId,
        text::{EmployeeNumber, FamilyName, GivenName, JobTitle, Login, Phone},
    },
    intake::{
        event::{EventKind, HireEvent, HireFields, SendToLucca},
        fields::Field,
        json::Node,
        lookup::{Found, Lookup},
    },
};

/// The number of characters a name of an establishment, a department, a role or a manager
/// may have.
const MAX_LABEL_CHARS: usize = 255;

/// Reads an event. A field that is there but cannot be read is left absent and named.
pub(super) fn read(lookup: Lookup<'_>, dates: &DateContext<'_>) -> HireEvent {
    let mut reader = Reader {
        lookup,
        dates,
        blank: Vec::new(),
        unreadable: Vec::new(),
        ambiguous: Vec::new(),
        notes: Vec::new(),
    };
    let id = reader.text(Field::Id);
    let kind = reader.kind();
    let occurred_at = reader.value(Field::Timestamp, read_instant);
    let (source, person) = reader.source();
    let send_to_lucca = reader.send_to_lucca();
    let hire = reader.hire();
    HireEvent {
        id,
        kind,
        occurred_at,
        source,
        person,
        send_to_lucca,
        hire,
        blank: reader.blank,
        unreadable: reader.unreadable,
        ambiguous: reader.ambiguous,
        notes: reader.notes,
    }
}

/// Reads fields and remembers what went wrong.
struct Reader<'a> {
    lookup: Lookup<'a>,
    dates: &'a DateContext<'a>,
    blank: Vec<Field>,
    unreadable: Vec<Field>,
    ambiguous: Vec<Field>,
    notes: Vec<(Field, DateNote)>,
}

impl Reader<'_> {
    fn value<T>(&mut self, field: Field, read: impl FnOnce(&Node) -> Option<T>) -> Option<T> {
        match self.lookup.field(field) {
            Found::Absent => None,
            Found::Blank => {
                self.blank.push(field);
                None
            }
            Found::Ambiguous => {
                self.ambiguous.push(field);
                None
            }
            Found::Value(node) => {
                let value = read(node);
                if value.is_none() {
                    self.unreadable.push(field);
                }
                value
            }
        }
    }

    fn parsed<T, E>(&mut self, field: Field, parse: fn(&str) -> Result<T, E>) -> Option<T> {
        self.value(field, |node| parse(&as_text(node)?).ok())
    }

    fn text(&mut self, field: Field) -> Option<String> {
        self.value(field, as_text)
    }

    fn label(&mut self, field: Field) -> Option<String> {
        self.value(field, |node| {
            as_text(node).filter(|text| {
                text.chars().count() <= MAX_LABEL_CHARS && !text.chars().any(char::is_control)
            })
        })
    }

    fn date(
        &mut self,
        field: Field,
        read: fn(&DateInput, &DateContext<'_>) -> Result<DateReading, DateError>,
    ) -> Option<CivilDate> {
        let dates = self.dates;
        let reading = self.value(field, |node| {
            let input = match node {
                Node::Text(text) => DateInput::Text(text.clone()),
                Node::Integer(millis) => DateInput::EpochMillis((*millis).try_into().ok()?),
                _ => return None,
            };
            read(&input, dates).ok()
        })?;
        self.notes.extend(reading.note.map(|note| (field, note)));
        Some(reading.date)
    }

    fn kind(&mut self) -> EventKind {
        // What a sender marks as a test must never become an employee.
        if matches!(self.lookup.at_root("test"), Found::Value(Node::Bool(true))) {
            return EventKind::Test;
        }
        self.text(Field::Type)
            .map_or(EventKind::Missing, |name| EventKind::of(&name))
    }

    /// The id of the hire, and that of the person if it is another.
    fn source(&mut self) -> (Option<ExternalId>, Option<ExternalId>) {
        let application = self.parsed(Field::ApplicationId, ExternalId::parse);
        let candidate = self.parsed(Field::CandidateId, ExternalId::parse);
        // An application that cannot be read is not the candidate: the same hire would go
        // by two names.
        let unclear = self.unreadable.contains(&Field::ApplicationId)
            || self.ambiguous.contains(&Field::ApplicationId);
        match application {
            Some(application) => (Some(application), candidate),
            None => (candidate.filter(|_| !unclear), None),
        }
    }

    fn send_to_lucca(&mut self) -> SendToLucca {
        let answer = self.value(Field::SendToLucca, |node| match node {
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
            None if self.unreadable.contains(&Field::SendToLucca)
                || self.ambiguous.contains(&Field::SendToLucca) =>
            {
                SendToLucca::Unreadable
            }
            None => SendToLucca::Absent,
        }
    }

    fn hire(&mut self) -> HireFields {
        let mut hire = self.fields();
        // A contract that ends before it starts: one of the two is wrong, and the person
        // must be expected on the first day in any case.
        if hire.contract_end_date.is_some() && hire.contract_end_date < hire.contract_start_date {
            hire.contract_end_date = None;
            self.unreadable.push(Field::ContractEndDate);
        }
        hire
    }

    fn fields(&mut self) -> HireFields {
        HireFields {
            family_name: self.parsed(Field::LastName, FamilyName::parse),
            given_name: self.parsed(Field::FirstName, GivenName::parse),
            professional_email: self.parsed(Field::ProfessionalEmail, EmailAddress::parse),
            personal_email: self.value(Field::PersonalEmail, |node| {
                let address = EmailAddress::parse(&as_text(node)?).ok()?;
                (!is_relay(&address)).then_some(address)
            }),
            login: self.parsed(Field::Login, Login::parse),
            establishment: self.label(Field::Establishment),
            contract_start_date: self.date(Field::ContractStartDate, read_start_date),
            contract_end_date: self.date(Field::ContractEndDate, read_date),
            department: self.label(Field::Department),
            role: self.label(Field::Role),
            manager_name: self.label(Field::ManagerName),
            manager_email: self.parsed(Field::ManagerEmail, EmailAddress::parse),
            employee_number: self.parsed(Field::EmployeeNumber, EmployeeNumber::parse),
            job_title: self.parsed(Field::JobTitle, JobTitle::parse),
            personal_phone: self.parsed(Field::PersonalPhone, Phone::parse),
            birth_date: self.date(Field::BirthDate, read_date),
        }
    }
}

/// Whether mail to an address goes through the applicant tracking system: confirmations come
/// from `jobs.e…@<tenant>.werecruit.io`. Such an address is nobody's own, and no login.
fn is_relay(address: &EmailAddress) -> bool {
    let folded = address.folded();
    let domain = folded.rsplit('@').next().unwrap_or_default();
    domain == "werecruit.io" || domain.ends_with(".werecruit.io")
}

/// A text, trimmed; whole numbers count as texts, since senders write ids and codes so.
fn as_text(node: &Node) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.trim().to_owned()),
        Node::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An instant with an offset, or milliseconds since 1970.
fn read_instant(node: &Node) -> Option<Timestamp> {
    match node {
        Node::Text(text) => text.trim().parse().ok(),
        Node::Integer(millis) => Timestamp::from_millisecond((*millis).try_into().ok()?).ok(),
        _ => None,
    }
}
