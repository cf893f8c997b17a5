use jiff::tz::TimeZone;

use super::*;
use crate::{
    domain::{
        collaborator::{Draft, ManagerReference, Reference},
        dates::CivilDate,
        email::EmailAddress,
        field::Field,
        finding::WarningCode,
        ids::ExternalId,
        text::{FamilyName, GivenName},
    },
    intake::{
        event::{EventKind, SendToLucca},
        fields::EventField,
    },
};

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
    let named = |name: &str| Some(Reference::Name(name.to_owned()));
    let expected = Draft {
        family_name: Some(FamilyName::parse("Dupont").unwrap()),
        given_name: Some(GivenName::parse("Éloïse").unwrap()),
        personal_email: Some(EmailAddress::parse("eloise.dupont@example.com").unwrap()),
        establishment: named("Siège Paris"),
        contract_start_date: Some(CivilDate::parse_iso("2027-01-04").unwrap()),
        department: named("Produit"),
        manager: Some(ManagerReference::Name("Jean Martin".to_owned())),
        ..Draft::default()
    };
    assert!(event.draft == expected);
    assert!(event.unreadable.is_empty() && event.ambiguous.is_empty() && event.remarks.is_empty());
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
    assert!(event.draft.family_name == Some(FamilyName::parse("Dupont").unwrap()));
}

#[test]
fn what_cannot_be_read_is_left_absent_and_named() {
    for (field, value) in [
        (
            EventField::Hire(Field::FamilyName),
            r#""lastName": "a\u0000b""#,
        ),
        (EventField::Hire(Field::FamilyName), r#""lastName": true"#),
        (
            EventField::Hire(Field::PersonalEmail),
            r#""personalEmail": "a@b.fr; c@d.fr""#,
        ),
        (
            EventField::Hire(Field::Department),
            r#""department": {"name": "Produit"}"#,
        ),
        (
            EventField::Hire(Field::Establishment),
            r#""establishment": 1.5"#,
        ),
        (
            EventField::Hire(Field::ContractStartDate),
            r#""contractStartDate": "04/01/2027""#,
        ),
        (
            EventField::Hire(Field::ContractStartDate),
            r#""contractStartDate": "as soon as possible""#,
        ),
        (
            EventField::Hire(Field::ContractStartDate),
            r#""contractStartDate": "2072-01-04""#,
        ),
        (
            EventField::Hire(Field::ContractStartDate),
            r#""contractStartDate": 20270104"#,
        ),
        (
            EventField::Hire(Field::BirthDate),
            r#""birthDate": ["1990-01-01"]"#,
        ),
        (
            EventField::Hire(Field::BirthDate),
            r#""birthDate": "0000-01-01""#,
        ),
        (
            EventField::Hire(Field::ContractEndDate),
            r#""contractEndDate": "9999-12-31""#,
        ),
        (EventField::Timestamp, r#""timestamp": "yesterday""#),
        (
            EventField::Timestamp,
            r#""timestamp": "0000-01-01T00:00:00Z""#,
        ),
        (EventField::Timestamp, r#""timestamp": -62135596800001"#),
        (EventField::SendToLucca, r#""sendToLucca": "maybe""#),
    ] {
        let event = event(&format!("{{{value}}}"));
        assert_eq!(event.unreadable, [field], "{value}");
        assert!(event.draft == Draft::default(), "{value}");
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
        assert!(event.unreadable.is_empty() && event.draft == Draft::default());
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
    assert_eq!(event.draft.contract_end_date, None);
    assert_eq!(event.unreadable, [EventField::Hire(Field::ContractEndDate)]);
    assert!(event.draft.contract_start_date.is_some());
    assert!(read("2027-01-04").draft.contract_end_date.is_some());
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
    assert_eq!(event.remarks, [WarningCode::StartDateFromTime]);
    assert!(event.draft.contract_start_date.is_some());
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
        (r#"{"a":1e999}"#, ParseError::UnholdableValue),
        ("[{}]", ParseError::NotAnEvent),
        (r#"{"data":"x"}"#, ParseError::NotAnEvent),
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
        assert_eq!(read.draft.personal_email.is_some(), own, "{address}");
        let unreadable = read
            .unreadable
            .contains(&EventField::Hire(Field::PersonalEmail));
        assert_eq!(unreadable, !own, "{address}");
    }
}
