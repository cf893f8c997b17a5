//! Reading the body of a creation.

use serde_json::{Map, Value, json};

use super::members::{Kind, Member, USER, Write};
use crate::sandbox::{
    answer::Refusal,
    clock::{paris, read_moment, write_moment},
    company::ExtensionDefinition,
};

/// Reads a body: one JSON object at the root, each member known and of its type.
///
/// Names become those of the documentation, dates become date-times without zone. An unknown
/// member is refused, so a `data` wrapper is, too.
pub(super) fn read(
    bytes: &[u8],
    definitions: &[ExtensionDefinition],
) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => check(members, definitions),
        _ => Err(Refusal::Framework(
            "The body is not a JSON object".to_owned(),
        )),
    }
}

/// Checks the members of an object, as [`read`] does.
pub(in crate::sandbox) fn check(
    members: Map<String, Value>,
    definitions: &[ExtensionDefinition],
) -> Result<Map<String, Value>, Refusal> {
    let members = members.into_iter();
    members
        .map(|(key, value)| match USER.member(&key) {
            Some(member) => Ok((member.name.to_owned(), checked(member, &key, value)?)),
            None => Ok((custom(&key, &value, definitions)?, value)),
        })
        .collect()
}

/// The value of a documented member, if it can be written.
fn checked(member: &Member, key: &str, value: Value) -> Result<Value, Refusal> {
    if member.write == Write::Never {
        let message = format!("Property {key} cannot be written to.");
        return Err(Refusal::Framework(message));
    }
    if value.is_null() && member.write == Write::Nullable {
        return Ok(value);
    }
    if value.is_null() {
        let message = "You cannot set null to a non nullable property";
        return Err(Refusal::Framework(message.to_owned()));
    }
    let typed = match member.kind {
        Kind::Text(fits) => value.as_str().filter(|text| fits(text)).map(Value::from),
        Kind::Number(least, most) => {
            let number = value.as_u64();
            number
                .filter(|it| (least..=most).contains(it))
                .map(Value::from)
        }
        Kind::Date => {
            let moment = value.as_str().and_then(|text| read_moment(text, &paris()));
            moment.map(|moment| json!(write_moment(moment)))
        }
        Kind::Modified | Kind::Related(_) | Kind::Whole => None,
    };
    typed.ok_or_else(|| invalid(member.name))
}

/// Text that is not blank, of at most 255 characters.
pub(super) fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 255
}

/// An e-mail address by the rules of v5: 3 to 255 characters, no angle brackets.
pub(super) fn is_mail(text: &str) -> bool {
    (3..=255).contains(&text.chars().count()) && !text.contains(['<', '>'])
}

/// The stored name of a custom datum, if it is defined and its value is wrapped: `{"value": …}`,
/// or a list of these.
fn custom(
    key: &str,
    value: &Value,
    definitions: &[ExtensionDefinition],
) -> Result<String, Refusal> {
    let code = key.to_ascii_lowercase();
    let mut known = definitions.iter();
    let name = match known.find(|it| it.code.eq_ignore_ascii_case(&code)) {
        Some(definition) => definition.code.clone(),
        None if definitions.is_empty() && code.starts_with("e_") => code,
        None => {
            let message = format!("Property {key} does not exist on type User");
            return Err(Refusal::Framework(message));
        }
    };
    let wrapped = |value: &Value| {
        value.as_object().is_some_and(|object| {
            let mut names = object.keys();
            object.contains_key("value") && names.all(|name| name == "value" || name == "id")
        })
    };
    let fits = match value {
        Value::Array(list) => list.iter().all(wrapped),
        single => wrapped(single),
    };
    fits.then_some(name).ok_or_else(|| invalid(key))
}

fn invalid(name: &str) -> Refusal {
    Refusal::bad(format!("The value of {name} is not valid"))
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
                r#"{"userAxisValues_1":{"id":1}}"#,
                "Property userAxisValues_1 does not exist on type User",
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
            (
                r#"{"gender":"Male"}"#,
                "Property gender does not exist on type User",
            ),
            (
                r#"{"extendedData":{"e_badge":{"value":1}}}"#,
                "Property extendedData cannot be written to.",
            ),
            (r#"{"e_badge":7}"#, "The value of e_badge is not valid"),
            (
                r#"{"e_badge":{"Value":7}}"#,
                "The value of e_badge is not valid",
            ),
        ] {
            let refused = read(body.as_bytes(), &definitions()).unwrap_err();
            let status = refused.answer().status();
            assert_eq!(
                (status.as_u16(), &*refused.to_string()),
                (400, message),
                "{body}"
            );
        }
    }

    #[test]
    fn custom_data_and_nulls_are_accepted() {
        for body in [
            r#"{"e_badge":{"value":7}}"#,
            r#"{"e_badge":[{"id":0,"value":{"a":1}}]}"#,
            r#"{"managerId":null,"dtContractEnd":null}"#,
        ] {
            assert!(read(body.as_bytes(), &definitions()).is_ok(), "{body}");
        }
        assert!(read(br#"{"e_any":{"value":1}}"#, &[]).is_ok());
    }
}
