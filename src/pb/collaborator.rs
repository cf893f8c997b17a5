//! The collaborator between the wire and the domain.

use std::collections::BTreeMap;

use super::{Fault, Faults, v1, values};
use crate::domain::{
    collaborator::{Draft, ManagerReference, Reference},
    dates::CivilDate,
    email::EmailAddress,
    ids::{ExternalId, SystemName},
    lucca_id::LuccaId,
    text::{EmployeeNumber, FamilyName, GivenName, JobTitle, Login, Phone},
};

/// The most entries of custom data.
const MOST_EXTENDED_DATA: usize = 100;

/// The longest code or name of a reference, in characters.
const LONGEST_REFERENCE: usize = 255;

/// Reads fields of a message and collects what is wrong.
struct Reader<'a> {
    path: &'a str,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    fn violate(&mut self, field: &str, fault: impl Into<Fault>) {
        let path = if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        };
        self.faults.add(path, fault);
    }

    fn keep<T, E: Into<Fault>>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.violate(field, error)).ok()
    }

    /// An empty text is an absent one, as proto3 cannot tell them apart.
    fn text<T, E: Into<Fault>>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if text.trim().is_empty() {
            return None;
        }
        self.keep(field, parse(text))
    }

    fn name(&mut self, field: &str, text: &str) -> Option<String> {
        let text = text.trim();
        if text.is_empty() {
            self.violate(field, Fault::Empty);
        } else if text.chars().count() > LONGEST_REFERENCE {
            let max = LONGEST_REFERENCE;
            self.violate(field, Fault::TooLong { max });
        } else {
            return Some(text.to_owned());
        }
        None
    }

    fn reference(&mut self, field: &str, given: Option<&v1::Reference>) -> Option<Reference> {
        use v1::reference::Target;
        let path = |part: &str| format!("{field}.{part}");
        match given?.target.as_ref() {
            None => {
                self.violate(field, Fault::not_one_of("lucca_id, code, name"));
                None
            }
            Some(Target::LuccaId(id)) => self
                .keep(&path("lucca_id"), LuccaId::try_from(*id))
                .map(Reference::LuccaId),
            Some(Target::Code(code)) => self.name(&path("code"), code).map(Reference::Code),
            Some(Target::Name(name)) => self.name(&path("name"), name).map(Reference::Name),
        }
    }

    fn manager(&mut self, given: Option<&v1::ManagerReference>) -> Option<ManagerReference> {
        use v1::manager_reference::Target;
        match given?.target.as_ref() {
            None => {
                let parts = "lucca_id, email, employee_number, name";
                self.violate("manager", Fault::not_one_of(parts));
                None
            }
            Some(Target::LuccaId(id)) => self
                .keep("manager.lucca_id", LuccaId::try_from(*id))
                .map(ManagerReference::LuccaId),
            Some(Target::Email(email)) => self
                .keep("manager.email", EmailAddress::parse(email))
                .map(ManagerReference::Email),
            Some(Target::EmployeeNumber(number)) => self
                .keep("manager.employee_number", EmployeeNumber::parse(number))
                .map(ManagerReference::EmployeeNumber),
            Some(Target::Name(name)) => self.name("manager.name", name).map(ManagerReference::Name),
        }
    }
}

/// Reads a collaborator. Every bad value is named by its path below `path`; what is
/// missing is not bad here.
pub fn draft(given: &v1::Collaborator, path: &str, faults: &mut Faults) -> Draft {
    let mut read = Reader { path, faults };
    let draft = Draft {
        family_name: read.text("family_name", &given.family_name, FamilyName::parse),
        given_name: read.text("given_name", &given.given_name, GivenName::parse),
        personal_email: read.text("personal_email", &given.personal_email, EmailAddress::parse),
        professional_email: read.text(
            "professional_email",
            &given.professional_email,
            EmailAddress::parse,
        ),
        login: read.text("login", &given.login, Login::parse),
        contract_start_date: read.text(
            "contract_start_date",
            &given.contract_start_date,
            CivilDate::parse_iso,
        ),
        contract_end_date: read.text(
            "contract_end_date",
            &given.contract_end_date,
            CivilDate::parse_iso,
        ),
        establishment: read.reference("establishment", given.establishment.as_ref()),
        department: read.reference("department", given.department.as_ref()),
        role: read.reference("role", given.role.as_ref()),
        manager: read.manager(given.manager.as_ref()),
        employee_number: read.text(
            "employee_number",
            &given.employee_number,
            EmployeeNumber::parse,
        ),
        job_title: read.text("job_title", &given.job_title, JobTitle::parse),
        personal_phone: read.text("personal_phone", &given.personal_phone, Phone::parse),
        birth_date: read.text("birth_date", &given.birth_date, CivilDate::parse_iso),
        extended_data: extended_data(&mut read, given),
    };
    if let (Some(start), Some(end)) = (draft.contract_start_date, draft.contract_end_date)
        && end < start
    {
        read.violate("contract_end_date", Fault::BeforeStart);
    }
    draft
}

fn extended_data(
    read: &mut Reader<'_>,
    given: &v1::Collaborator,
) -> BTreeMap<String, serde_json::Value> {
    if given.extended_data.len() > MOST_EXTENDED_DATA {
        let max = MOST_EXTENDED_DATA;
        read.violate("extended_data", Fault::TooMany { max });
    }
    let mut data = BTreeMap::new();
    for (code, value) in &given.extended_data {
        let rest = code.strip_prefix("e_").unwrap_or_default();
        let well_formed = !rest.is_empty()
            && rest.len() <= 100
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if well_formed {
            data.insert(code.clone(), values::json(value));
        } else {
            read.violate("extended_data", Fault::NotADataCode);
        }
    }
    data
}

/// A source as read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The system.
    pub system: SystemName,
    /// The id there.
    pub external_id: ExternalId,
    /// The person's id there.
    pub person: Option<ExternalId>,
    /// When the system said so.
    pub event_time: Option<jiff::Timestamp>,
}

/// Reads a source.
pub fn source(given: Option<&v1::Source>, path: &str, faults: &mut Faults) -> Option<Source> {
    let Some(given) = given else {
        faults.add(path, Fault::Missing);
        return None;
    };
    let mut read = Reader { path, faults };
    let system = read.keep("system", SystemName::parse(&given.system));
    let external_id = read.keep("external_id", ExternalId::parse(&given.external_id));
    let person = (!given.person_id.is_empty())
        .then(|| read.keep("person_id", ExternalId::parse(&given.person_id)))
        .flatten();
    let event_time = given
        .event_time
        .as_ref()
        .and_then(|time| read.keep("event_time", values::time(time).ok_or(Fault::NotATime)));
    Some(Source {
        system: system?,
        external_id: external_id?,
        person,
        event_time,
    })
}

/// A draft on the wire.
pub fn collaborator(draft: &Draft) -> v1::Collaborator {
    let date = |date: Option<CivilDate>| date.map(|date| date.to_string()).unwrap_or_default();
    macro_rules! text {
        ($field:ident) => {
            draft
                .$field
                .as_ref()
                .map(|value| value.as_str().to_owned())
                .unwrap_or_default()
        };
    }
    v1::Collaborator {
        family_name: text!(family_name),
        given_name: text!(given_name),
        personal_email: text!(personal_email),
        professional_email: text!(professional_email),
        login: text!(login),
        contract_start_date: date(draft.contract_start_date),
        contract_end_date: date(draft.contract_end_date),
        establishment: draft.establishment.as_ref().map(reference),
        department: draft.department.as_ref().map(reference),
        role: draft.role.as_ref().map(reference),
        manager: draft.manager.as_ref().map(manager),
        employee_number: text!(employee_number),
        job_title: text!(job_title),
        personal_phone: text!(personal_phone),
        birth_date: date(draft.birth_date),
        extended_data: draft
            .extended_data
            .iter()
            .map(|(code, json)| (code.clone(), values::value(json)))
            .collect(),
    }
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
    use super::*;

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
                "collaborator.extended_data"
            ]
        );
        assert!(
            faults
                .into_iter()
                .all(|(_, fault)| !format!("{fault:?}").contains("b.example"))
        );
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
            ..v1::Collaborator::default()
        };
        let mut faults = Faults::default();
        let read = draft(&given, "collaborator", &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(collaborator(&read), given);
    }

    #[test]
    fn a_contract_does_not_end_before_it_starts() {
        let given = v1::Collaborator {
            contract_start_date: "2027-01-04".into(),
            contract_end_date: "2027-01-03".into(),
            ..v1::Collaborator::default()
        };
        let mut faults = Faults::default();
        draft(&given, "sample", &mut faults);
        assert_eq!(faults.paths().next(), Some("sample.contract_end_date"));
    }
}
