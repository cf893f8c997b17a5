//! What Lucca shows of each follow-up, as tables.

use crate::domain::finding::Reason;
use serde_json::json;

use super::*;
use crate::domain::{
    collaborator::{ManagerReference, Reference},
    email::EmailAddress,
    employee::{Placed, SeenManager},
    finding::Origin,
    matching_key::full_name_keys,
    text::{FamilyName, JobTitle, Nationality, Phone},
};

const TODAY: &str = "2027-01-04";

fn id(number: i64) -> LuccaId {
    LuccaId::try_from(number).unwrap()
}

fn date(text: &str) -> CivilDate {
    CivilDate::parse_iso(text).unwrap()
}

fn there(text: &str) -> Shown<FieldValue> {
    Shown::There(FieldValue::Text(text.to_owned()))
}

fn day(text: &str) -> Shown<FieldValue> {
    Shown::There(FieldValue::Date(date(text)))
}

fn placed(number: i64, name: &str) -> Shown<Placed> {
    Shown::There(Placed {
        id: id(number),
        name: Some(name.to_owned()),
        code: Some(format!("U{number}")),
    })
}

fn manager(number: i64, end: Shown<CivilDate>) -> Shown<SeenManager> {
    Shown::There(SeenManager {
        id: id(number),
        names: full_name_keys("Jean", "MARTIN").into(),
        email: Some("jean@example.com".into()),
        employee_number: None,
        start: Shown::There(date("2020-01-01")),
        end,
    })
}

fn sent(field: Field, value: &str) -> ResolvedField {
    ResolvedField {
        field,
        value: value.into(),
        label: String::new(),
        origin: Origin::Derived,
        reason: Reason::Given,
    }
}

/// What was sent: the personal address twice, department 14 by default, no establishment.
fn resolution() -> Vec<ResolvedField> {
    vec![
        sent(Field::ProfessionalEmail, "Eloise@example.com"),
        sent(Field::Login, "Eloise@example.com"),
        sent(Field::Department, "14"),
        sent(Field::Establishment, ""),
    ]
}

/// A follow-up of this kind, about a field where the kind is about any.
fn item(code: Code, field: Option<Field>) -> FollowUp {
    let stored = serde_json::json!({ "code": code.as_str(), "field": field });
    FollowUp::from(serde_json::from_value::<crate::domain::follow_up::Task>(stored).unwrap())
}

fn look<'a>(
    employee: Option<&'a Employee>,
    resolution: &'a [ResolvedField],
    wanted: &'a Draft,
) -> Look<'a> {
    Look {
        user: id(7),
        employee,
        visibility_proven: true,
        today: date(TODAY),
        start: Some(date("2027-03-01")),
        resolution,
        wanted,
        labels: &[],
    }
}

/// What one look at this employee says of a follow-up.
fn answer(mut item: FollowUp, employee: &Employee) -> Option<Answer> {
    let (resolution, wanted) = (resolution(), Draft::default());
    item.look(
        &look(Some(employee), &resolution, &wanted),
        Timestamp::UNIX_EPOCH,
    );
    item.seen.map(|seen| seen.answer)
}

#[test]
fn an_address_or_login_is_replaced_once_another_is_there() {
    use Answer::{Done, Open, Unknown};
    let table = [
        (there("eloise@EXAMPLE.com"), Open),
        (there("e.dupont@acme.example"), Done),
        (Shown::Nothing, Unknown),
        (Shown::Hidden, Unknown),
    ];
    for (shown, expected) in table {
        let employee = Employee {
            values: [
                (Field::ProfessionalEmail, shown.clone()),
                (Field::Login, shown.clone()),
            ]
            .into(),
            ..Employee::default()
        };
        for code in [Code::ReplaceProfessionalEmail, Code::ReplaceLogin] {
            assert_eq!(
                answer(item(code, None), &employee),
                Some(expected),
                "{shown:?}"
            );
        }
    }
}

#[test]
fn a_default_that_was_changed_is_confirmed_and_one_that_was_not_may_be_right() {
    let confirm = || item(Code::ConfirmDefaults, Some(Field::Department));
    let at = |number| Employee {
        department: placed(number, "Somewhere"),
        ..Employee::default()
    };
    assert_eq!(answer(confirm(), &at(14)), Some(Answer::Unknown));
    assert_eq!(answer(confirm(), &at(15)), Some(Answer::Done));
    assert_eq!(
        answer(confirm(), &Employee::default()),
        Some(Answer::Unknown)
    );
    let unmatched = item(Code::CorrectUnmatched, Some(Field::Department));
    assert_eq!(answer(unmatched, &at(15)), Some(Answer::Done));
}

#[test]
fn what_was_left_to_lucca_is_compared_with_what_lucca_showed_first() {
    let (resolution, wanted) = (resolution(), Draft::default());
    let mut confirm = item(Code::ConfirmDefaults, Some(Field::Establishment));
    let mut see = |number| {
        let employee = Employee {
            establishment: placed(number, "Somewhere"),
            ..Employee::default()
        };
        confirm.look(
            &look(Some(&employee), &resolution, &wanted),
            Timestamp::UNIX_EPOCH,
        );
        confirm.seen.map(|seen| seen.answer)
    };
    assert_eq!(see(3), Some(Answer::Unknown));
    assert_eq!(see(3), Some(Answer::Unknown));
    assert_eq!(see(4), Some(Answer::Done));
    // Back again: somebody has decided, so it stays confirmed.
    assert_eq!(see(3), Some(Answer::Done));
}

#[test]
fn a_manager_whom_lucca_shows_first_may_be_right_unless_inactive_or_the_person() {
    use Answer::{Open, Unknown};
    let table = [
        (Shown::Hidden, Unknown),
        (Shown::Nothing, Open),
        (manager(8, Shown::Nothing), Unknown),
        (manager(8, Shown::There(date("2027-01-03"))), Open),
        (manager(8, Shown::Hidden), Unknown),
        (manager(7, Shown::Nothing), Open),
    ];
    for (shown, expected) in table {
        let employee = Employee {
            manager: shown.clone(),
            ..Employee::default()
        };
        let found = answer(item(Code::SetManager, Some(Field::Manager)), &employee);
        assert_eq!(found, Some(expected), "{shown:?}");
    }
}

#[test]
fn a_manager_is_set_once_somebody_active_is_there_whom_lucca_did_not_show_first() {
    use Answer::{Done, Open, Unknown};
    let gone = || Shown::There(date("2027-01-03"));
    let table = [
        // Looked at again without a change, then changed; back again stays decided.
        vec![
            (manager(8, Shown::Nothing), Unknown),
            (manager(8, Shown::Nothing), Unknown),
            (manager(9, Shown::Nothing), Done),
            (manager(8, Shown::Nothing), Done),
        ],
        vec![
            (Shown::Hidden, Unknown),
            (manager(8, Shown::Nothing), Unknown),
            (manager(9, gone()), Open),
            (manager(9, Shown::Nothing), Done),
        ],
        // Nobody at first, or only the person: whoever comes then was chosen.
        vec![(Shown::Nothing, Open), (manager(8, Shown::Nothing), Done)],
        vec![
            (manager(7, Shown::Nothing), Open),
            (manager(8, Shown::Nothing), Done),
        ],
        // One who comes back to work was not chosen.
        vec![
            (manager(8, gone()), Open),
            (manager(8, Shown::Nothing), Unknown),
        ],
    ];
    let (resolution, wanted) = (resolution(), Draft::default());
    for steps in table {
        let mut item = item(Code::SetManager, Some(Field::Manager));
        for (place, (shown, expected)) in steps.iter().enumerate() {
            let employee = Employee {
                manager: shown.clone(),
                ..Employee::default()
            };
            item.look(
                &look(Some(&employee), &resolution, &wanted),
                Timestamp::UNIX_EPOCH,
            );
            let found = item.seen.map(|seen| seen.answer);
            assert_eq!(found, Some(*expected), "{steps:?} at {place}");
        }
    }
}

#[test]
fn a_withdrawn_hire_is_settled_once_the_file_has_ended_or_is_gone() {
    use Answer::{Done, Open, Unknown};
    let table = [
        (Shown::Hidden, Unknown),
        (Shown::Nothing, Open),
        // A fixed term that goes on.
        (day("2027-12-31"), Open),
        (day("2027-01-03"), Done),
        // Called off: it ends on the day on which it would begin.
        (day("2027-03-01"), Done),
    ];
    for (end, expected) in table {
        let employee = Employee {
            values: [(Field::ContractEndDate, end.clone())].into(),
            ..Employee::default()
        };
        let found = answer(item(Code::WithdrawnAfterCreation, None), &employee);
        assert_eq!(found, Some(expected), "{end:?}");
    }
    let (resolution, wanted) = (resolution(), Draft::default());
    for (visibility_proven, expected) in [(true, Done), (false, Unknown)] {
        let mut withdrawn = item(Code::WithdrawnAfterCreation, None);
        let nobody = Look {
            visibility_proven,
            ..look(None, &resolution, &wanted)
        };
        withdrawn.look(&nobody, Timestamp::UNIX_EPOCH);
        assert_eq!(withdrawn.seen.map(|seen| seen.answer), Some(expected));
    }
}

#[test]
fn a_change_is_carried_over_once_lucca_shows_what_is_wanted_now() {
    let employee = Employee {
        values: [
            (Field::FamilyName, there("DUPONT-MOREL")),
            (Field::JobTitle, there("Cheffe")),
            (Field::PersonalEmail, Shown::Nothing),
            (Field::PersonalPhone, there("+33 6.12.34.56.78")),
            (Field::ContractStartDate, day("2027-02-01")),
            (Field::ContractEndDate, Shown::Nothing),
        ]
        .into(),
        department: placed(15, "Produit"),
        manager: manager(8, Shown::Nothing),
        extended_data: Some(
            [
                ("e_quote".to_owned(), json!("hello")),
                ("e_kind".to_owned(), json!(3)),
            ]
            .into(),
        ),
        ..Employee::default()
    };
    let custom = |code: &str, value: Value| Draft {
        extended_data: [(code.to_owned(), value)].into(),
        ..Draft::default()
    };
    let draft = Draft::default;
    let table = [
        (
            Field::FamilyName,
            Draft {
                family_name: FamilyName::parse("Dupont-Morel").ok(),
                ..draft()
            },
            Answer::Done,
        ),
        (
            Field::FamilyName,
            Draft {
                family_name: FamilyName::parse("Dupont").ok(),
                ..draft()
            },
            Answer::Open,
        ),
        (
            Field::JobTitle,
            Draft {
                job_title: JobTitle::parse("Cheffe").ok(),
                ..draft()
            },
            Answer::Done,
        ),
        // No title any more: the one in Lucca is to be removed.
        (Field::JobTitle, draft(), Answer::Open),
        (Field::PersonalEmail, draft(), Answer::Done),
        (
            Field::PersonalEmail,
            Draft {
                personal_email: EmailAddress::parse("a@b.example").ok(),
                ..draft()
            },
            Answer::Open,
        ),
        (
            Field::PersonalPhone,
            Draft {
                personal_phone: Phone::parse("+33 612 345 678").ok(),
                ..draft()
            },
            Answer::Done,
        ),
        (
            Field::ContractStartDate,
            Draft {
                contract_start_date: Some(date("2027-02-01")),
                ..draft()
            },
            Answer::Done,
        ),
        (Field::ContractEndDate, draft(), Answer::Done),
        // Lucca's documentation does not say that it can be read.
        (
            Field::Nationality,
            Draft {
                nationality: Nationality::parse("FR").ok(),
                ..draft()
            },
            Answer::Unknown,
        ),
        (
            Field::Department,
            Draft {
                department: Some(Reference::Name("PRODUIT".into())),
                ..draft()
            },
            Answer::Done,
        ),
        (
            Field::Department,
            Draft {
                department: Some(Reference::LuccaId(id(14))),
                ..draft()
            },
            Answer::Open,
        ),
        // None is named any more: a default stands in, and nobody can tell.
        (Field::Department, draft(), Answer::Unknown),
        (
            Field::Role,
            Draft {
                role: Some(Reference::LuccaId(id(51))),
                ..draft()
            },
            Answer::Unknown,
        ),
        (
            Field::Manager,
            Draft {
                manager: Some(ManagerReference::Name("Martin Jean".into())),
                ..draft()
            },
            Answer::Done,
        ),
        (
            Field::Manager,
            Draft {
                manager: Some(ManagerReference::LuccaId(id(9))),
                ..draft()
            },
            Answer::Open,
        ),
        (
            Field::ExtendedData,
            custom("E_QUOTE", json!("hello")),
            Answer::Done,
        ),
        (
            Field::ExtendedData,
            custom("e_quote", json!("bye")),
            Answer::Open,
        ),
        (
            Field::ExtendedData,
            custom("e_kind", json!("CDI")),
            Answer::Unknown,
        ),
        (
            Field::ExtendedData,
            custom("e_kind", json!(4)),
            Answer::Open,
        ),
        (
            Field::ExtendedData,
            custom("e_other", json!(4)),
            Answer::Open,
        ),
    ];
    let resolution = resolution();
    for (field, wanted, expected) in table {
        let mut changed = item(Code::ChangedAfterCreation, Some(field));
        changed.look(
            &look(Some(&employee), &resolution, &wanted),
            Timestamp::UNIX_EPOCH,
        );
        let found = changed.seen.map(|seen| seen.answer);
        assert_eq!(found, Some(expected), "{field:?} {wanted:?}");
    }
}

#[test]
fn what_leaves_no_trace_is_unknown_and_what_is_about_somebody_else_stays_as_it_is() {
    let employee = Employee::default();
    for code in [Code::CompleteFile, Code::Dpae, Code::LaunchOnboarding] {
        assert_eq!(answer(item(code, None), &employee), Some(Answer::Unknown));
    }
    for code in [Code::UnexpectedUser, Code::SecondCall] {
        assert_eq!(answer(item(code, None), &employee), None);
    }
}

#[test]
fn done_stays_done_until_lucca_shows_otherwise_and_keeps_its_date() {
    let (resolution, wanted) = (resolution(), Draft::default());
    let mut item = item(Code::ReplaceLogin, None);
    let mut see = |login: Shown<FieldValue>, second: i64| {
        let employee = Employee {
            values: [(Field::Login, login)].into(),
            ..Employee::default()
        };
        let at = Timestamp::from_second(second).unwrap();
        let new = item.look(&look(Some(&employee), &resolution, &wanted), at);
        let seen = item.seen.unwrap();
        (new, seen.answer, seen.since.as_second())
    };
    assert_eq!(see(there("edupont"), 1), (true, Answer::Done, 1));
    assert_eq!(see(there("edupont"), 2), (false, Answer::Done, 1));
    assert_eq!(see(Shown::Hidden, 3), (false, Answer::Done, 1));
    assert_eq!(see(there("eloise@example.com"), 4), (true, Answer::Open, 4));
    assert_eq!(see(Shown::Hidden, 5), (true, Answer::Unknown, 5));
}
