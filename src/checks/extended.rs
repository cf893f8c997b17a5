//! Custom data of the HR file: those to be read back, and those that a hire brings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Check,
    access::{grant, unknown},
    reading::{Part, Reading},
    text::{Text, plain, quoted, text},
};
use crate::{domain::tenant::Tenant, lucca::ExtensionDefinition};

const READABLE: &str = "readable_extended_data";
const SAMPLE: &str = "sample_extended_data";

/// Whether the codes to be read back exist and show a value.
pub(super) fn readable(tenant: &Tenant, reading: &Reading) -> Check {
    let codes = &tenant.readable_extended_data;
    if codes.is_empty() {
        return Check::pass(
            READABLE,
            text(
                "No custom data are to be read back from Lucca.",
                "Aucune donnée personnalisée n’est à relire dans Lucca.",
            ),
        );
    }
    let Some(definitions) = reading.definitions.known() else {
        return unknown(READABLE, reading.gap_in(&reading.definitions));
    };
    let missing: Vec<&String> = codes
        .iter()
        .filter(|code| !definitions.iter().any(|it| it.has_code(code)))
        .collect();
    if !missing.is_empty() {
        let names = quoted(&missing);
        return Check::warn(
            READABLE,
            text(
                format!("Lucca has no custom data with these codes: {}.", names.en),
                format!(
                    "Lucca n’a pas de donnée personnalisée avec ces codes : {}.",
                    names.fr
                ),
            ),
            correct(definitions, "readable_extended_data"),
        );
    }
    let Part::Known(shown) = &reading.shown_data else {
        return unknown(READABLE, reading.gap_in(&reading.shown_data));
    };
    let hidden: Vec<&String> = codes.iter().filter(|code| !shown.contains(*code)).collect();
    if !hidden.is_empty() {
        let names = quoted(&hidden);
        return Check::unverified(
            READABLE,
            text(
                format!(
                    "These custom data exist, but the API key sees no value of them with anybody looked at: {}. Either nobody has one, or it may not consult their section of the HR file.",
                    names.en
                ),
                format!(
                    "Ces données personnalisées existent, mais la clé API n’en voit aucune valeur chez les collaborateurs consultés : {}. Soit personne n’en a, soit elle n’a pas le droit de consulter leur section du dossier RH.",
                    names.fr
                ),
            ),
            grant(
                tenant,
                &text(
                    "consult the HR file, for the section that holds these data",
                    "« Consulter le dossier du personnel », en sélectionnant la section concernée",
                ),
            ),
        );
    }
    let names = quoted(codes);
    Check::pass(
        READABLE,
        text(
            format!("The API key reads these custom data: {}.", names.en),
            format!("La clé API lit ces données personnalisées : {}.", names.fr),
        ),
    )
}

/// Whether Lucca would take the custom data of a hire; nothing if there are none.
pub(super) fn of_sample(data: &BTreeMap<String, Value>, reading: &Reading) -> Option<Check> {
    if data.is_empty() {
        return None;
    }
    let Some(definitions) = reading.definitions.known() else {
        return Some(unknown(SAMPLE, reading.gap_in(&reading.definitions)));
    };
    let mut en = Vec::new();
    let mut fr = Vec::new();
    for (code, value) in data {
        match definitions.iter().find(|it| it.has_code(code)) {
            None => {
                en.push(format!("“{code}” is not known"));
                fr.push(format!("« {code} » est inconnu"));
            }
            Some(definition) if !may_be_chosen(definition, value) => {
                let choices: Vec<String> = definition
                    .entries
                    .iter()
                    .map(|entry| format!("{} ({})", entry.id, entry.name))
                    .collect();
                let choices = plain(&choices);
                en.push(format!(
                    "“{code}” wants an entry, by its number or name: {}",
                    choices.en
                ));
                fr.push(format!(
                    "« {code} » attend un choix, par son numéro ou son nom : {}",
                    choices.fr
                ));
            }
            Some(_) => {}
        }
    }
    if en.is_empty() {
        return Some(Check::pass(
            SAMPLE,
            text(
                "Lucca knows the custom data of the sample.",
                "Lucca connaît les données personnalisées de l’exemple.",
            ),
        ));
    }
    Some(Check::fail(
        SAMPLE,
        text(
            format!(
                "Lucca would not take custom data of the sample: {}.",
                en.join("; ")
            ),
            format!(
                "Lucca n’accepterait pas certaines données personnalisées de l’exemple : {}.",
                fr.join(" ; ")
            ),
        ),
        correct(definitions, "extended_data"),
    ))
}

/// Whether a value is the id or the name of an entry, or several of them, if there is a choice
/// of entries.
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

fn correct(definitions: &[ExtensionDefinition], setting: &str) -> Text {
    let known: Vec<String> = definitions
        .iter()
        .map(|it| match it.name.as_str() {
            "" => it.code.clone(),
            name => format!("{} ({name})", it.code),
        })
        .collect();
    let known = plain(&known);
    text(
        format!("Correct the codes ({setting}); Lucca has: {}.", known.en),
        format!(
            "Corrigez les codes (réglage {setting}) ; Lucca connaît : {}.",
            known.fr
        ),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{
            Status::{self, Fail, Pass, Unverified, Warn},
            fixtures,
        },
        *,
    };

    #[test]
    fn codes_to_read_back_exist_and_show_a_value() {
        let shown = |codes: &[&str]| Reading {
            shown_data: Part::Known(codes.iter().map(|code| (*code).to_owned()).collect()),
            ..fixtures::reading()
        };
        let blind = Reading {
            definitions: Part::NotAsked,
            ..fixtures::reading()
        };
        let table: [(&[&str], Reading, Status, &str); 6] = [
            (&[], blind, Pass, "No custom data"),
            (&["e_badge"], shown(&["e_badge"]), Pass, "“e_badge”"),
            (
                &["e_badge", "e_taille"],
                shown(&["e_badge"]),
                Unverified,
                "looked at: “e_taille”.",
            ),
            (
                &["e_badge", "e_none"],
                shown(&["e_badge"]),
                Warn,
                "codes: “e_none”.",
            ),
            (&["e_badge"], fixtures::reading(), Unverified, "Not known"),
            (&["e_badge"], Reading::default(), Unverified, "Not known"),
        ];
        for (codes, reading, expected, words) in table {
            let mut tenant = fixtures::tenant();
            tenant.readable_extended_data = codes.iter().map(|code| (*code).to_owned()).collect();
            let check = readable(&tenant, &reading);
            assert_eq!(check.status, expected, "{codes:?}");
            assert!(check.message.en.contains(words), "{}", check.message.en);
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
            let check = of_sample(&map, &fixtures::reading());
            assert_eq!(check.map(|check| check.status), expected, "{data}");
        }
        let map = BTreeMap::from([("e_taille".to_owned(), json!("XXL"))]);
        let check = of_sample(&map, &fixtures::reading()).unwrap();
        assert!(
            check.message.fr.contains("1 (S) et 2 (M)"),
            "{}",
            check.message.fr
        );
        assert!(
            check
                .fix
                .en
                .contains("e_badge (Numéro de badge) and e_taille (Taille)")
        );
        let unread = of_sample(&map, &Reading::default()).unwrap();
        assert_eq!(unread.status, Unverified);
    }
}
