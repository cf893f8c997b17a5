//! Parses Lucca's JSON and keeps only what is read of it. Other members, the ends of long texts and
//! characters that could act on a terminal are dropped while parsing, so that an answer takes little
//! more memory than what is kept of it.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::{field::Field, text::clean};

/// The most values of one answer; a page of 1,000 people has some 15,000.
const MOST_VALUES: usize = 50_000;

/// The longest text that is kept, in characters: that of a label in the settings of a tenant.
const LONGEST_TEXT: usize = 255;

/// The same for a value of custom data, and for an address.
const LONGEST_VALUE: usize = 4_000;

/// The member that holds custom data when they are read (`directory/guides/extended-data`).
pub(super) const EXTENDED: &str = "extendedData";

/// The members that are read, in any case, beside those of a hire.
const MEMBERS: [&str; 24] = [
    "data",
    "items",
    "count",
    "next",
    "id",
    "url",
    "name",
    "code",
    "translation",
    "value",
    "department",
    "legalEntity",
    "rolePrincipal",
    "manager",
    "isArchived",
    "isActive",
    "headId",
    "legalUnit",
    "legalUnitId",
    "extensionUserPropertyListEntries",
    EXTENDED,
    "departmentId",
    "legalEntityId",
    "status",
];

/// Parses an answer.
///
/// # Errors
/// It is not JSON, or has too many values.
pub(super) fn parse(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let left = &Cell::new(MOST_VALUES);
    let part = Part::Members;
    let value = Kept { part, left }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

/// A part of an answer.
#[derive(Clone, Copy)]
enum Part {
    /// Only some members are read.
    Members,
    /// An address, or the address of the next page.
    Address,
    /// Custom data, all of which are kept.
    Custom,
}

impl Part {
    /// What a member of this name is; `None` if it is not read.
    fn member(self, name: &str) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match self {
            Self::Custom => Some(Self::Custom),
            _ if is(EXTENDED) => Some(Self::Custom),
            _ if is("url") || is("next") => Some(Self::Address),
            _ if MEMBERS.into_iter().any(is) => Some(Self::Members),
            _ if Field::OF_HIRE.iter().any(|field| is(field.in_lucca())) => Some(Self::Members),
            _ => None,
        }
    }

    fn text(self, text: &str) -> String {
        match self {
            Self::Members => clean(text, LONGEST_TEXT),
            Self::Address => clean(text, LONGEST_VALUE),
            // Lines of a long text are part of the value.
            Self::Custom => text
                .split('\n')
                .map(|line| clean(line, LONGEST_VALUE))
                .take(LONGEST_TEXT)
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }
}

/// A part of an answer that is kept, and how many more values may be.
#[derive(Clone, Copy)]
struct Kept<'a> {
    part: Part,
    left: &'a Cell<usize>,
}

impl Kept<'_> {
    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| E::custom("too many values"))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(self.part.text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_element_seed(self)? {
            self.count()?;
            entries.push(entry);
        }
        Ok(Value::Array(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            match self.part.member(&name) {
                Some(part) => {
                    self.count()?;
                    let member = access.next_value_seed(Kept { part, ..self })?;
                    members.insert(clean(&name, LONGEST_TEXT), member);
                }
                None => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Value {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn members_that_nobody_reads_are_dropped_and_custom_data_are_kept() {
        let answer = r#"{"Data": {"items": [{"Id": 7, "lastName": "DOE", "picture": {"big": [1]},
            "department": {"id": 2, "name": "Produit", "users": [1, 2]},
            "extendedData": {"e_any": {"id": 1, "value": {"town": "Lyon"}}}}]}, "header": {}}"#;
        let expected = json!({"Data": {"items": [{"Id": 7, "lastName": "DOE",
            "department": {"id": 2, "name": "Produit"},
            "extendedData": {"e_any": {"id": 1, "value": {"town": "Lyon"}}}}]}});
        assert_eq!(parsed(answer), expected);
    }

    #[test]
    fn every_member_of_a_hire_is_read() {
        for field in Field::OF_HIRE {
            let answer = format!(r#"{{"{}": 1}}"#, field.in_lucca());
            assert_eq!(parsed(&answer)[field.in_lucca()], json!(1), "{field:?}");
        }
    }

    #[test]
    fn no_text_acts_on_a_terminal_or_is_too_long() {
        let answer = json!({
            "name": "Pro\u{1b}[31mduit\nok\u{202e}",
            "code": "x".repeat(10_000),
            "url": "/a".repeat(10_000),
            "extendedData": {"e_a": "one\ntwo\u{7}"},
        });
        let read = parsed(&answer.to_string());
        assert_eq!(read["name"], json!("Pro [31mduit ok"));
        assert_eq!(read["code"].as_str().map(str::len), Some(LONGEST_TEXT));
        assert_eq!(read["url"].as_str().map(str::len), Some(LONGEST_VALUE));
        assert_eq!(read["extendedData"]["e_a"], json!("one\ntwo"));
    }

    #[test]
    fn what_is_no_json_or_has_too_many_values_is_refused() {
        let many = format!("[0{}]", ",0".repeat(MOST_VALUES));
        for text in ["", "{", "[1] 2", "<html>", &many] {
            assert!(parse(text.as_bytes()).is_err(), "{text:.20}");
        }
        let most = format!("[0{}]", ",0".repeat(MOST_VALUES - 1));
        assert_eq!(parsed(&most).as_array().map(Vec::len), Some(MOST_VALUES));
    }
}
