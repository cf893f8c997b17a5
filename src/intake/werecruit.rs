//! Reads the `werecruit` event format.
//!
//! The format is ours: nothing public says in which form We Recruit sends events. What is
//! public of its JSON spells the same field in several ways, so names are matched
//! tolerantly and values strictly.

use jiff::Timestamp;

use super::{
    event::{EventKind, HireEvent, HireFields, SendToLucca},
    fields::Field,
    json::{self, JsonError, Node},
    lookup::{Found, Lookup},
    mapping::Mapping,
};
use crate::domain::{
    dates::{
        CivilDate, DateContext, DateError, DateInput, DateNote, DateReading, read_date,
        read_start_date,
    },
    email::EmailAddress,
    ids::ExternalId,
    text::{EmployeeNumber, FamilyName, GivenName, JobTitle, Login, Phone},
};

/// The source system of hires in this format.
pub const SYSTEM: &str = "werecruit";

/// The number of characters a name of an establishment, a department, a role or a manager
/// may have.
const MAX_LABEL_CHARS: usize = 255;

/// Why a body is not an event. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON; sending it again would not help.
    #[error("the body is not JSON")]
    NotJson,
    /// Nested beyond reason.
    #[error("the body is nested more than {} deep", json::MAX_DEPTH)]
    TooDeep,
    /// JSON in which an object has a key twice.
    #[error("the body has a key twice in one object")]
    DuplicateKey,
    /// JSON with a number or a text that nothing can hold.
    #[error("the body has a number or a text that cannot be held")]
    Unholdable,
    /// JSON, but not an object, or one whose `data` is no object.
    #[error("the body is not an object with an object in `data`")]
    NotAnObject,
}

impl ParseError {
    /// Its word in the history.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotJson => "NOT_JSON",
            Self::TooDeep => "TOO_DEEP",
            Self::DuplicateKey => "DUPLICATE_KEY",
            Self::Unholdable => "UNHOLDABLE_VALUE",
            Self::NotAnObject => "NOT_AN_EVENT",
        }
    }

    /// Whether the body is at least JSON, so that it is kept and reported rather than
    /// refused.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(
            self,
            Self::DuplicateKey | Self::Unholdable | Self::NotAnObject
        )
    }
}

/// Reads an event.
///
/// A field that is there but cannot be read is left absent and named in the event.
///
/// # Errors
/// [`ParseError`], if there is no event at all.
pub fn parse(
    body: &[u8],
    mapping: &Mapping,
    dates: &DateContext<'_>,
) -> Result<HireEvent, ParseError> {
    let body = json::parse(body).map_err(|error| match error {
        JsonError::NotJson => ParseError::NotJson,
        JsonError::TooDeep => ParseError::TooDeep,
        JsonError::DuplicateKey => ParseError::DuplicateKey,
        JsonError::Unholdable => ParseError::Unholdable,
    })?;
    let lookup = Lookup::of(&body, mapping).ok_or(ParseError::NotAnObject)?;
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
    Ok(HireEvent {
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
    })
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

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn parse_in(body: &[u8], pairs: &[(&str, &str)]) -> Result<HireEvent, ParseError> {
        let mapping = Mapping::parse(pairs.iter().copied()).unwrap();
        let dates = DateContext {
            zone: &TimeZone::get("Europe/Paris").unwrap(),
            today: CivilDate::parse_iso("2026-11-23").unwrap(),
            day_first: false,
        };
        parse(body, &mapping, &dates)
    }

    fn event(body: &str) -> HireEvent {
        parse_in(body.as_bytes(), &[]).unwrap()
    }

    const FULL: &str = r#"{ "type": "hire.confirmed", "id": "evt_1", "timestamp": "2026-11-23T09:00:00Z",
        "data": { "applicationId": "a-1", "candidateId": "c-1", "sendToLucca": true,
            "lastName": "Dupont", "firstName": "Éloïse", "professionalEmail": null,
            "personalEmail": "eloise.dupont@example.com", "login": null,
            "establishment": "Siège Paris", "contractStartDate": "2027-01-04",
            "department": "Produit", "managerName": "Jean Martin" } }"#;

    #[test]
    fn the_documented_event_is_read_whole() {
        let event = event(FULL);
        assert_eq!(event.id.as_deref(), Some("evt_1"));
        assert_eq!(event.kind, EventKind::Confirmed);
        assert_eq!(
            event.occurred_at,
            Some("2026-11-23T09:00:00Z".parse().unwrap())
        );
        assert_eq!(event.source, Some(ExternalId::parse("a-1").unwrap()));
        assert_eq!(event.send_to_lucca, SendToLucca::Yes);
        let expected = HireFields {
            family_name: Some(FamilyName::parse("Dupont").unwrap()),
            given_name: Some(GivenName::parse("Éloïse").unwrap()),
            personal_email: Some(EmailAddress::parse("eloise.dupont@example.com").unwrap()),
            establishment: Some("Siège Paris".to_owned()),
            contract_start_date: Some(CivilDate::parse_iso("2027-01-04").unwrap()),
            department: Some("Produit".to_owned()),
            manager_name: Some("Jean Martin".to_owned()),
            ..HireFields::default()
        };
        assert!(event.hire == expected);
        assert!(
            event.unreadable.is_empty() && event.ambiguous.is_empty() && event.notes.is_empty()
        );
    }

    #[test]
    fn every_spelling_of_an_event_reads_the_same() {
        let plain = event(FULL);
        for body in [
            // Flat, in French.
            r#"{ "type": "hire.confirmed", "id": "evt_1", "horodatage": "2026-11-23T10:00:00+0100",
                "idCandidature": "a-1", "idCandidat": "c-1", "envoyerLucca": "Oui", "nom": " Dupont ", "prénom": "E\u0301loi\u0308se",
                "emailPersonnel": "eloise.dupont@EXAMPLE.com", "emailPro": "",
                "etablissement": "Siège Paris", "dateDebutContrat": "2027-01-03T23:00:00.0000000+00:00",
                "departement": "Produit", "nomManager": "Jean Martin" }"#,
            // PascalCase with underscores, milliseconds.
            r#"{ "Type": "Hire.Confirmed", "Event_Id": "evt_1", "Timestamp": 1795424400000,
                "Data": { "Application_Id": "a-1", "Candidate_Id": "c-1", "Send_To_Lucca": 1, "Last_Name": "Dupont",
                "First_Name": "Éloïse", "Email": "eloise.dupont@example.com", "Establishment": "Siège Paris",
                "Contract_Start_Date": "2027-01-04", "Department": "Produit", "Manager": "Jean Martin" } }"#,
        ] {
            // Which fields are there without a value is another matter.
            let read = HireEvent {
                blank: plain.blank.clone(),
                ..event(body)
            };
            assert!(read == plain, "{body}");
        }
        let marked = [b"\xEF\xBB\xBF", FULL.as_bytes()].concat();
        assert!(parse_in(&marked, &[]) == Ok(plain));
    }

    #[test]
    fn a_mapping_finds_fields_elsewhere() {
        let body = r#"{ "action": "hire.confirmed", "payload": { "person": { "last": "Dupont" },
            "apps": [ { "key": 42 } ] } }"#;
        let pairs = [
            ("type", "action"),
            ("last_name", "payload.person.last"),
            ("application_id", "payload.apps.0.key"),
        ];
        let event = parse_in(body.as_bytes(), &pairs).unwrap();
        assert_eq!(event.kind, EventKind::Confirmed);
        assert_eq!(event.source, Some(ExternalId::parse("42").unwrap()));
        assert!(event.hire.family_name == Some(FamilyName::parse("Dupont").unwrap()));
    }

    #[test]
    fn what_cannot_be_read_is_left_absent_and_named() {
        for (field, value) in [
            (Field::LastName, r#""lastName": "a\u0000b""#),
            (Field::LastName, r#""lastName": true"#),
            (Field::PersonalEmail, r#""personalEmail": "a@b.fr; c@d.fr""#),
            (Field::Department, r#""department": {"name": "Produit"}"#),
            (Field::Establishment, r#""establishment": 1.5"#),
            (
                Field::ContractStartDate,
                r#""contractStartDate": "04/01/2027""#,
            ),
            (
                Field::ContractStartDate,
                r#""contractStartDate": "as soon as possible""#,
            ),
            (
                Field::ContractStartDate,
                r#""contractStartDate": "2072-01-04""#,
            ),
            (Field::ContractStartDate, r#""contractStartDate": 20270104"#),
            (Field::BirthDate, r#""birthDate": ["1990-01-01"]"#),
            (Field::Timestamp, r#""timestamp": "yesterday""#),
            (Field::SendToLucca, r#""sendToLucca": "maybe""#),
        ] {
            let event = event(&format!("{{{value}}}"));
            assert_eq!(event.unreadable, [field], "{value}");
            assert!(event.hire == HireFields::default(), "{value}");
            assert_eq!(event.occurred_at, None);
        }
    }

    #[test]
    fn absent_null_and_blank_are_the_same() {
        for body in [
            "{}",
            r#"{"lastName":null,"contractStartDate":"","sendToLucca":" "}"#,
        ] {
            let event = event(body);
            assert!(event.unreadable.is_empty() && event.hire == HireFields::default());
            assert_eq!(event.send_to_lucca, SendToLucca::Absent);
            assert_eq!(event.kind, EventKind::Missing);
        }
    }

    #[test]
    fn only_a_clear_yes_sends_to_lucca() {
        for (value, answer) in [
            ("true", SendToLucca::Yes),
            ("1", SendToLucca::Yes),
            (r#""YES""#, SendToLucca::Yes),
            (r#"" oui ""#, SendToLucca::Yes),
            ("false", SendToLucca::No),
            ("0", SendToLucca::No),
            (r#""Non""#, SendToLucca::No),
            (r#""no""#, SendToLucca::No),
            ("null", SendToLucca::Absent),
            ("2", SendToLucca::Unreadable),
            ("1.0", SendToLucca::Unreadable),
            (r#""o""#, SendToLucca::Unreadable),
            ("[]", SendToLucca::Unreadable),
        ] {
            let event = event(&format!(r#"{{"data":{{"sendToLucca":{value}}}}}"#));
            assert_eq!(event.send_to_lucca, answer, "{value}");
        }
        let both = event(r#"{"sendToLucca":true,"envoyerLucca":false}"#);
        assert_eq!(both.send_to_lucca, SendToLucca::Unreadable);
    }

    #[test]
    fn the_source_is_the_application_else_the_candidate() {
        for (body, source) in [
            (r#"{"applicationId":"a","candidateId":"c"}"#, Some("a")),
            (r#"{"applicationId":null,"candidateId":"c"}"#, Some("c")),
            (r#"{"candidateId":7}"#, Some("7")),
            (r#"{"applicationId":{},"candidateId":"c"}"#, None),
            (
                r#"{"applicationId":"a","idCandidature":"b","candidateId":"c"}"#,
                None,
            ),
            (r#"{"id":"evt"}"#, None),
        ] {
            let source = source.map(|text| ExternalId::parse(text).unwrap());
            assert_eq!(event(body).source, source, "{body}");
        }
    }

    #[test]
    fn an_end_before_the_start_is_left_out() {
        let alone = event;
        let read = |end: &str| {
            event(&format!(
                r#"{{"contractStartDate":"2027-01-04","contractEndDate":"{end}"}}"#
            ))
        };
        let event = read("2027-01-03");
        assert_eq!(event.hire.contract_end_date, None);
        assert_eq!(event.unreadable, [Field::ContractEndDate]);
        assert!(event.hire.contract_start_date.is_some());
        assert!(read("2027-01-04").hire.contract_end_date.is_some());
        // Without a start date there is nothing to compare with.
        assert!(
            alone(r#"{"contractEndDate":"2027-06-30"}"#)
                .unreadable
                .is_empty()
        );
    }

    #[test]
    fn a_date_that_may_be_another_is_noted() {
        let event = event(r#"{"contractStartDate":"2027-01-04T09:30:00"}"#);
        assert_eq!(
            event.notes,
            [(Field::ContractStartDate, DateNote::TimeDropped)]
        );
        assert!(event.hire.contract_start_date.is_some());
    }

    #[test]
    fn a_body_marked_as_a_test_is_one_whatever_its_type() {
        for body in [
            r#"{"test":true}"#,
            r#"{"type":"hire.confirmed","test":true}"#,
        ] {
            assert_eq!(event(body).kind, EventKind::Test);
        }
        assert_eq!(
            event(r#"{"type":"hire.confirmed","test":false}"#).kind,
            EventKind::Confirmed
        );
    }

    #[test]
    fn bodies_that_hold_no_event_are_told_apart() {
        for (body, error) in [
            ("", ParseError::NotJson),
            ("lastName=Dupont", ParseError::NotJson),
            (&"[".repeat(99), ParseError::TooDeep),
            (r#"{"a":1,"a":2}"#, ParseError::DuplicateKey),
            (r#"{"a":1e999}"#, ParseError::Unholdable),
            ("[{}]", ParseError::NotAnObject),
            (r#"{"data":"x"}"#, ParseError::NotAnObject),
        ] {
            assert_eq!(parse_in(body.as_bytes(), &[]), Err(error), "{body}");
        }
    }

    #[test]
    fn an_address_of_the_sender_itself_is_nobodys_own() {
        for (address, own) in [
            ("eloise@example.com", true),
            ("eloise@werecruit.io.example.com", true),
            ("jobs.e12@acme.werecruit.io", false),
            ("someone@WeRecruit.io", false),
        ] {
            let body = format!(r#"{{"type":"hire.confirmed","personalEmail":"{address}"}}"#);
            let read = event(&body);
            assert_eq!(read.hire.personal_email.is_some(), own, "{address}");
            let unreadable = read.unreadable.contains(&Field::PersonalEmail);
            assert_eq!(unreadable, !own, "{address}");
        }
    }
}
