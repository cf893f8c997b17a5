//! Hires and reports as the service's messages.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{
    domain::email::EmailAddress,
    intake::{
        decide::{Hire, Source, Warning},
        event::HireFields,
        fields::Field,
        werecruit,
    },
    pb::v1::{self, manager_reference, reference},
};

pub(super) fn create(tenant: &str, hire: Hire) -> v1::CreateCollaboratorRequest {
    v1::CreateCollaboratorRequest {
        tenant: tenant.to_owned(),
        source: Some(source(&hire.source)),
        collaborator: Some(collaborator(hire.fields)),
        // A hire that lacks something is better seen there than nowhere.
        accept_incomplete: true,
        ..v1::CreateCollaboratorRequest::default()
    }
}

/// What an event says anew of a hire. A field without a value is cleared, unless no hire
/// can do without it: that is no way to take a name or a start date back.
pub(super) fn amend(tenant: &str, hire: Hire) -> v1::CreateCollaboratorRequest {
    let said = said(&hire.fields).into_iter();
    let cleared = hire
        .blank
        .iter()
        .filter(|field| !is_needed(**field))
        .filter_map(|field| path(*field));
    let paths: BTreeSet<&str> = said.chain(cleared).collect();
    v1::CreateCollaboratorRequest {
        update_mask: Some(prost_types::FieldMask {
            paths: paths.into_iter().map(str::to_owned).collect(),
        }),
        ..create(tenant, hire)
    }
}

/// The paths of the fields that have a value.
fn said(fields: &HireFields) -> Vec<&'static str> {
    let table = [
        (Field::LastName, fields.family_name.is_some()),
        (Field::FirstName, fields.given_name.is_some()),
        (Field::PersonalEmail, fields.personal_email.is_some()),
        (
            Field::ProfessionalEmail,
            fields.professional_email.is_some(),
        ),
        (Field::Login, fields.login.is_some()),
        (
            Field::ContractStartDate,
            fields.contract_start_date.is_some(),
        ),
        (Field::ContractEndDate, fields.contract_end_date.is_some()),
        (Field::Establishment, fields.establishment.is_some()),
        (Field::Department, fields.department.is_some()),
        (Field::Role, fields.role.is_some()),
        (Field::ManagerName, fields.manager_name.is_some()),
        (Field::ManagerEmail, fields.manager_email.is_some()),
        (Field::EmployeeNumber, fields.employee_number.is_some()),
        (Field::JobTitle, fields.job_title.is_some()),
        (Field::PersonalPhone, fields.personal_phone.is_some()),
        (Field::BirthDate, fields.birth_date.is_some()),
    ];
    let said = table.into_iter().filter(|(_, said)| *said);
    said.filter_map(|(field, _)| path(field)).collect()
}

/// Whether a hire cannot do without a field.
fn is_needed(field: Field) -> bool {
    matches!(
        field,
        Field::LastName | Field::FirstName | Field::PersonalEmail | Field::ContractStartDate
    )
}

/// The field of the collaborator that an event's field becomes.
fn path(field: Field) -> Option<&'static str> {
    use crate::domain::field::Field as Of;
    let field = match field {
        Field::LastName => Of::FamilyName,
        Field::FirstName => Of::GivenName,
        Field::PersonalEmail => Of::PersonalEmail,
        Field::ProfessionalEmail => Of::ProfessionalEmail,
        Field::Login => Of::Login,
        Field::ContractStartDate => Of::ContractStartDate,
        Field::ContractEndDate => Of::ContractEndDate,
        Field::Establishment => Of::Establishment,
        Field::Department => Of::Department,
        Field::Role => Of::Role,
        Field::ManagerName | Field::ManagerEmail => Of::Manager,
        Field::EmployeeNumber => Of::EmployeeNumber,
        Field::JobTitle => Of::JobTitle,
        Field::PersonalPhone => Of::PersonalPhone,
        Field::BirthDate => Of::BirthDate,
        Field::Id
        | Field::Type
        | Field::Timestamp
        | Field::ApplicationId
        | Field::CandidateId
        | Field::SendToLucca => return None,
    };
    Some(field.name())
}

/// The codes of what is odd about a hire, separated by commas; empty if nothing is.
pub(super) fn remarks(warnings: &[Warning]) -> String {
    let mut codes: Vec<&str> = warnings.iter().filter_map(remark).collect();
    codes.dedup();
    codes.join(",")
}

fn remark(warning: &Warning) -> Option<&'static str> {
    match warning {
        Warning::SendToLuccaAbsent => Some("SEND_TO_LUCCA_ABSENT"),
        Warning::StartDateUnreadable => Some("START_DATE_UNREADABLE"),
        Warning::Date(Field::ContractStartDate, _) => Some("START_DATE_FROM_TIME"),
        // Nothing is decided by another date.
        Warning::Date(..) => None,
    }
}

pub(super) fn source(source: &Source) -> v1::Source {
    v1::Source {
        system: werecruit::SYSTEM.to_owned(),
        external_id: source.external_id.as_str().to_owned(),
        person_id: text(source.person.clone()),
        event_time: source.event_time.map(timestamp),
    }
}

pub(super) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let nanos = time.as_nanosecond();
    prost_types::Timestamp {
        // Before 1970 the fraction still counts upwards.
        seconds: i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or_default(),
        nanos: i32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or_default(),
    }
}

fn collaborator(fields: HireFields) -> v1::Collaborator {
    let manager = manager(fields.manager_email, fields.manager_name);
    v1::Collaborator {
        family_name: text(fields.family_name),
        given_name: text(fields.given_name),
        personal_email: text(fields.personal_email),
        professional_email: text(fields.professional_email),
        login: text(fields.login),
        contract_start_date: text(fields.contract_start_date),
        contract_end_date: text(fields.contract_end_date),
        establishment: fields.establishment.map(named),
        department: fields.department.map(named),
        role: fields.role.map(named),
        manager,
        employee_number: text(fields.employee_number),
        job_title: text(fields.job_title),
        personal_phone: text(fields.personal_phone),
        birth_date: text(fields.birth_date),
        ..v1::Collaborator::default()
    }
}

fn text<T: Into<String>>(value: Option<T>) -> String {
    value.map(Into::into).unwrap_or_default()
}

fn named(name: String) -> v1::Reference {
    let target = Some(reference::Target::Name(name));
    v1::Reference { target }
}

/// An address names a manager more surely than a name, also where one is sent as the name.
fn manager(email: Option<EmailAddress>, name: Option<String>) -> Option<v1::ManagerReference> {
    use manager_reference::Target;
    let in_name = name
        .as_deref()
        .and_then(|name| EmailAddress::parse(name).ok());
    let target = match email.or(in_name) {
        Some(email) => Target::Email(email.into()),
        None => Target::Name(name?),
    };
    Some(v1::ManagerReference {
        target: Some(target),
    })
}

/// Why the service refused a hire: its reason, else the code, in `UPPER_SNAKE_CASE`.
pub(super) fn rejection_reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .filter(|reason| !reason.is_empty())
        .unwrap_or_else(|| "REJECTED".to_owned())
}

/// The fields the service found fault with, by the event's names where it has one.
pub(super) fn rejected_fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|details| details.field_violations)
        .unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| {
            let path = violation.field;
            let last = path.strip_prefix("collaborator.").unwrap_or(&path);
            match Field::named(last.split('.').next().unwrap_or(last)) {
                Some(field) => field.canonical().to_owned(),
                None => path,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn instants_keep_their_fraction_on_either_side_of_1970() {
        for (text, seconds, nanos) in [
            ("2026-11-23T09:00:00.5Z", 1_795_424_400, 500_000_000),
            ("1969-12-31T23:59:59.75Z", -1, 750_000_000),
            ("1970-01-01T00:00:00Z", 0, 0),
        ] {
            let expected = prost_types::Timestamp { seconds, nanos };
            assert_eq!(timestamp(text.parse().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn oddities_of_a_hire_have_codes() {
        use crate::domain::dates::DateNote::TimeDropped;
        let all = [
            Warning::SendToLuccaAbsent,
            Warning::Date(Field::ContractEndDate, TimeDropped),
            Warning::Date(Field::ContractStartDate, TimeDropped),
        ];
        assert_eq!(remarks(&all), "SEND_TO_LUCCA_ABSENT,START_DATE_FROM_TIME");
        assert_eq!(remarks(&all[1..2]), "");
        let unread = remarks(&[Warning::StartDateUnreadable]);
        assert_eq!(unread, "START_DATE_UNREADABLE");
        // A code that the service does not know would be lost on the way.
        for code in remarks(&all).split(',').chain([unread.as_str()]) {
            assert!(
                crate::domain::finding::Warning::remark(code).is_some(),
                "{code}"
            );
        }
    }

    #[test]
    fn a_manager_is_named_as_surely_as_possible() {
        use manager_reference::Target;
        let email = || EmailAddress::parse("m@x.fr").ok();
        let name = |name: &str| Some(name.to_owned());
        for (by_email, by_name, expected) in [
            (None, None, None),
            (
                None,
                name("Jean Martin"),
                Some(Target::Name("Jean Martin".to_owned())),
            ),
            (
                email(),
                name("Jean Martin"),
                Some(Target::Email("m@x.fr".to_owned())),
            ),
            (
                None,
                name("j@x.fr"),
                Some(Target::Email("j@x.fr".to_owned())),
            ),
        ] {
            let found = manager(by_email, by_name).and_then(|manager| manager.target);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_events_own_words() {
        let mut details = ErrorDetails::new();
        details
            .set_error_info("COLLABORATOR_INVALID", "onboarding.hr", [])
            .set_bad_request(vec![
                FieldViolation::new("collaborator.family_name", "…"),
                FieldViolation::new("collaborator.establishment.name", "…"),
                FieldViolation::new("source.external_id", "…"),
            ]);
        let status = tonic::Status::with_error_details(Code::InvalidArgument, "…", details);
        assert_eq!(rejection_reason(&status), "COLLABORATOR_INVALID");
        assert_eq!(
            rejected_fields(&status),
            ["last_name", "establishment", "source.external_id"]
        );
        let bare = Status::invalid_argument("…");
        assert_eq!(rejection_reason(&bare), "REJECTED");
        assert!(rejected_fields(&bare).is_empty());
    }
}
