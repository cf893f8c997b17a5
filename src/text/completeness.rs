//! Holds that each catalogue has every message, with the same arguments as the other.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use strum::IntoEnumIterator as _;

use super::{Sentence, formatted, id, list, source, trouble};
use crate::domain::{
    cause::{Cause, CauseCode, Failure, Trouble, TroubleCode},
    finding::{Question, QuestionCode, Reason, ReasonCode, WarningCode, WarningKind},
    follow_up::{Code, Task},
    language::Language,
    onboarding::cancellation::CancelledBy,
};

/// Arguments that a message may have, each with a plausible value.
fn samples() -> Map<String, Value> {
    let samples = r#"{
        "field": "department", "fields": ["login", "role"], "several": true, "given": true,
        "id": 7, "user": 7, "earlier": null, "left_to_lucca": true, "nobody_active": false,
        "codes": ["e_a", "e_b"], "near": [], "data": "e_a", "start": "2027-01-04", "days": 40,
        "years": 2, "ahead": true, "youngest": 14, "oldest": 100, "start_unreadable": true,
        "why": "form", "unreadable": true, "end": "2026-12-31", "default_fields": ["role"], "given_by": "name", "value": "V",
        "part": "version", "application": "a-1", "waiting": 3,
        "sent": ["S"],
        "has_login": false, "min": 1, "max": 7, "other": "login", "numbers": "1, 2",
        "values": "A, B", "status": 503, "by": null, "sentence": "S.",
        "gap": null, "address": "https://a.example", "environment": null, "fault": {"code": "PORT_IN_ADDRESS"},
        "cause": {"code": "TIMEOUT"}, "right": "people", "page": "https://a.example/roles",
        "unseen": "both", "accepted": "2027-01-04", "refused": "2027-01-05", "label": "L",
        "culture": 1036, "name": "N", "open_attempt": true, "left": ["A"], "hidden": [], "headless": ["B"],
        "without": 0, "count": 2, "entries": [{"code": "BARE", "text": "E"}], "clauses": [],
        "known": [{"code": "NAMED", "key": "e_a", "name": "A"}], "establishments": ["A"],
        "day": "2026-11-23", "hour": "10:00", "accepted_day": null, "accepted_hour": null, "refusal": "signature",
        "zone": "UTC", "calls": 7, "text": "T", "key": "7", "unused": true, "candidates": [],
        "end": "2026-12-15", "head": true, "shown": true,
        "places": [{"code": "BARE", "text": "A"}], "department": null, "presence": "active"
    }"#;
    serde_json::from_str(samples).unwrap()
}

/// What has this code, with plausible arguments.
pub(crate) fn sample<T: Sentence + DeserializeOwned>(code: &str) -> T {
    let mut members = samples();
    members.insert(T::TAG.to_owned(), code.into());
    serde_json::from_value(Value::Object(members))
        .or_else(|_| serde_json::from_value(code.into()))
        .unwrap_or_else(|error| panic!("{} {code}: {error}", T::GROUP))
}

/// Every code can be said in each language, with nothing but its own arguments, and nothing
/// else can be said of the group.
pub(crate) fn holds<T: Sentence + DeserializeOwned>(
    codes: impl IntoIterator<Item = &'static str>,
    but: &[&str],
) {
    let codes = codes.into_iter().filter(|code| !but.contains(code));
    let ids: BTreeSet<String> = codes
        .map(|code| {
            let what: T = sample(code);
            let (id, arguments) = super::taken_apart(&what);
            for language in Language::ALL {
                for attribute in [None, Some("fix")] {
                    let mut errors = Vec::new();
                    let said = formatted(*language, &id, attribute, &arguments, &mut errors);
                    assert!(errors.is_empty(), "{language:?} {id}: {errors:?}");
                    assert!(
                        said.is_some_and(|said| !said.is_empty()) || attribute.is_some(),
                        "{language:?} has no {id}"
                    );
                }
            }
            id
        })
        .collect();
    let prefix = id(T::GROUP, "");
    let but: BTreeSet<String> = but.iter().map(|code| id(T::GROUP, code)).collect();
    let known = messages(Language::English).into_keys();
    let known: BTreeSet<String> = known
        .filter(|id| id.starts_with(&prefix) && !id.contains('.') && !but.contains(id))
        .collect();
    assert_eq!(known, ids, "messages of the group {}", T::GROUP);
}

/// Every message and attribute of a catalogue, with the arguments that its text names.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut message = String::new();
    let mut current = String::new();
    for line in source(language).lines() {
        let head = line.split_once(" =").map(|(head, _)| head);
        match head {
            Some(head) if line.starts_with(|it: char| it.is_ascii_lowercase()) => {
                head.clone_into(&mut message);
                current.clone_from(&message);
            }
            Some(head) if head.trim_start().starts_with('.') => {
                current = format!("{message}{}", head.trim_start());
            }
            _ => {}
        }
        if line.starts_with('#') || current.is_empty() {
            continue;
        }
        let arguments = messages.entry(current.clone()).or_default();
        let named = line.split('$').skip(1);
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let name = |rest: &str| rest.chars().take_while(|it| is_name(*it)).collect();
        arguments.extend(named.map(name));
        if line.contains("{ noun") {
            arguments.insert("field".to_owned());
        }
    }
    messages
}

#[test]
fn names_are_listed_as_each_language_does_and_not_without_end() {
    let names: Vec<String> = (1..=15).map(|number| format!("N{number}")).collect();
    let english = |count: usize| list(Language::English, &names[..count]);
    assert_eq!(english(0), "");
    assert_eq!(english(1), "“N1”");
    assert_eq!(english(3), "“N1”, “N2” and “N3”");
    assert_eq!(
        list(Language::French, &names[..3]),
        "«\u{a0}N1\u{a0}», «\u{a0}N2\u{a0}» et «\u{a0}N3\u{a0}»"
    );
    assert!(english(12).ends_with("“N11” and “N12”"));
    assert!(english(15).ends_with("“N10”, “N11” and 4 more"));
    assert!(list(Language::French, &names).ends_with(" et 4 autres"));
}

#[test]
fn both_catalogues_have_the_same_messages_with_the_same_arguments() {
    let (english, french) = (messages(Language::English), messages(Language::French));
    let names = |of: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> {
        let names = of.keys().filter(|id| !id.starts_with("noun."));
        names.cloned().collect()
    };
    assert_eq!(names(&english), names(&french));
    for (id, arguments) in &english {
        if let Some(other) = french.get(id) {
            assert_eq!(arguments, other, "arguments of {id}");
        }
    }
}

#[test]
fn each_catalogue_can_be_read_to_its_end() {
    for language in Language::ALL {
        let read = fluent_bundle::FluentResource::try_new(source(*language));
        let errors = read.err().map(|(_, errors)| errors);
        assert_eq!(errors, None, "{language:?}");
    }
}

#[test]
fn everything_the_domain_can_say_is_in_both_catalogues() {
    holds::<Question>(QuestionCode::iter().map(Into::into), &[]);
    holds::<WarningKind>(WarningCode::iter().map(Into::into), &[]);
    holds::<Task>(Code::iter().map(Into::into), &[]);
    // A sentence of version 0.1 is shown as it is.
    holds::<Reason>(ReasonCode::iter().map(Into::into), &["EARLIER"]);
    holds::<Cause>(CauseCode::iter().map(Into::into), &[]);
    // The first two tell their cause; `failures_tell_their_cause` looks at them.
    holds::<Trouble>(
        TroubleCode::iter().map(Into::into),
        &["CALL", "READ", "EARLIER"],
    );
    holds::<CancelledBy>(CancelledBy::iter().map(Into::into), &[]);
}

#[test]
fn failures_tell_their_cause_and_what_lucca_said() {
    let refused = Trouble::Call(Failure::status(400, Some("no".into())));
    assert_eq!(
        trouble(Language::English, &refused),
        "The creation call failed: Lucca answered with status 400. Lucca says: “no”"
    );
    let silent = Trouble::Read(Cause::Timeout.into());
    assert_eq!(
        trouble(Language::French, &silent),
        "Lucca n’a pas pu être lu\u{a0}: pas de réponse à temps."
    );
    assert_eq!(
        trouble(Language::French, &Trouble::Call("400 no".into())),
        "400 no"
    );
}
