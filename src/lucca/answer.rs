//! Reads members of Lucca's JSON, in the forms that its versions write them.

use serde_json::{Map, Value};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::domain::{dates::CivilDate, lucca_id::LuccaId, text::clean};

/// The longest error text of Lucca that is stored, in characters.
const LONGEST: usize = 500;

/// A member of an object, by its name in any case: versions of the API write `id` and `Id`,
/// `legalEntityId` and `legalEntityID`.
pub(super) fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let object: &Map<String, Value> = object.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    })
}

/// A text member that is not empty.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    member(object, name)?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

pub(super) fn owned(value: &Value, name: &str) -> Option<String> {
    text(value, name).map(str::to_owned)
}

/// A whole number, written as a number or as a text.
pub(super) fn number(object: &Value, name: &str) -> Option<i64> {
    match member(object, name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An id of something in Lucca.
pub(super) fn id(value: &Value) -> Option<LuccaId> {
    LuccaId::try_from(number(value, "id")?).ok()
}

/// The day of a date. The documentation shows `2014-09-01T00:00:00`, a day at midnight without
/// a zone. If Lucca writes that midnight as an instant in UTC, it is the evening before, or, in
/// zones west of it, a later hour of the same day: the nearest midnight is taken.
pub(super) fn day(text: &str) -> Option<CivilDate> {
    let date = CivilDate::parse_iso(text.get(..10)?).ok()?;
    let utc = ["Z", "z", "+00:00"].iter().any(|end| text.ends_with(end));
    let Some(instant) = text.parse::<Timestamp>().ok().filter(|_| utc) else {
        return Some(date);
    };
    let nearest = instant.checked_add(12.hours()).ok()?;
    Some(CivilDate::new(
        nearest.to_zoned_datetime(TimeZone::UTC).date(),
    ))
}

pub(super) fn flag(object: &Value, name: &str) -> Option<bool> {
    member(object, name)?.as_bool()
}

/// The content of `data`, or the value itself if it is not wrapped.
pub(super) fn unwrapped(value: Value) -> Value {
    taken(value, "data").unwrap_or_else(|value| value)
}

/// A member of an object, taken out of it; the value itself if there is none.
fn taken(mut value: Value, name: &str) -> Result<Value, Value> {
    let object = value.as_object_mut();
    let members = object.into_iter().flatten();
    let mut named = members.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    match named.next().map(|(_, member)| member.take()) {
        Some(member) => Ok(member),
        None => Err(value),
    }
}

/// A page of a collection.
#[derive(Debug, Default, PartialEq)]
pub(super) struct List {
    pub entries: Vec<Value>,
    /// How many entries all pages have, if Lucca gives the number.
    pub count: Option<usize>,
    /// What Lucca gives as the next page.
    pub next: Option<Value>,
}

impl List {
    /// The list in `data.items`, `items`, `data` or the value itself.
    pub fn of(value: Value) -> Option<Self> {
        let inner = unwrapped(value);
        let count = number(&inner, "count").and_then(|count| usize::try_from(count).ok());
        let next = member(&inner, "next").cloned();
        match taken(inner, "items").unwrap_or_else(|inner| inner) {
            Value::Array(entries) => Some(Self {
                entries,
                count,
                next,
            }),
            _ => None,
        }
    }
}

/// The text of an error, in the documented forms: problem+json, `{Status, Message}` in any
/// case, plain text. `None` for an empty body.
pub(super) fn sentence(body: &str) -> Option<String> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.is_empty() {
        return None;
    }
    let words = match serde_json::from_str::<Value>(body) {
        Ok(Value::String(text)) => text,
        Ok(value) => from_json(&value)?,
        Err(_) if body.starts_with('<') => return Some("an HTML page".to_owned()),
        Err(_) => body.to_owned(),
    };
    let words = clean(&words, body.len());
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(clean(&words, LONGEST))
}

fn from_json(value: &Value) -> Option<String> {
    let head = text(value, "message")
        .or_else(|| text(value, "detail"))
        .or_else(|| text(value, "title"))
        .or_else(|| text(value, "error"));
    let details: Vec<String> = member(value, "errors")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .flat_map(|(field, texts)| {
            let texts = match texts {
                Value::Array(list) => list.clone(),
                other => vec![other.clone()],
            };
            texts
                .into_iter()
                .filter_map(move |text| text.as_str().map(|text| format!("{field}: {text}")))
        })
        .collect();
    match (head, details.is_empty()) {
        (None, true) => None,
        (None, false) => Some(details.join("; ")),
        (Some(head), true) => Some(head.to_owned()),
        (Some(head), false) => Some(format!("{head} {}", details.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_day_is_the_same_however_its_midnight_is_written() {
        for text in [
            "2027-01-04",
            "2027-01-04T00:00:00",
            "2027-01-04T00:00:00.000",
            "2027-01-04T00:00:00+01:00",
            "2027-01-03T23:00:00Z",
            "2027-01-03T22:00:00+00:00",
            "2027-01-04T00:00:00Z",
            "2027-01-04T04:00:00Z",
        ] {
            let expected = CivilDate::parse_iso("2027-01-04").ok();
            assert_eq!(day(text), expected, "{text}");
        }
        for text in ["", "tomorrow", "04/01/2027", "2027-02-30T00:00:00"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn the_sentence_is_found_in_every_documented_form_of_error() {
        let table = [
            (
                r#"{"Status":404,"Message":"Resource not found"}"#,
                Some("Resource not found"),
            ),
            (r#"{"status":400,"message":"no"}"#, Some("no")),
            (
                r#"{"title":"Invalid.","status":400,"errors":{"Id":["The id is required."]}}"#,
                Some("Invalid. Id: The id is required."),
            ),
            (
                "Property x does not exist on type User",
                Some("Property x does not exist on type User"),
            ),
            (r#""quoted""#, Some("quoted")),
            ("", None),
            ("  \n", None),
            ("{}", None),
            ("<html><body>503</body></html>", Some("an HTML page")),
        ];
        for (body, expected) in table {
            assert_eq!(sentence(body).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn collections_are_read_with_and_without_their_envelope_in_any_casing() {
        for value in [
            json!({"data": {"items": [1]}}),
            json!({"Data": {"Items": [1]}}),
            json!({"items": [1]}),
            json!({"data": [1]}),
            json!([1]),
        ] {
            let list = List::of(value.clone());
            assert_eq!(
                list.map(|list| list.entries),
                Some(vec![json!(1)]),
                "{value}"
            );
        }
        assert_eq!(List::of(json!({"data": {"id": 1}})), None);
    }

    #[test]
    fn a_sentence_does_not_act_on_a_terminal() {
        let body = "{\"message\": \"no\\u001b[2J\\nok\\u202e\"}";
        assert_eq!(sentence(body).as_deref(), Some("no [2J ok"));
    }

    #[test]
    fn a_long_sentence_is_cut() {
        let body = "x".repeat(LONGEST * 2);
        assert_eq!(sentence(&body).unwrap().len(), LONGEST);
    }
}
