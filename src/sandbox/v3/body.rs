//! Reading the body of a creation or a change.

use serde_json::{Map, Value, json};

use super::schema::{Kind, Member, USER};
use crate::sandbox::{
    clock::{paris, read_moment, write_moment},
    company::ExtensionDefinition,
    refusal::Refusal,
};

/// Reads a body: one JSON object at the root, each member known and of its type.
///
/// Names become those of the documentation, dates date-times without zone. An unknown member is
/// refused, so is a `data` wrapper.
pub(in crate::sandbox) fn read(
    bytes: &[u8],
    definitions: &[ExtensionDefinition],
) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => check(members, definitions),
        _ => Err(Refusal::framework("The body is not a JSON object")),
    }
}

/// Checks the members of an object, as [`read`] does.
pub(in crate::sandbox) fn check(
    members: Map<String, Value>,
    definitions: &[ExtensionDefinition],
) -> Result<Map<String, Value>, Refusal> {
    let mut read = Map::new();
    for (key, value) in members {
        if let Some(member) = USER.member(&key) {
            if let Some(value) = plain(member, &key, value)? {
                read.insert(member.name.to_owned(), value);
            }
        } else {
            let lower = key.to_ascii_lowercase();
            let name = dynamic(&lower, &key, &value, definitions)?;
            read.insert(name, value);
        }
    }
    Ok(read)
}

/// The value of a documented member; none if writing it has no effect.
fn plain(member: &Member, key: &str, value: Value) -> Result<Option<Value>, Refusal> {
    if !member.writable {
        return Err(Refusal::framework(format!(
            "Property {key} cannot be written to."
        )));
    }
    if member.kind == Kind::Dictionary {
        return Ok(None);
    }
    if value.is_null() {
        return if member.nullable {
            Ok(Some(value))
        } else {
            Err(Refusal::framework(
                "You cannot set null to a non nullable property",
            ))
        };
    }
    typed(member.kind, &value)
        .map(Some)
        .ok_or_else(|| Refusal::product(400, format!("The value of {} is not valid", member.name)))
}

/// The value, if it is of this kind.
fn typed(kind: Kind, value: &Value) -> Option<Value> {
    let fits = match kind {
        Kind::Text => value
            .as_str()
            .is_some_and(|text| !text.trim().is_empty() && text.chars().count() <= 255),
        Kind::Mail => value.as_str().is_some_and(|text| {
            (3..=255).contains(&text.chars().count()) && !text.contains(['<', '>'])
        }),
        Kind::Integer(least, most) => value
            .as_u64()
            .is_some_and(|number| (least..=most).contains(&number)),
        Kind::Moment => {
            let moment = read_moment(value.as_str()?, &paris())?;
            return Some(json!(write_moment(moment)));
        }
        Kind::Flag => value.is_boolean(),
        Kind::Choice(words) => {
            let text = value.as_str()?;
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text))?;
            return Some(json!(word));
        }
        Kind::Country => value
            .as_str()
            .is_some_and(|text| text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic())),
        Kind::Ids => value
            .as_array()
            .is_some_and(|list| list.iter().all(is_reference)),
        Kind::List => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_object)),
        Kind::Related(_) | Kind::Dictionary => false,
    };
    fits.then(|| value.clone())
}

fn is_reference(value: &Value) -> bool {
    value["id"].as_u64().is_some_and(|id| id > 0)
}

/// The stored name of a member whose name the company chooses.
fn dynamic(
    lower: &str,
    key: &str,
    value: &Value,
    definitions: &[ExtensionDefinition],
) -> Result<String, Refusal> {
    let invalid = || Refusal::product(400, format!("The value of {key} is not valid"));
    if lower.starts_with("e_") {
        let known = definitions
            .iter()
            .find(|definition| definition.code.eq_ignore_ascii_case(lower));
        let name = match known {
            Some(definition) => definition.code.clone(),
            None if definitions.is_empty() => lower.to_owned(),
            None => return Err(unknown(key)),
        };
        let wrapped = |value: &Value| {
            value.as_object().is_some_and(|object| {
                object.contains_key("value")
                    && object.keys().all(|name| name == "value" || name == "id")
            })
        };
        let fits = match value {
            Value::Array(list) => list.iter().all(wrapped),
            single => wrapped(single),
        };
        return if fits { Ok(name) } else { Err(invalid()) };
    }
    let axis = lower
        .strip_prefix("useraxisvalues_")
        .filter(|axis| !axis.is_empty() && axis.chars().all(|c| c.is_ascii_digit()));
    if let Some(axis) = axis {
        return if is_reference(value) {
            Ok(format!("userAxisValues_{axis}"))
        } else {
            Err(invalid())
        };
    }
    if lower.len() > "profile_".len() && lower.starts_with("profile_") {
        return if is_reference(value) {
            Ok(lower.to_owned())
        } else {
            Err(invalid())
        };
    }
    Err(unknown(key))
}

/// The framework's words for a member that does not exist.
fn unknown(key: &str) -> Refusal {
    Refusal::framework(format!("Property {key} does not exist on type User"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions() -> Vec<ExtensionDefinition> {
        vec![ExtensionDefinition {
            code: "e_badge".to_owned(),
            name: "Badge".to_owned(),
            entries: Vec::new(),
        }]
    }

    #[test]
    fn names_are_matched_in_any_case_and_dates_normalised() {
        let body = br#"{"LASTNAME":"Doe","CultureId":1036,"dtcontractstart":"2027-01-04"}"#;
        let read = read(body, &[]).unwrap();
        assert_eq!(
            Value::Object(read),
            json!({"lastName": "Doe", "cultureID": 1036, "dtContractStart": "2027-01-04T00:00:00"})
        );
    }

    #[test]
    fn bodies_that_lucca_would_not_take_are_refused() {
        for (body, message) in [
            ("[]", "The body is not a JSON object"),
            ("{", "The body is not a JSON object"),
            (
                r#"{"data":{}}"#,
                "Property data does not exist on type User",
            ),
            (
                r#"{"nickname":"x"}"#,
                "Property nickname does not exist on type User",
            ),
            (
                r#"{"e_":{"value":1}}"#,
                "Property e_ does not exist on type User",
            ),
            (
                r#"{"e_other":{"value":1}}"#,
                "Property e_other does not exist on type User",
            ),
            (
                r#"{"userAxisValues_x":{"id":1}}"#,
                "Property userAxisValues_x does not exist on type User",
            ),
            (r#"{"id":1}"#, "Property id cannot be written to."),
            (
                r#"{"department":{"id":1}}"#,
                "Property department cannot be written to.",
            ),
            (
                r#"{"login":null}"#,
                "You cannot set null to a non nullable property",
            ),
            (
                r#"{"departmentId":"101"}"#,
                "The value of departmentId is not valid",
            ),
            (
                r#"{"departmentId":0}"#,
                "The value of departmentId is not valid",
            ),
            (
                r#"{"cultureID":1024}"#,
                "The value of cultureID is not valid",
            ),
            (
                r#"{"firstName":"  "}"#,
                "The value of firstName is not valid",
            ),
            (r#"{"mail":"a@<b>"}"#, "The value of mail is not valid"),
            (r#"{"mail":"ab"}"#, "The value of mail is not valid"),
            (
                r#"{"dtContractStart":"04/01/2027"}"#,
                "The value of dtContractStart is not valid",
            ),
            (r#"{"gender":"Woman"}"#, "The value of gender is not valid"),
            (
                r#"{"nationalityId":"FRA"}"#,
                "The value of nationalityId is not valid",
            ),
            (r#"{"e_badge":7}"#, "The value of e_badge is not valid"),
            (
                r#"{"e_badge":{"Value":7}}"#,
                "The value of e_badge is not valid",
            ),
            (
                r#"{"profile_figgo":7}"#,
                "The value of profile_figgo is not valid",
            ),
            (
                r#"{"habilitedRoles":[52]}"#,
                "The value of habilitedRoles is not valid",
            ),
        ] {
            let refused = read(body.as_bytes(), &definitions()).unwrap_err();
            assert_eq!(
                (refused.status, refused.message.as_str()),
                (400, message),
                "{body}"
            );
        }
    }

    #[test]
    fn members_the_company_chooses_are_taken() {
        for body in [
            r#"{"e_badge":{"value":7}}"#,
            r#"{"e_badge":[{"id":0,"value":{"a":1}}]}"#,
            r#"{"userAxisValues_3":{"id":4}}"#,
            r#"{"profile_cleemy_89":{"id":4}}"#,
            r#"{"managerId":null,"calendarId":null}"#,
        ] {
            assert!(read(body.as_bytes(), &definitions()).is_ok(), "{body}");
        }
        assert!(read(br#"{"e_any":{"value":1}}"#, &[]).is_ok());
    }

    #[test]
    fn custom_data_inside_extended_data_have_no_effect() {
        let read = read(br#"{"extendedData":{"e_badge":{"value":1}}}"#, &[]).unwrap();
        assert!(read.is_empty());
    }
}
