//! The body of a creation.

use serde_json::{Map, Value, json};

use crate::domain::{dates::CivilDate, lucca_id::LuccaId, resolve::NewPerson};

/// The body of `POST /api/v3/users`: a bare object (`api-reference/legacy/directory/user`),
/// in which what is not known is left out, not null.
pub fn creation_body(person: &NewPerson) -> Value {
    let collaborator = &person.collaborator;
    let rest = &collaborator.rest;
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    let text = |text: &str| Some(Value::from(text));
    let id = |id: Option<LuccaId>| id.map(|id| json!(id.get()));
    put("firstName", text(collaborator.given_name.as_str()));
    put("lastName", text(collaborator.family_name.as_str()));
    put("mail", text(collaborator.professional_email.as_str()));
    put("login", person.login.as_deref().and_then(text));
    put("legalEntityId", id(person.establishment));
    put("departmentId", id(person.department));
    put("rolePrincipalId", id(person.role));
    put("managerId", id(person.manager));
    put(
        "dtContractStart",
        midnight(Some(collaborator.contract_start_date)),
    );
    put("dtContractEnd", midnight(rest.contract_end_date));
    put("birthDate", midnight(rest.birth_date));
    put("cultureID", person.culture.map(Value::from));
    put(
        "personalEmail",
        rest.personal_email.as_ref().map(|it| json!(it.as_str())),
    );
    put(
        "personalMobile",
        rest.personal_phone.as_ref().map(|it| json!(it.as_str())),
    );
    put(
        "jobTitle",
        rest.job_title.as_ref().map(|it| json!(it.as_str())),
    );
    put(
        "employeeNumber",
        rest.employee_number.as_ref().map(|it| json!(it.as_str())),
    );
    // Custom data is written at the root (`directory/guides/extended-data`).
    for (code, value) in &rest.extended_data {
        put(code, Some(custom(value)));
    }
    Value::Object(body)
}

/// A custom value as it is written; what can occur several times is a list of values
/// (`directory/guides/extended-data`).
fn custom(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(custom).collect(),
        value => json!({ "value": value }),
    }
}

/// A civil date as Lucca's examples write it: midnight without a zone.
fn midnight(date: Option<CivilDate>) -> Option<Value> {
    date.map(|date| Value::from(format!("{date}T00:00:00")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        collaborator::Draft,
        email::EmailAddress,
        text::{FamilyName, GivenName},
    };

    #[test]
    fn the_body_has_the_documented_names_and_leaves_out_what_is_not_known() {
        let collaborator = Draft {
            family_name: FamilyName::parse("Dupont").ok(),
            given_name: GivenName::parse("Éloïse").ok(),
            personal_email: EmailAddress::parse("eloise@example.com").ok(),
            contract_start_date: CivilDate::parse_iso("2027-01-04").ok(),
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
                "cultureID": 1036,
                "e_quote": {"value": "hello"},
                "e_sizes": [{"value": 1}, {"value": 2}],
                "e_address": {"value": {"city": "Lyon"}}
            })
        );
    }
}
