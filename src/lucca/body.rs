//! The body of a creation.

use serde_json::{Map, Value, json};

use crate::domain::{
    dates::CivilDate,
    field::{Field, FieldValue},
    lucca_id::LuccaId,
    resolve::NewPerson,
};

/// The body of `POST /api/v3/users`: a bare object (`api-reference/legacy/directory/user`).
/// Unknown members are left out, not null.
pub fn creation_body(person: &NewPerson) -> Value {
    let collaborator = &person.collaborator;
    let mut body = Map::new();
    for field in Field::OF_HIRE {
        let value = match collaborator.rest.get(*field) {
            Some(FieldValue::Text(text)) => json!(text),
            Some(FieldValue::Date(date)) => midnight(date),
            // Custom data follow; units and the manager are sent as ids.
            Some(FieldValue::Custom(_) | FieldValue::Unit(_) | FieldValue::Manager(_)) | None => {
                continue;
            }
        };
        body.insert(field.in_lucca().to_owned(), value);
    }
    let id = |id: Option<LuccaId>| id.map(|id| json!(id.get()));
    for (field, value) in [
        (
            Field::ProfessionalEmail,
            Some(json!(collaborator.professional_email.as_str())),
        ),
        (
            Field::Login,
            person.login.as_ref().map(|login| json!(login)),
        ),
        (Field::Establishment, id(person.establishment)),
        (Field::Department, id(person.department)),
        (Field::Role, id(person.role)),
        (Field::Manager, id(person.manager)),
        (Field::Culture, person.culture.map(Value::from)),
    ] {
        if let Some(value) = value {
            body.insert(field.in_lucca().to_owned(), value);
        }
    }
    // Custom data are written at the root (`directory/guides/extended-data`).
    for (code, value) in &collaborator.rest.extended_data {
        body.insert(code.clone(), custom(value));
    }
    Value::Object(body)
}

/// A custom value as it is written. A field that can occur several times is a list of values
/// (`directory/guides/extended-data`).
fn custom(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(custom).collect(),
        value => json!({ "value": value }),
    }
}

/// A civil date as Lucca's examples write it: midnight without a zone.
fn midnight(date: CivilDate) -> Value {
    Value::from(format!("{date}T00:00:00"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        collaborator::Draft,
        email::EmailAddress,
        text::{FamilyName, GivenName, Nationality},
    };

    #[test]
    fn the_body_has_the_documented_names_and_leaves_out_what_is_not_known() {
        let collaborator = Draft {
            family_name: FamilyName::parse("Dupont").ok(),
            given_name: GivenName::parse("Éloïse").ok(),
            personal_email: EmailAddress::parse("eloise@example.com").ok(),
            contract_start_date: CivilDate::parse_iso("2027-01-04").ok(),
            nationality: Nationality::parse("fr").ok(),
            extended_data: [
                ("e_quote".to_owned(), json!("hello")),
                ("e_sizes".to_owned(), json!([1, 2])),
                ("e_address".to_owned(), json!({"city": "Lyon"})),
            ]
            .into(),
            ..Draft::default()
        }
        .complete()
        .unwrap();
        let person = NewPerson {
            collaborator,
            login: None,
            establishment: LuccaId::try_from(3).ok(),
            department: LuccaId::try_from(14).ok(),
            role: None,
            manager: None,
            culture: Some(1036),
        };
        assert_eq!(
            creation_body(&person),
            json!({
                "firstName": "Éloïse",
                "lastName": "Dupont",
                "mail": "eloise@example.com",
                "personalEmail": "eloise@example.com",
                "legalEntityId": 3,
                "departmentId": 14,
                "dtContractStart": "2027-01-04T00:00:00",
                "nationalityId": "FR",
                "cultureID": 1036,
                "e_quote": {"value": "hello"},
                "e_sizes": [{"value": 1}, {"value": 2}],
                "e_address": {"value": {"city": "Lyon"}}
            })
        );
    }
}
