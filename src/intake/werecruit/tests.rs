use jiff::tz::TimeZone;

use super::*;
use crate::{
    domain::{
        collaborator::{Draft, ManagerReference, Reference},
        dates::CivilDate,
        email::EmailAddress,
        event_field::EventField,
        field::{Field, FieldValue},
        finding::{Sent, Unreadable, WarningKind},
        ids::ExternalId,
        text::{FamilyName, GivenName},
    },
    intake::event::{EventKind, Mark, SendToLucca},
};

fn parse_in(body: &[u8], pairs: &[(&str, &str)]) -> Result<HireEvent, ParseError> {
    let mapping = Mapping::parse(pairs.iter().copied()).unwrap();
    let dates = DateContext {
        zone: &TimeZone::get("Europe/Paris").unwrap(),
        today: CivilDate::parse_iso("2026-11-23").unwrap(),
        day_first: false,
    };
    let received = "2026-11-23T09:01:00Z".parse().unwrap();
    parse(body, &mapping, &dates, received)
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
    assert_eq!(event.source(), ExternalId::parse("a-1").ok().as_ref());
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
    assert_eq!(event.source(), ExternalId::parse("42").ok().as_ref());
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
        assert_eq!(event(body).source(), source.as_ref(), "{body}");
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
    assert_eq!(event.remarks, [WarningKind::StartDateFromTime]);
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

/// The event of a confirmed hire with these members of `data`.
fn hired(data: &str) -> HireEvent {
    event(&format!(
        r#"{{"type":"hire.confirmed","data":{{"applicationId":"a-1",{data}}}}}"#
    ))
}

fn unreadable(field: Field, why: Unreadable, sent: &str) -> WarningKind {
    let sent = vec![Sent::new(sent)];
    WarningKind::FieldUnreadable { field, why, sent }
}

#[test]
fn an_address_of_the_sender_itself_is_an_address_nowhere() {
    for (name, field) in [
        ("personalEmail", Field::PersonalEmail),
        ("email", Field::PersonalEmail),
        ("professionalEmail", Field::ProfessionalEmail),
        ("login", Field::Login),
        ("managerEmail", Field::Manager),
        ("managerName", Field::Manager),
    ] {
        for (address, own) in [
            ("eloise@example.com", true),
            ("eloise@werecruit.io.example.com", true),
            ("jobs.e12@acme.werecruit.io", false),
            ("someone@WeRecruit.io", false),
            ("mailto:jobs.e12@acme.werecruit.io", false),
        ] {
            let read = hired(&format!(r#""{name}":"{address}""#));
            assert_eq!(read.draft.get(field).is_some(), own, "{name} {address}");
            let remark = unreadable(field, Unreadable::Relay, address);
            assert_eq!(read.remarks.contains(&remark), !own, "{name} {address}");
        }
    }
}

#[test]
fn equal_values_in_different_forms_are_one_value() {
    for (data, field) in [
        (
            r#""contractStartDate":"2027-01-04","startDate":"2027-01-04T00:00:00""#,
            Field::ContractStartDate,
        ),
        (
            r#""startDate":"2027-01-03T23:00:00Z","dateDebut":"2027-01-04T00:00:00+01:00""#,
            Field::ContractStartDate,
        ),
        (
            r#""birthDate":638928000000,"dateNaissance":"1990-04-01""#,
            Field::BirthDate,
        ),
        (r#""lastName":"LEFEVRE","nom":"Lefèvre""#, Field::FamilyName),
        (
            r#""personalEmail":"Zoe@example.com","emailPerso":"zoe@EXAMPLE.com""#,
            Field::PersonalEmail,
        ),
        (
            r#""personalEmail":"zoe@bücher.fr","emailPerso":"zoe@xn--bcher-kva.fr""#,
            Field::PersonalEmail,
        ),
        (
            r#""phone":"06 12 34 56 78","mobile":"+33612345678""#,
            Field::PersonalPhone,
        ),
        (
            r#""department":"R&D Lyon","departement":"r & d lyon""#,
            Field::Department,
        ),
        (
            r#""establishment":"SIEGE PARIS","etablissement":"Siège Paris""#,
            Field::Establishment,
        ),
        (
            r#""managerName":"Jean Martin","manager":"MARTIN Jean""#,
            Field::Manager,
        ),
        (
            r#""matricule":"000452","employeeNumber":"000452 ""#,
            Field::EmployeeNumber,
        ),
        // Beside a value, what stands for none says nothing.
        (
            r#""department":"Produit","departmentName":"N/A""#,
            Field::Department,
        ),
        (
            r#""department":{"id":13},"departmentName":"Produit""#,
            Field::Department,
        ),
    ] {
        let read = hired(data);
        assert!(read.draft.get(field).is_some(), "{data}");
        assert!(read.unreadable.is_empty(), "{data}");
        assert_eq!(read.remarks, [], "{data}");
    }
}

#[test]
fn a_contradiction_leaves_the_field_out_and_shows_what_was_sent() {
    for (data, field, sent) in [
        (
            r#""phone":"01 40 00 00 00","mobile":"06 12 34 56 78""#,
            Field::PersonalPhone,
            ["01 40 00 00 00", "06 12 34 56 78"],
        ),
        (
            r#""lastName":"Dupont","nom":"Durand""#,
            Field::FamilyName,
            ["Dupont", "Durand"],
        ),
        (
            r#""startDate":"2027-01-04","dateDebut":"2027-01-11""#,
            Field::ContractStartDate,
            ["2027-01-04", "2027-01-11"],
        ),
        // The one that cannot be read may be the right one.
        (
            r#""startDate":"2027-01-04","dateDebut":"11/01/2027""#,
            Field::ContractStartDate,
            ["2027-01-04", "11/01/2027"],
        ),
        (
            r#""department":"Produit","departement":"Vente""#,
            Field::Department,
            ["Produit", "Vente"],
        ),
        (
            r#""emailPerso":"a@b.fr","mailPerso":"c@d.fr""#,
            Field::PersonalEmail,
            ["a@b.fr", "c@d.fr"],
        ),
    ] {
        let read = hired(data);
        assert_eq!(read.draft.get(field), None, "{data}");
        assert_eq!(read.unreadable, [EventField::Hire(field)]);
        let sent = sent.map(Sent::new).to_vec();
        let remark = WarningKind::FieldContradictory { field, sent };
        assert_eq!(read.remarks, [remark], "{data}");
        assert!(read.ambiguous.is_empty() && read.source().is_some());
    }
}

#[test]
fn what_was_sent_and_is_no_value_is_told_with_the_reason() {
    use Unreadable::{BeforeStart, DayOrMonth, Form, Placeholder, Spoilt};
    for (data, field, why, sent) in [
        (
            r#""department":[{"id":13,"name":"R&D Lyon"}]"#,
            Field::Department,
            Form,
            "[{id: 13, name: R&D Lyon}]",
        ),
        (r#""role":true"#, Field::Role, Form, "true"),
        (
            r#""contractEndDate":"30/06/2027""#,
            Field::ContractEndDate,
            DayOrMonth,
            "30/06/2027",
        ),
        (
            r#""startDate":"2027-01-04","endDate":"2027-01-03""#,
            Field::ContractEndDate,
            BeforeStart,
            "2027-01-03",
        ),
        (
            r#""email":"a@b.fr; c@d.fr""#,
            Field::PersonalEmail,
            Form,
            "a@b.fr; c@d.fr",
        ),
        (r#""nationality":"XX""#, Field::Nationality, Form, "XX"),
        (
            r#""lastName":"L\uFFFDvre""#,
            Field::FamilyName,
            Spoilt,
            "L\u{FFFD}vre",
        ),
        (
            r#""firstName":"Ã‰loÃ¯se""#,
            Field::GivenName,
            Spoilt,
            "Ã‰loÃ¯se",
        ),
        (
            r#""lastName":"{{candidate.last_name}}""#,
            Field::FamilyName,
            Placeholder,
            "{{candidate.last_name}}",
        ),
        (
            r#""lastName":"undefined""#,
            Field::FamilyName,
            Placeholder,
            "undefined",
        ),
        (
            r#""department":"Non renseigné""#,
            Field::Department,
            Placeholder,
            "Non renseigné",
        ),
        (
            r#""startDate":"[object Object]""#,
            Field::ContractStartDate,
            Placeholder,
            "[object Object]",
        ),
    ] {
        let read = hired(data);
        assert_eq!(read.draft.get(field), None, "{data}");
        assert!(read.unreadable.contains(&EventField::Hire(field)), "{data}");
        assert_eq!(read.remarks, [unreadable(field, why, sent)], "{data}");
    }
}

#[test]
fn what_only_invisible_characters_were_sent_for_is_blank() {
    let read = hired(r#""lastName":"\u200B","email":"\uFEFF ","phone":"\u3164""#);
    assert!(read.draft == Draft::default() && read.remarks.is_empty());
    assert_eq!(read.blank.len(), 3);
}

#[test]
fn an_address_is_read_out_of_what_people_paste() {
    for text in [
        "\\u200Bzoe@example.com",
        "mailto:zoe@example.com",
        "Zoé Martin <zoe@example.com>",
        "<zoe@example.com>",
        " zoe@example.com\\u00A0",
    ] {
        let read = hired(&format!(r#""personalEmail":"{text}""#));
        let address = EmailAddress::parse("zoe@example.com").ok();
        assert!(read.draft.personal_email == address, "{text}");
        assert!(read.remarks.is_empty());
    }
}

#[test]
fn what_may_be_a_number_of_the_candidate_is_not_taken_for_a_login() {
    let read = |word: &str, value: &str| {
        hired(&format!(
            r#""lastName":"Dupont","firstName":"Éloïse","{word}":"{value}""#
        ))
    };
    for login in ["edupont", "E.DUPONT", "eloise", "e@example.com", "dupont12"] {
        let read = read("identifiant", login);
        assert!(
            read.draft.login.is_some() && read.remarks.is_empty(),
            "{login}"
        );
    }
    for number in [
        "C-124",
        "12345",
        "CAND-00017",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    ] {
        let left_out = read("identifiant", number);
        assert_eq!(left_out.draft.login, None, "{number}");
        let remark = unreadable(Field::Login, Unreadable::NotALogin, number);
        assert_eq!(left_out.remarks, [remark]);
        // These words mean a login and nothing else.
        for word in ["login", "username"] {
            assert!(read(word, number).draft.login.is_some(), "{word} {number}");
        }
    }
    let both = hired(r#""login":"edupont","identifiant":"C-124""#);
    assert!(both.draft.login.is_some() && both.remarks.is_empty());
}

#[test]
fn every_date_with_a_time_follows_the_tenants_zone_with_a_remark() {
    for (data, field, day, told) in [
        (
            "\"birthDate\":\"1990-03-31T20:00:00Z\"",
            Field::BirthDate,
            "1990-03-31",
            true,
        ),
        (
            "\"birthDate\":\"1990-03-31T22:00:00Z\"",
            Field::BirthDate,
            "1990-04-01",
            false,
        ),
        (
            "\"birthDate\":\"1990-04-01T00:00:00+04:00\"",
            Field::BirthDate,
            "1990-04-01",
            false,
        ),
        (
            "\"endDate\":\"2027-06-30T12:00:00\"",
            Field::ContractEndDate,
            "2027-06-30",
            true,
        ),
        (
            "\"endDate\":\"2027-06-29T22:00:00Z\"",
            Field::ContractEndDate,
            "2027-06-30",
            false,
        ),
    ] {
        let read = hired(data);
        let date = CivilDate::parse_iso(day).unwrap();
        assert_eq!(
            read.draft.get(field),
            Some(FieldValue::Date(date)),
            "{data}"
        );
        let remark = told.then_some(WarningKind::DateFromTime { field });
        assert_eq!(read.remarks, Vec::from_iter(remark), "{data}");
    }
}

#[test]
fn a_mark_of_a_test_is_read_like_every_flag_and_wherever_it_is() {
    for value in [
        "true",
        "1",
        r#""true""#,
        r#""YES""#,
        r#"" oui ""#,
        r#""vrai""#,
        r#""1""#,
    ] {
        for body in [
            format!(r#"{{"type":"hire.confirmed","test":{value}}}"#),
            format!(r#"{{"type":"hire.confirmed","data":{{"test":{value}}}}}"#),
            format!(r#"{{"type":"hire.confirmed","isTest":{value},"data":{{}}}}"#),
            format!(
                r#"{{"type":"hire.confirmed","test":false,"payload":{{"test_mode":{value}}}}}"#
            ),
        ] {
            assert_eq!(event(&body).kind, EventKind::Test, "{body}");
        }
    }
    for (value, mark) in [
        ("false", Mark::No),
        ("0", Mark::No),
        (r#""non""#, Mark::No),
        ("null", Mark::No),
        (r#""""#, Mark::No),
        (r#""maybe""#, Mark::Unreadable),
        ("{}", Mark::Unreadable),
        ("2", Mark::Unreadable),
    ] {
        let read = hired(&format!(r#""test":{value}"#));
        assert_eq!(
            (read.kind, read.test),
            (EventKind::Confirmed, mark),
            "{value}"
        );
    }
}

#[test]
fn an_id_that_is_nobodys_is_no_id() {
    for id in [
        r#""""#,
        "0",
        r#""0""#,
        "null",
        r#""null""#,
        r#""undefined""#,
        r#""None""#,
        r#""00000000-0000-0000-0000-000000000000""#,
        r#""{00000000-0000-0000-0000-000000000000}""#,
        r#""{{application.id}}""#,
        r#""\u200B""#,
    ] {
        let body = |application: &str, candidate: &str| {
            event(&format!(
                r#"{{"id":{id},"type":"hire.confirmed",
                    "data":{{"applicationId":{application},"candidateId":{candidate}}}}}"#
            ))
        };
        let source = |text: &str| ExternalId::parse(text).ok();
        let of_candidate = body(id, r#""c-1""#);
        assert_eq!(
            (of_candidate.source(), of_candidate.id.as_ref()),
            (source("c-1").as_ref(), None),
            "{id}"
        );
        let of_application = body(r#""a-1""#, id);
        assert_eq!(of_application.source(), source("a-1").as_ref(), "{id}");
        assert_eq!(of_application.person(), None, "{id}");
        assert_eq!(body(id, id).source(), None, "{id}");
    }
}

#[test]
fn a_time_is_read_in_its_unit_and_believed_if_it_makes_sense() {
    let received = "2026-11-23T09:01:00Z";
    for (time, read) in [
        (r#""2026-11-23T09:00:00Z""#, Some("2026-11-23T09:00:00Z")),
        (
            r#""2026-11-23T10:00:00+01:00""#,
            Some("2026-11-23T09:00:00Z"),
        ),
        ("1795424400", Some("2026-11-23T09:00:00Z")),
        ("1795424400000", Some("2026-11-23T09:00:00Z")),
        ("1795424400000000", Some("2026-11-23T09:00:00Z")),
        (r#""1795424400""#, Some("2026-11-23T09:00:00Z")),
        (r#""2026-11-23T09:06:00Z""#, Some("2026-11-23T09:06:00Z")),
        (r#""2026-11-23T09:06:01Z""#, None),
        (r#""2036-01-01T00:00:00Z""#, None),
        ("2082758400000", None),
        ("0", None),
        ("20261123", None),
        (r#""1970-01-01T00:00:00Z""#, None),
        (r#""0001-01-01T00:00:00Z""#, None),
        (r#""0001-01-01T00:00:00+01:00""#, None),
        (r#""2026-11-23T09:00:00""#, None),
        (r#""yesterday""#, None),
        ("[]", None),
    ] {
        let event = event(&format!(r#"{{"timestamp":{time}}}"#));
        let expected = read.map(|it| it.parse().unwrap());
        assert_eq!(event.occurred_at, expected, "{time} at {received}");
        let told = event.remarks == [WarningKind::EventTimeUnlikely];
        assert_eq!(told, read.is_none(), "{time}");
        assert_eq!(
            event.unreadable.contains(&EventField::Timestamp),
            read.is_none()
        );
    }
}
