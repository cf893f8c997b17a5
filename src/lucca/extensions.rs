//! Definitions of the custom data of the HR file, which are written under `e_…` codes.
//!
//! `GET /api/v3/extensionuserdefinitions` is named by the guide on extended data
//! (`directory/guides/extended-data`) for its lists of entries; it has no reference page.
//! Public code reads a definition at the address of its code, so the id is taken to be the
//! code; versions of Lucca that number definitions are asked for a member `code`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Access, LuccaClient, ReadError,
    answer::{member, number, text},
};
use crate::domain::extension::{ExtensionDefinition, ListEntry};

const PREFIX: &str = "e_";

/// The columns asked for, one after the other: an unknown column is a 400, and without any
/// an entity shows its id and its name.
const COLUMNS: [Option<&str>; 3] = [
    Some("id,name,extensionUserPropertyListEntries"),
    Some("id,code,name,extensionUserPropertyListEntries"),
    None,
];

/// How many people are read for values of custom data.
const LOOKED_AT: usize = 200;

impl LuccaClient {
    /// Those of these codes whose value the key sees for one of the first people. The values are
    /// not kept.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn shown_extended_data(
        &self,
        access: Access<'_>,
        codes: &[String],
    ) -> Result<BTreeSet<String>, ReadError> {
        let query = [
            ("fields", "id,extendedData".to_owned()),
            ("paging", format!("0,{LOOKED_AT}")),
        ];
        let people = self.users_page(access, &query).await?;
        Ok(codes
            .iter()
            .filter(|code| people.iter().any(|person| has_value(person, code)))
            .cloned()
            .collect())
    }

    /// Every definition of custom data that the key sees.
    ///
    /// It makes one call, and up to three if Lucca lacks a column.
    ///
    /// # Errors
    /// See [`ReadError`]. A list without codes is unreadable: a code that is not in it would
    /// prove nothing.
    pub async fn extension_definitions(
        &self,
        access: Access<'_>,
    ) -> Result<Vec<ExtensionDefinition>, ReadError> {
        const UNREADABLE: ReadError = ReadError::Unreadable("no list of definitions with codes");
        let mut last = UNREADABLE;
        for columns in COLUMNS {
            let query = columns.map(|columns| ("fields", columns.to_owned()));
            let path = "/api/v3/extensionuserdefinitions";
            let read = |entry: &Value| Some(definition(entry));
            match self.v3_list(access, path, query.as_slice(), read).await {
                Ok(found) => match found.into_iter().collect() {
                    Some(definitions) => return Ok(definitions),
                    None => last = UNREADABLE,
                },
                Err(error @ ReadError::Refused { status: 400, .. }) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

/// Whether a person shows a value of this code, one or several.
fn has_value(person: &Value, code: &str) -> bool {
    let data = member(person, "extendedData").and_then(|data| member(data, code));
    let one = |entry: &Value| member(entry, "value").is_some_and(|value| !value.is_null());
    match data {
        Some(Value::Array(list)) => list.iter().any(one),
        Some(entry) => one(entry),
        None => false,
    }
}

/// A definition; `None` without a code.
fn definition(value: &Value) -> Option<ExtensionDefinition> {
    let code = ["code", "id"]
        .iter()
        .filter_map(|name| text(value, name))
        .find(|text| is_code(text))?;
    let entries = member(value, "extensionUserPropertyListEntries").and_then(Value::as_array);
    Some(ExtensionDefinition {
        code: code.to_owned(),
        name: text(value, "name").unwrap_or_default().to_owned(),
        entries: entries.into_iter().flatten().filter_map(entry).collect(),
    })
}

fn is_code(text: &str) -> bool {
    text.len() > PREFIX.len()
        && text
            .get(..PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn entry(value: &Value) -> Option<ListEntry> {
    let name = text(value, "name").or_else(|| text(value, "translation"));
    Some(ListEntry {
        id: number(value, "id")?,
        name: name.unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::answer::List, *};

    /// The definitions, if each of them has a code.
    fn definitions(entries: &[Value]) -> Option<Vec<ExtensionDefinition>> {
        entries.iter().map(definition).collect()
    }

    #[test]
    fn definitions_are_read_with_the_code_as_id_or_beside_a_number() {
        let sizes = json!([{"id": 1, "name": "S"}, {"id": "2", "translation": "M"}]);
        let expected = ExtensionDefinition {
            code: "e_Taille".to_owned(),
            name: "Taille".to_owned(),
            entries: [(1, "S"), (2, "M")]
                .map(|(id, name)| ListEntry {
                    id,
                    name: name.to_owned(),
                })
                .into(),
        };
        for item in [
            json!({"id": "e_Taille", "name": "Taille", "extensionUserPropertyListEntries": sizes}),
            json!({"id": 7, "code": "e_Taille", "name": "Taille",
                   "extensionUserPropertyListEntries": sizes}),
            json!({"Id": "e_Taille", "Name": "Taille", "ExtensionUserPropertyListEntries": sizes}),
        ] {
            assert_eq!(definitions(&[item]), Some(vec![expected.clone()]));
        }
        assert!(expected.has_code("E_TAILLE") && !expected.has_code("e_taill"));
    }

    #[test]
    fn a_value_counts_alone_or_in_a_list_but_not_if_it_is_empty() {
        for (data, expected) in [
            (json!({"e_badge": {"id": 1, "value": "B-7"}}), true),
            (json!({"E_Badge": {"value": 0}}), true),
            (
                json!({"e_badge": [{"value": null}, {"value": "B-7"}]}),
                true,
            ),
            (json!({"e_badge": {"value": null}}), false),
            (json!({"e_badge": null}), false),
            (json!({"e_badge": []}), false),
            (json!({"e_quote": {"value": "Oui"}}), false),
            (Value::Null, false),
        ] {
            let person = json!({"id": 1, "extendedData": data});
            assert_eq!(has_value(&person, "e_badge"), expected, "{person}");
        }
    }

    #[test]
    fn a_list_without_every_code_is_unreadable() {
        for (answer, expected) in [
            (json!({"data": {"items": []}}), Some(0)),
            (json!([{"id": "e_a"}, {"id": "e_b"}]), Some(2)),
            (json!([{"id": "e_a"}, {"id": 2}]), None),
            (json!([{"id": 1, "code": "badge"}]), None),
            (json!([{"id": "e_"}]), None),
            (json!({"data": {"id": 1}}), None),
        ] {
            let list = List::of(answer.clone());
            let found = list.and_then(|list| definitions(&list.entries));
            assert_eq!(found.map(|found| found.len()), expected, "{answer}");
        }
    }
}
