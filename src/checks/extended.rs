//! Custom data of the HR file: the codes to read back, and the values of a sample.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Check, Finding,
    Status::{Fail, Pass, Unverified, Warn},
    answers::Answers,
    finding::{CustomData, Grant, HiddenData, Item, RefusedData, Right},
};
use crate::{domain::tenant::Tenant, lucca::ExtensionDefinition};

const READABLE: &str = "readable_extended_data";
const SAMPLE: &str = "sample_extended_data";

/// Whether the codes to be read back exist and show a value.
pub(super) fn readable(tenant: &Tenant, answers: &Answers) -> Check {
    let codes = &tenant.readable_extended_data;
    if codes.is_empty() {
        return Check::new(READABLE, Pass, Finding::NothingToReadBack);
    }
    let Some(definitions) = answers.definitions.known() else {
        return Check::unknown(READABLE, answers.gap_in(&answers.definitions));
    };
    let without = |there: &dyn Fn(&String) -> bool| -> Vec<String> {
        codes.iter().filter(|code| !there(code)).cloned().collect()
    };
    let data = |codes| CustomData {
        codes,
        known: known(definitions),
    };
    let missing = without(&|code| definitions.iter().any(|it| it.has_code(code)));
    if !missing.is_empty() {
        return Check::new(READABLE, Warn, Finding::DataNotThere(data(missing)));
    }
    let Some(shown) = answers.shown_data.known() else {
        return Check::unknown(READABLE, answers.gap_in(&answers.shown_data));
    };
    let codes_hidden = without(&|code| shown.contains(code));
    if !codes_hidden.is_empty() {
        let hidden = HiddenData {
            codes: codes_hidden,
            grant: Grant::new(tenant, Right::Section),
        };
        return Check::new(READABLE, Unverified, Finding::DataHidden(hidden));
    }
    Check::new(READABLE, Pass, Finding::DataReadable(data(codes.clone())))
}

/// Whether Lucca would accept the custom data of a sample; `None` if it has none.
pub(super) fn of_sample(data: &BTreeMap<String, Value>, answers: &Answers) -> Option<Check> {
    if data.is_empty() {
        return None;
    }
    let Some(definitions) = answers.definitions.known() else {
        return Some(Check::unknown(SAMPLE, answers.gap_in(&answers.definitions)));
    };
    let clauses: Vec<Item> = data
        .iter()
        .filter_map(|(code, value)| fault(code, value, definitions))
        .collect();
    if clauses.is_empty() {
        return Some(Check::new(SAMPLE, Pass, Finding::SampleDataKnown));
    }
    let known = known(definitions);
    let refused = Finding::SampleDataRefused(RefusedData { clauses, known });
    Some(Check::new(SAMPLE, Fail, refused))
}

/// Why Lucca would not accept this value.
fn fault(code: &str, value: &Value, definitions: &[ExtensionDefinition]) -> Option<Item> {
    let data = code.to_owned();
    let Some(definition) = definitions.iter().find(|it| it.has_code(code)) else {
        return Some(Item::DataUnknown { data });
    };
    if may_be_chosen(definition, value) {
        return None;
    }
    let entries = definition.entries.iter();
    let entries = entries.map(|it| Item::named(&it.id, &it.name)).collect();
    Some(Item::NoSuchEntry { data, entries })
}

/// Whether a value, or each value of a list, is the id or the name of an entry; always if the
/// definition has no entries.
fn may_be_chosen(definition: &ExtensionDefinition, value: &Value) -> bool {
    let known = |value: &Value| {
        value.is_null()
            || value
                .as_str()
                .is_some_and(|text| definition.entry(text).is_ok())
            || definition
                .entries
                .iter()
                .any(|it| value.as_f64() == Some(it.id as f64))
    };
    definition.entries.is_empty()
        || match value {
            Value::Array(list) => list.iter().all(known),
            single => known(single),
        }
}

/// The codes that Lucca has, with their names.
fn known(definitions: &[ExtensionDefinition]) -> Vec<Item> {
    let definitions = definitions.iter();
    definitions
        .map(|it| Item::named(&it.code, &it.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified, Warn},
            answers::Answer,
            fixtures::{self, english, french},
        },
        *,
    };

    #[test]
    fn codes_to_read_back_exist_and_show_a_value() {
        let shown = |codes: &[&str]| Answers {
            shown_data: Answer::Known(codes.iter().map(|code| (*code).to_owned()).collect()),
            ..fixtures::answers()
        };
        let blind = Answers {
            definitions: Answer::NotAsked,
            ..fixtures::answers()
        };
        let table: [(&[&str], Answers, Status, &str); 6] = [
            (&[], blind, Pass, "No custom data"),
            (&["e_badge"], shown(&["e_badge"]), Pass, "“e_badge”"),
            (
                &["e_badge", "e_taille"],
                shown(&["e_badge"]),
                Unverified,
                "that were read: “e_taille”.",
            ),
            (
                &["e_badge", "e_none"],
                shown(&["e_badge"]),
                Warn,
                "codes: “e_none”.",
            ),
            (&["e_badge"], fixtures::answers(), Unverified, "Not known"),
            (&["e_badge"], Answers::default(), Unverified, "Not known"),
        ];
        for (codes, answers, expected, words) in table {
            let mut tenant = fixtures::tenant();
            tenant.readable_extended_data = codes.iter().map(|code| (*code).to_owned()).collect();
            let check = readable(&tenant, &answers);
            assert_eq!(check.status, expected, "{codes:?}");
            assert!(english(&check).0.contains(words), "{}", english(&check).0);
        }
    }

    #[test]
    fn custom_data_of_a_hire_are_known_and_choices_are_entries() {
        let table = [
            (json!({}), None),
            (json!({"e_badge": "B-7"}), Some(Pass)),
            (json!({"e_Taille": 1}), Some(Pass)),
            (json!({"e_taille": [1, 2]}), Some(Pass)),
            (json!({"e_taille": 1.0}), Some(Pass)),
            (json!({"e_taille": 3}), Some(Fail)),
            (json!({"e_taille": "s"}), Some(Pass)),
            (json!({"e_taille": ["M", 1]}), Some(Pass)),
            (json!({"e_taille": "XXL"}), Some(Fail)),
            (json!({"e_none": "x"}), Some(Fail)),
        ];
        for (data, expected) in table {
            let map: BTreeMap<String, Value> = serde_json::from_value(data.clone()).unwrap();
            let check = of_sample(&map, &fixtures::answers());
            assert_eq!(check.map(|check| check.status), expected, "{data}");
        }
        let map = BTreeMap::from([("e_taille".to_owned(), json!("XXL"))]);
        let check = of_sample(&map, &fixtures::answers()).unwrap();
        assert!(
            french(&check).0.contains("1 (S) et 2 (M)"),
            "{}",
            french(&check).0
        );
        assert!(
            english(&check)
                .1
                .contains("e_badge (Numéro de badge) and e_taille (Taille)")
        );
        let unread = of_sample(&map, &Answers::default()).unwrap();
        assert_eq!(unread.status, Unverified);
    }
}
