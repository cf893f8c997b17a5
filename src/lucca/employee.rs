//! An employee read back after the creation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Access, LuccaClient, ReadError,
    answer::{self, day, member, owned, text},
    json::EXTENDED,
};
use crate::domain::{
    dates::CivilDate,
    employee::{Employee, Placed, SeenManager, Shown},
    field::{Field, FieldValue, Kind},
    lucca_id::LuccaId,
    matching_key::full_name_keys,
};

/// The columns to ask for: first all that are wanted, then those that every version of the API
/// has, because an unknown column is answered with 400. References come as `{id, name, url}`
/// unless their members are named (`legacy/api-generations`).
const COLUMNS: [&str; 2] = [
    "id,firstName,lastName,login,mail,personalEmail,personalMobile,birthDate,jobTitle,\
     employeeNumber,dtContractStart,dtContractEnd,legalEntity[id,name,code],\
     department[id,name,code],rolePrincipal[id,name],\
     manager[id,firstName,lastName,mail,employeeNumber,dtContractStart,dtContractEnd]",
    "id,firstName,lastName,login,mail,employeeNumber,dtContractStart,dtContractEnd,legalEntity,\
     department,rolePrincipal,manager",
];

impl LuccaClient {
    /// An employee as Lucca shows them now; `None` if the key sees nobody with this id. Custom
    /// data are included on request, if the key may read them.
    ///
    /// Takes one call, and up to four with a version of the API that lacks a column.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn employee(
        &self,
        access: Access<'_>,
        id: LuccaId,
        with_extended_data: bool,
    ) -> Result<Option<Employee>, ReadError> {
        let mut last = ReadError::Unreadable("no columns");
        let with = [true, false]
            .into_iter()
            .skip(usize::from(!with_extended_data));
        for custom in with {
            for columns in COLUMNS {
                let columns = match custom {
                    true => format!("{columns},{EXTENDED}"),
                    false => columns.to_owned(),
                };
                match self.employee_columns(access, id, columns).await {
                    Err(error @ ReadError::Refused { status: 400, .. }) => last = error,
                    // The key may only lack the right to read custom data.
                    Err(error @ ReadError::KeyRefused(403)) if custom => {
                        last = error;
                        break;
                    }
                    other => return other,
                }
            }
        }
        Err(last)
    }

    /// Asks for the list of users, because a single user with an unknown id is documented to be
    /// answered with 500 (`directory/get-a-user-by-id`).
    async fn employee_columns(
        &self,
        access: Access<'_>,
        id: LuccaId,
        columns: String,
    ) -> Result<Option<Employee>, ReadError> {
        let query = [
            ("id", id.to_string()),
            ("formerEmployees", "true".to_owned()),
            ("fields", columns),
        ];
        let found = self.users_page(access, &query).await?;
        let user = found.iter().find(|user| answer::id(user) == Some(id));
        Ok(user.map(employee))
    }
}

fn employee(user: &Value) -> Employee {
    let values = Field::OF_HIRE.iter().filter_map(|field| {
        let shown = match field.kind() {
            Kind::Text => shown_text(user, field.in_lucca()).map(FieldValue::Text),
            Kind::Date => shown_date(user, field.in_lucca()).map(FieldValue::Date),
            Kind::Unit | Kind::Manager | Kind::Custom => return None,
        };
        Some((*field, shown))
    });
    Employee {
        values: values.collect(),
        establishment: shown(user, "legalEntity", placed),
        department: shown(user, "department", placed),
        role: shown(user, "rolePrincipal", placed),
        manager: shown(user, "manager", manager),
        extended_data: extended_data(user),
    }
}

/// What a member shows; hidden if the answer lacks it or it cannot be read.
fn shown<T>(user: &Value, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Shown<T> {
    match member(user, name) {
        None => Shown::Hidden,
        Some(Value::Null) => Shown::Nothing,
        Some(value) => read(value).map_or(Shown::Hidden, Shown::There),
    }
}

fn shown_text(user: &Value, name: &str) -> Shown<String> {
    match shown(user, name, |value| value.as_str().map(str::to_owned)) {
        Shown::There(text) if text.trim().is_empty() => Shown::Nothing,
        other => other,
    }
}

fn shown_date(user: &Value, name: &str) -> Shown<CivilDate> {
    shown(user, name, |value| day(value.as_str()?))
}

fn placed(value: &Value) -> Option<Placed> {
    Some(Placed {
        id: answer::id(value)?,
        name: owned(value, "name"),
        code: owned(value, "code"),
    })
}

fn manager(value: &Value) -> Option<SeenManager> {
    let names = match (text(value, "firstName"), text(value, "lastName")) {
        (Some(given), Some(family)) => full_name_keys(given, family).into(),
        _ => Vec::new(),
    };
    Some(SeenManager {
        id: answer::id(value)?,
        names,
        email: text(value, "mail").map(str::to_lowercase),
        employee_number: owned(value, "employeeNumber"),
        start: shown_date(value, "dtContractStart"),
        end: shown_date(value, "dtContractEnd"),
    })
}

/// Custom data by code, each as its bare value. In the answer a value is wrapped in
/// `{"id", "value"}`, and a field that can occur several times is a list of those.
fn extended_data(user: &Value) -> Option<BTreeMap<String, Value>> {
    let data = member(user, EXTENDED)?.as_object()?;
    let read = data
        .iter()
        .map(|(code, value)| (code.clone(), bare(value)))
        .collect();
    Some(read)
}

fn bare(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(bare).collect(),
        wrapped => member(wrapped, "value").unwrap_or(wrapped).clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(id: i64) -> LuccaId {
        LuccaId::try_from(id).unwrap()
    }

    #[test]
    fn a_hidden_member_differs_from_an_empty_one() {
        let read = employee(&json!({
            "Id": 416, "LastName": "DOE", "login": "jdoe", "jobTitle": "  ",
            "dtContractStart": "2027-01-04T00:00:00", "dtContractEnd": null,
            "department": {"id": 14, "name": "Produit", "url": "/api/v3/departments/14"},
            "legalEntity": {"name": "without an id"},
            "manager": {"id": 7, "firstName": "Jean", "lastName": "MARTIN",
                        "mail": "Jean@Example.com", "dtContractEnd": null}
        }));
        let name = FieldValue::Text("DOE".into());
        assert_eq!(*read.shown(Field::FamilyName), Shown::There(name));
        assert_eq!(*read.shown(Field::GivenName), Shown::Hidden);
        assert_eq!(*read.shown(Field::JobTitle), Shown::Nothing);
        assert_eq!(read.date(Field::ContractEndDate), Shown::Nothing);
        assert_eq!(read.date(Field::BirthDate), Shown::Hidden);
        let start = CivilDate::parse_iso("2027-01-04").unwrap();
        assert_eq!(read.date(Field::ContractStartDate), Shown::There(start));
        let department = Placed {
            id: number(14),
            name: Some("Produit".into()),
            code: None,
        };
        assert_eq!(read.department, Shown::There(department));
        assert_eq!(read.establishment, Shown::Hidden);
        let manager = read.manager.there().unwrap();
        assert_eq!(manager.id, number(7));
        assert_eq!(manager.email.as_deref(), Some("jean@example.com"));
        assert_eq!(
            (&manager.start, &manager.end),
            (&Shown::Hidden, &Shown::Nothing)
        );
        assert_eq!(read.extended_data, None);
    }

    #[test]
    fn custom_data_are_read_bare_one_by_one_or_several() {
        let read = employee(&json!({"id": 1, "extendedData": {
            "e_quote": {"id": 9, "value": "hello"},
            "e_languages": [{"id": 1, "value": 4}, {"id": 2, "value": 5}],
            "e_address": {"id": 3, "value": {"city": "Lyon"}},
            "e_gone": {"id": 4, "value": null},
            "e_plain": 5
        }}));
        assert_eq!(
            read.extended_data,
            Some(
                [
                    ("e_quote".to_owned(), json!("hello")),
                    ("e_languages".to_owned(), json!([4, 5])),
                    ("e_address".to_owned(), json!({"city": "Lyon"})),
                    ("e_gone".to_owned(), json!(null)),
                    ("e_plain".to_owned(), json!(5)),
                ]
                .into()
            )
        );
    }
}
