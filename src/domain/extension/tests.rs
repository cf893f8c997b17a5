//! What the custom data of a hire come to, as tables.

use crate::domain::{finding::ProblemCode, language::Language};
use serde_json::json;

use super::*;
use crate::domain::{
    collaborator::Draft,
    onboarding::{Findings, LuccaUser, fixtures::draft},
    resolve::NewPerson,
};

fn definitions() -> Vec<ExtensionDefinition> {
    let entry = |(id, name): (i64, &str)| ListEntry {
        id,
        name: name.to_owned(),
    };
    let definition = |code: &str, name: &str, entries: &[(i64, &str)]| ExtensionDefinition {
        code: code.to_owned(),
        name: name.to_owned(),
        entries: entries.iter().copied().map(entry).collect(),
    };
    vec![
        definition("e_quote", "Citation", &[]),
        definition("e_Size", "Taille", &[(1, "S"), (2, "Médium"), (3, "Large")]),
        definition(
            "e_twice",
            "",
            &[(5, "Même"), (6, "MEME"), (7, "8"), (8, "Autre")],
        ),
    ]
}

fn ready(data: &[(&str, Value)]) -> Resolved {
    let collaborator = Draft {
        extended_data: data
            .iter()
            .map(|(code, value)| ((*code).to_owned(), value.clone()))
            .collect(),
        ..draft()
    }
    .complete()
    .unwrap();
    let findings = Findings {
        resolution: data
            .iter()
            .map(|(code, _)| ResolvedField {
                field: Field::ExtendedData,
                value: (*code).to_owned(),
                label: String::new(),
                origin: Origin::Provided,
                reason: Reason::Given,
            })
            .collect(),
        ..Findings::default()
    };
    let person = NewPerson {
        collaborator,
        login: None,
        establishment: None,
        department: None,
        role: None,
        manager: None,
        culture: None,
    };
    Resolved::Ready(Box::new(person), findings)
}

/// The custom data of whoever is to be created, checked.
fn examined(resolved: Resolved, definitions: Option<&[ExtensionDefinition]>) -> Resolved {
    let data = match &resolved {
        Resolved::Ready(person, _) => person.collaborator.rest.extended_data.clone(),
        _ => [("e_zzz".to_owned(), json!(1))].into(),
    };
    checked(resolved, &data, definitions)
}

#[test]
fn a_hire_that_is_asked_about_something_else_is_asked_about_its_custom_data_as_well() {
    let first = Problem::from(Question::LoginTaken);
    let asks = Resolved::Asks(first, Findings::default());
    let Resolved::Asks(problem, _) = examined(asks, Some(&definitions())) else {
        panic!("not asked")
    };
    let codes = [ProblemCode::LoginTaken, ProblemCode::UnknownExtendedData];
    assert_eq!(problem.codes(), codes);
}

#[test]
fn codes_and_entries_are_sent_as_lucca_has_them() {
    let table = [
        (
            "e_quote",
            json!("hello"),
            ("e_quote", json!("hello")),
            ("Citation", false),
        ),
        (
            "E_QUOTE",
            json!({"a": 1}),
            ("e_quote", json!({"a": 1})),
            ("Citation", false),
        ),
        (
            "e_size",
            json!("MEDIUM"),
            ("e_Size", json!(2)),
            ("Taille: Médium", true),
        ),
        (
            "e_size",
            json!("3"),
            ("e_Size", json!(3)),
            ("Taille: Large", true),
        ),
        (
            "e_size",
            json!(1),
            ("e_Size", json!(1)),
            ("Taille: S", true),
        ),
        (
            "e_size",
            json!(["s", 3]),
            ("e_Size", json!([1, 3])),
            ("Taille: S, Large", true),
        ),
        (
            "e_size",
            json!(null),
            ("e_Size", json!(null)),
            ("Taille", false),
        ),
        // A name counts before an id.
        ("e_twice", json!("8"), ("e_twice", json!(7)), ("8", true)),
    ];
    for (code, value, (sent_code, sent), (label, matched)) in table {
        let resolved = examined(ready(&[(code, value.clone())]), Some(&definitions()));
        let Resolved::Ready(person, findings) = resolved else {
            panic!("{code} {value}: {resolved:?}")
        };
        let data = person.collaborator.rest.extended_data;
        assert_eq!(
            data,
            [(sent_code.to_owned(), sent)].into(),
            "{code} {value}"
        );
        let shown = &findings.resolution[0];
        assert_eq!(shown.label, label, "{code} {value}");
        assert_eq!(shown.origin == Origin::Matched, matched, "{code} {value}");
        assert!(findings.warnings.is_empty());
    }
}

#[test]
fn unknown_codes_are_asked_about_all_at_once_with_what_is_near() {
    let hire = ready(&[
        ("e_quot", json!("hello")),
        ("e_taille", json!(2)),
        ("e_zzz", json!(1)),
        ("e_size", json!("huge")),
    ]);
    let Resolved::Asks(problem, _) = examined(hire, Some(&definitions())) else {
        panic!("not asked")
    };
    assert_eq!(problem.code, ProblemCode::UnknownExtendedData);
    assert_eq!(
        crate::text::problem(Language::English, &problem).0,
        "Lucca has no custom data with these codes: “e_quot”, “e_taille” and “e_zzz”. Similar \
         codes: “e_quote” and “e_Size”. A value of the hire is no entry of the list of these \
         custom data: “e_Size”."
    );
}

#[test]
fn a_value_that_is_no_entry_or_several_is_a_question() {
    for (code, text, near) in [
        ("e_size", "larg", vec![3]),
        ("e_twice", "meme", vec![5, 6]),
        ("e_size", "", vec![]),
    ] {
        let hire = ready(&[(code, json!(text))]);
        let Resolved::Asks(problem, _) = examined(hire, Some(&definitions())) else {
            panic!("{code} {text}")
        };
        assert_eq!(problem.code, ProblemCode::Unmatched);
        let found: Vec<i64> = problem.candidates.iter().map(|it| it.id.get()).collect();
        assert!(found.starts_with(&near), "{code} {text}: {found:?}");
    }
    for value in [json!(9), json!([1, 9])] {
        let hire = ready(&[("e_size", value)]);
        let Resolved::Asks(problem, _) = examined(hire, Some(&definitions())) else {
            panic!("an id that is no entry is refused by Lucca")
        };
        assert_eq!(problem.code, ProblemCode::Unmatched);
    }
}

#[test]
fn what_cannot_be_checked_is_sent_with_a_warning() {
    for definitions in [None, Some(&[][..])] {
        let hire = ready(&[("e_any", json!(1))]);
        let Resolved::Ready(person, findings) = examined(hire, definitions) else {
            panic!("not sent")
        };
        assert_eq!(person.collaborator.rest.extended_data["e_any"], json!(1));
        assert_eq!(findings.warnings[0].code(), "EXTENDED_DATA_NOT_CHECKED");
    }
}

#[test]
fn a_hire_without_custom_data_and_one_that_is_not_created_stay_as_they_are() {
    assert_eq!(examined(ready(&[]), None), ready(&[]));
    let user = LuccaUser {
        id: LuccaId::try_from(7).unwrap(),
        url: String::new(),
    };
    let exists = || Resolved::Exists(user.clone(), Findings::default());
    assert_eq!(examined(exists(), None), exists());
}
