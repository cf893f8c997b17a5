//! A collaborator and its source as messages, and read from messages.

use std::collections::BTreeMap;

use super::{Fault, Faults, v1, values};
use crate::domain::{
    collaborator::{Draft, ManagerReference, Reference},
    email::EmailAddress,
    event_time::is_future,
    field::{Field, FieldValue},
    finding::Question,
    ids::{ExternalId, SystemName},
    lucca_id::LuccaId,
    sense::contradictions,
    text::{EmployeeNumber, label},
};

/// The most entries of custom data.
const MOST_EXTENDED_DATA: usize = 100;

fn reference_of(given: Option<&v1::Reference>, field: &str, bad: &mut Faults) -> Option<Reference> {
    use v1::reference::Target;
    let target = given?.target.as_ref();
    let target = target.ok_or_else(|| Fault::not_one_of("lucca_id, code, name"));
    let (part, read) = match bad.keep(field, target)? {
        Target::LuccaId(id) => ("lucca_id", LuccaId::try_from(*id).map(Reference::LuccaId)),
        Target::Code(code) => ("code", label(code).map(Reference::Code)),
        Target::Name(name) => ("name", Reference::named(name)),
    };
    bad.keep(format!("{field}.{part}"), read)
}

fn manager_of(given: Option<&v1::ManagerReference>, bad: &mut Faults) -> Option<ManagerReference> {
    use v1::manager_reference::Target;
    let parts = "lucca_id, email, employee_number, name";
    let target = given?.target.as_ref();
    let target = target.ok_or_else(|| Fault::not_one_of(parts));
    let (part, read) = match bad.keep("manager", target)? {
        Target::LuccaId(id) => {
            let id = LuccaId::try_from(*id);
            ("lucca_id", id.map(ManagerReference::LuccaId))
        }
        Target::Email(email) => {
            let email = EmailAddress::parse(email);
            ("email", email.map(ManagerReference::Email))
        }
        Target::EmployeeNumber(number) => {
            let number = EmployeeNumber::parse(number);
            (
                "employee_number",
                number.map(ManagerReference::EmployeeNumber),
            )
        }
        Target::Name(name) => ("name", label(name).map(ManagerReference::Name)),
    };
    bad.keep(format!("manager.{part}"), read)
}

/// The member of the message that holds a field written as one text.
fn text_of(message: &mut v1::Collaborator, field: Field) -> Option<&mut String> {
    Some(match field {
        Field::FamilyName => &mut message.family_name,
        Field::GivenName => &mut message.given_name,
        Field::PersonalEmail => &mut message.personal_email,
        Field::ProfessionalEmail => &mut message.professional_email,
        Field::Login => &mut message.login,
        Field::ContractStartDate => &mut message.contract_start_date,
        Field::ContractEndDate => &mut message.contract_end_date,
        Field::EmployeeNumber => &mut message.employee_number,
        Field::JobTitle => &mut message.job_title,
        Field::PersonalPhone => &mut message.personal_phone,
        Field::BirthDate => &mut message.birth_date,
        Field::Nationality => &mut message.nationality,
        Field::Establishment
        | Field::Department
        | Field::Role
        | Field::Manager
        | Field::ExtendedData
        | Field::Culture => return None,
    })
}

/// Reads a collaborator. Every bad value is reported by its path below `path`; a missing value
/// is not bad here.
pub fn draft(given: &v1::Collaborator, path: &str, faults: &mut Faults) -> Draft {
    let mut bad = Faults::default();
    let mut draft = Draft::default();
    let mut texts = given.clone();
    for field in Field::OF_HIRE {
        let name = field.name();
        match field {
            Field::Establishment => {
                draft.establishment = reference_of(given.establishment.as_ref(), name, &mut bad);
            }
            Field::Department => {
                draft.department = reference_of(given.department.as_ref(), name, &mut bad);
            }
            Field::Role => draft.role = reference_of(given.role.as_ref(), name, &mut bad),
            Field::Manager => draft.manager = manager_of(given.manager.as_ref(), &mut bad),
            Field::ExtendedData => draft.extended_data = extended_data(given, &mut bad),
            field => {
                let text = text_of(&mut texts, *field).map(std::mem::take);
                // Proto3 cannot tell an empty text from an absent one.
                if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                    bad.keep(name, draft.set(*field, FieldValue::Text(text)));
                }
            }
        }
    }
    faults.append_below(path, bad);
    draft
}

/// Names what does not fit together in a message.
pub fn check_sense(draft: &Draft, path: &str, faults: &mut Faults) {
    for question in contradictions(draft) {
        let (field, fault) = match question {
            Question::EndBeforeStart { .. } => (Field::ContractEndDate, Fault::BeforeStart),
            Question::BirthAfterStart { .. } => (Field::BirthDate, Fault::NotBeforeStart),
            Question::CodesAlike { .. } => (Field::ExtendedData, Fault::CodesAlike),
            // What is read from a message can be used.
            _ => continue,
        };
        faults.add(format!("{path}.{}", field.name()), fault);
    }
}

fn extended_data(
    given: &v1::Collaborator,
    bad: &mut Faults,
) -> BTreeMap<String, serde_json::Value> {
    if given.extended_data.len() > MOST_EXTENDED_DATA {
        let max = MOST_EXTENDED_DATA;
        bad.add("extended_data", Fault::TooMany { max });
    }
    let mut data = BTreeMap::new();
    for (code, value) in &given.extended_data {
        let rest = code.strip_prefix("e_").unwrap_or_default();
        let well_formed = !rest.is_empty()
            && rest.len() <= 100
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if !well_formed {
            bad.add("extended_data", Fault::NotADataCode);
        } else if !values::is_finite(value) {
            bad.add("extended_data", Fault::NotFinite);
        } else {
            data.insert(code.clone(), values::json(value));
        }
    }
    data
}

/// A source, parsed.
#[derive(Clone, Debug)]
pub struct Source {
    /// The system.
    pub system: SystemName,
    /// The hire's id in the system.
    pub external_id: ExternalId,
    /// The person's id in the system.
    pub person: Option<ExternalId>,
    /// When the system made the statement.
    pub event_time: Option<jiff::Timestamp>,
}

/// Reads a source; reports what is bad about it by its path.
pub fn source(given: Option<&v1::Source>, path: &str, faults: &mut Faults) -> Option<Source> {
    let Some(given) = given else {
        faults.add(path, Fault::Missing);
        return None;
    };
    let mut bad = Faults::default();
    let system = bad.keep("system", SystemName::parse(&given.system));
    let external_id = bad.keep("external_id", hire_id(&given.external_id));
    let person = Some(given.person_id.as_str()).filter(|id| !ExternalId::is_nobodys(id));
    let person = person.and_then(|id| bad.keep("person_id", ExternalId::parse(id)));
    let event_time = given.event_time.as_ref();
    let event_time = event_time
        .and_then(|time| bad.keep("event_time", values::time(time).ok_or(Fault::NotATime)));
    faults.append_below(path, bad);
    Some(Source {
        system: system?,
        external_id: external_id?,
        person,
        event_time,
    })
}

/// The id of a hire. What programs write for want of an id would make one hire of many people.
fn hire_id(text: &str) -> Result<ExternalId, Fault> {
    match text.trim() {
        "" => Err(Fault::Missing),
        id if ExternalId::is_nobodys(id) => Err(Fault::NobodysId),
        id => Ok(ExternalId::parse(id)?),
    }
}

impl Source {
    /// Leaves out a time that is later than now, so that it does not outlive what is said
    /// after it; tells whether there was one.
    pub fn leave_out_future(&mut self, now: jiff::Timestamp) -> bool {
        let is_future = self.event_time.is_some_and(|time| is_future(time, now));
        if is_future {
            self.event_time = None;
        }
        is_future
    }
}

/// A draft as a message.
pub fn collaborator(draft: &Draft) -> v1::Collaborator {
    let mut message = v1::Collaborator {
        establishment: draft.establishment.as_ref().map(reference),
        department: draft.department.as_ref().map(reference),
        role: draft.role.as_ref().map(reference),
        manager: draft.manager.as_ref().map(manager),
        extended_data: draft
            .extended_data
            .iter()
            .map(|(code, json)| (code.clone(), values::value(json)))
            .collect(),
        ..v1::Collaborator::default()
    };
    for field in Field::OF_HIRE {
        let text = draft.get(*field).and_then(|value| value.as_text());
        if let (Some(text), Some(member)) = (text, text_of(&mut message, *field)) {
            *member = text;
        }
    }
    message
}

fn reference(reference: &Reference) -> v1::Reference {
    use v1::reference::Target;
    v1::Reference {
        target: Some(match reference {
            Reference::LuccaId(id) => Target::LuccaId(id.get()),
            Reference::Code(code) => Target::Code(code.clone()),
            Reference::Name(name) => Target::Name(name.clone()),
        }),
    }
}

fn manager(reference: &ManagerReference) -> v1::ManagerReference {
    use v1::manager_reference::Target;
    v1::ManagerReference {
        target: Some(match reference {
            ManagerReference::LuccaId(id) => Target::LuccaId(id.get()),
            ManagerReference::Email(email) => Target::Email(email.as_str().to_owned()),
            ManagerReference::EmployeeNumber(number) => {
                Target::EmployeeNumber(number.as_str().to_owned())
            }
            ManagerReference::Name(name) => Target::Name(name.clone()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{language::Language, onboarding::read_back::draft as generated};

    #[test]
    fn every_bad_field_is_named_at_once_by_its_path() {
        let given = v1::Collaborator {
            family_name: "x".repeat(300),
            personal_email: "a@b.example, c@d.example".into(),
            contract_start_date: "04/01/2027".into(),
            establishment: Some(v1::Reference { target: None }),
            manager: Some(v1::ManagerReference {
                target: Some(v1::manager_reference::Target::LuccaId(0)),
            }),
            extended_data: [("quote".to_owned(), prost_types::Value::default())].into(),
            nationality: "XX".into(),
            ..v1::Collaborator::default()
        };
        let mut faults = Faults::default();
        draft(&given, "collaborator", &mut faults);
        let paths: Vec<&str> = faults.paths().collect();
        assert_eq!(
            paths,
            [
                "collaborator.family_name",
                "collaborator.personal_email",
                "collaborator.contract_start_date",
                "collaborator.establishment",
                "collaborator.manager.lucca_id",
                "collaborator.extended_data",
                "collaborator.nationality"
            ]
        );
        assert!(
            faults
                .into_iter()
                .all(|(_, fault)| !format!("{fault:?}").contains("b.example"))
        );
    }

    #[test]
    fn dates_of_impossible_years_are_named_in_both_languages() {
        for text in ["0000-01-01", "1899-12-31", "2201-01-01", "9999-12-31"] {
            let given = v1::Collaborator {
                contract_start_date: text.into(),
                contract_end_date: text.into(),
                birth_date: text.into(),
                ..v1::Collaborator::default()
            };
            let mut faults = Faults::default();
            let read = draft(&given, "amend.collaborator", &mut faults);
            assert_eq!(read, Draft::default());
            let paths: Vec<&str> = faults.paths().collect();
            assert_eq!(
                paths,
                [
                    "amend.collaborator.contract_start_date",
                    "amend.collaborator.contract_end_date",
                    "amend.collaborator.birth_date"
                ]
            );
            for (_, fault) in faults {
                let said = Language::ALL.iter().map(|language| fault.said(*language));
                assert_eq!(
                    said.collect::<Vec<_>>(),
                    [
                        "must be a day of the years 1900 to 2200",
                        "doit être un jour des années 1900 à 2200"
                    ]
                );
            }
        }
    }

    #[test]
    fn a_collaborator_survives_the_way_in_and_out() {
        let given = v1::Collaborator {
            family_name: "Dupont".into(),
            given_name: "Éloïse".into(),
            personal_email: "eloise@example.com".into(),
            contract_start_date: "2027-01-04".into(),
            contract_end_date: "2027-06-30".into(),
            establishment: Some(v1::Reference {
                target: Some(v1::reference::Target::Name("Siège Paris".into())),
            }),
            manager: Some(v1::ManagerReference {
                target: Some(v1::manager_reference::Target::Name("Jean Martin".into())),
            }),
            extended_data: [("e_quote".to_owned(), values::value(&"hello".into()))].into(),
            nationality: "FR".into(),
            ..v1::Collaborator::default()
        };
        let mut faults = Faults::default();
        let read = draft(&given, "collaborator", &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(collaborator(&read), given);
    }

    proptest! {
        #[test]
        fn whatever_is_shown_of_a_hire_is_accepted_again(read in generated()) {
            let mut faults = Faults::default();
            prop_assert_eq!(draft(&collaborator(&read), "collaborator", &mut faults), read);
            prop_assert!(faults.is_empty(), "{:?}", faults);
        }
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        use prost_types::{ListValue, Value, value::Kind};
        let number = |number| Value {
            kind: Some(Kind::NumberValue(number)),
        };
        let list = |number_| Value {
            kind: Some(Kind::ListValue(ListValue {
                values: vec![number(1.0), number(number_)],
            })),
        };
        for (value, fine) in [
            (number(1.5), true),
            (number(f64::NAN), false),
            (number(f64::INFINITY), false),
            (number(f64::NEG_INFINITY), false),
            (list(2.0), true),
            (list(f64::NAN), false),
        ] {
            let given = v1::Collaborator {
                extended_data: [("e_quote".to_owned(), value)].into(),
                ..v1::Collaborator::default()
            };
            let mut faults = Faults::default();
            draft(&given, "collaborator", &mut faults);
            assert_eq!(faults.is_empty(), fine);
        }
    }

    #[test]
    fn ids_that_are_nobodys_are_no_ids() {
        let read = |external_id: &str, person_id: &str| {
            let given = v1::Source {
                system: "test".into(),
                external_id: external_id.into(),
                person_id: person_id.into(),
                ..v1::Source::default()
            };
            let mut faults = Faults::default();
            source(Some(&given), "source", &mut faults).map(|read| read.person)
        };
        assert_eq!(read("a-1", "undefined"), Some(None));
        assert!(read("a-1", "c-1").unwrap().is_some());
        for id in ["", "0", "null", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(read(id, "c-1"), None, "{id}");
        }
    }

    #[test]
    fn a_time_in_the_future_is_left_out() {
        let now: jiff::Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        for (time, left_out) in [
            ("2026-11-23T09:05:00Z", false),
            ("2026-11-23T09:05:01Z", true),
            ("2036-01-01T00:00:00Z", true),
            ("1970-01-01T00:16:40Z", false),
        ] {
            let mut source = Source {
                system: SystemName::parse("test").unwrap(),
                external_id: ExternalId::parse("a-1").unwrap(),
                person: None,
                event_time: time.parse().ok(),
            };
            assert_eq!(source.leave_out_future(now), left_out, "{time}");
            assert_eq!(source.event_time.is_none(), left_out);
        }
    }

    #[test]
    fn a_message_whose_values_contradict_each_other_is_refused_by_their_paths() {
        let code = |code: &str| (code.to_owned(), values::value(&"x".into()));
        let given = v1::Collaborator {
            contract_start_date: "2027-01-04".into(),
            contract_end_date: "2027-01-03".into(),
            birth_date: "2027-01-04".into(),
            extended_data: [code("e_quote"), code("e_Quote")].into(),
            ..v1::Collaborator::default()
        };
        let mut faults = Faults::default();
        let read = draft(&given, "sample", &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        check_sense(&read, "sample", &mut faults);
        let paths: Vec<&str> = faults.paths().collect();
        let fields = ["contract_end_date", "birth_date", "extended_data"];
        assert_eq!(paths, fields.map(|field| format!("sample.{field}")));
    }
}
