//! Reads people, in lists of `GET /api/v3/users`.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Access, LuccaClient, Priority, ReadError,
    answer::{day, id, items, member, number, owned, text},
};
use crate::domain::{dates::CivilDate, lucca_id::LuccaId};

/// A person in Lucca, as far as the key sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user id.
    pub id: LuccaId,
    /// Given name.
    pub given_name: String,
    /// Family name; Lucca's examples show it in capitals.
    pub family_name: String,
    /// Login.
    pub login: Option<String>,
    /// Professional e-mail address.
    pub mail: Option<String>,
    /// Private e-mail address.
    pub personal_email: Option<String>,
    /// Employee number.
    pub employee_number: Option<String>,
    /// First day of the contract.
    pub start: Option<CivilDate>,
    /// Last day of the contract.
    pub end: Option<CivilDate>,
    /// Department.
    pub department: Option<LuccaId>,
    /// Establishment.
    pub establishment: Option<LuccaId>,
    /// The person's address in Lucca.
    pub url: Option<String>,
}

/// The address of a user: the one that Lucca gives, which may be relative, else the one of its API
/// (`api-reference/legacy/directory/get-a-user-by-id`).
pub fn user_url(base: &str, told: Option<&str>, id: LuccaId) -> String {
    match told {
        Some(path) if path.starts_with('/') => format!("{base}{path}"),
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => url.to_owned(),
        _ => format!("{base}/api/v3/users/{id}"),
    }
}

/// The columns asked for, from all that are wanted down to those that every version of Lucca
/// has: an unknown column is a 400.
const COLUMNS: [&str; 4] = [
    "id,url,firstName,lastName,login,mail,personalEmail,employeeNumber,dtContractStart,\
     dtContractEnd,departmentId,legalEntityId,collection.count",
    "id,url,firstName,lastName,login,mail,personalEmail,employeeNumber,dtContractStart,\
     dtContractEnd,department,legalEntity,collection.count",
    "id,url,firstName,lastName,login,mail,personalEmail,employeeNumber,dtContractStart,\
     dtContractEnd,department,legalEntity",
    "id,url,firstName,lastName,login,mail,employeeNumber,dtContractStart,dtContractEnd,\
     department,legalEntity",
];

/// A filter of people: a column and what it must be. Former and future people are always
/// asked for; whether they come depends on the key's rights.
type Filter = Option<(&'static str, String)>;

fn modified_since(time: Timestamp) -> Filter {
    let time = time.strftime("%Y-%m-%dT%H:%M:%S");
    Some(("modifiedAt", format!("since,{time}")))
}

/// People with exactly this value. `None` for one with a comma, which separates values and
/// cannot be sent.
fn exactly(column: &'static str, value: &str) -> Filter {
    (!value.contains(',')).then(|| (column, value.to_owned()))
}

impl LuccaClient {
    /// A user by id; `None` if there is none whom the key sees. An unknown id is documented
    /// as 500 (`directory/get-a-user-by-id`), so the list is asked, which is then empty.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn user(
        &self,
        access: &Access,
        id: LuccaId,
        priority: Priority,
    ) -> Result<Option<User>, ReadError> {
        let users = self.users_with_ids(access, &[id], priority).await?;
        Ok(users.into_iter().find(|user| user.id == id))
    }

    /// Those of these users whom the key sees.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn users_with_ids(
        &self,
        access: &Access,
        ids: &[LuccaId],
        priority: Priority,
    ) -> Result<Vec<User>, ReadError> {
        let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let filter = Some(("id", list.join(",")));
        let mut users = self.list(access, filter, priority).await?;
        users.retain(|user| ids.contains(&user.id));
        Ok(users)
    }

    /// Makes one small read, to see whether Lucca accepts the key.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn probe(&self, access: &Access, priority: Priority) -> Result<(), ReadError> {
        let query = [("fields", "id".to_owned()), ("paging", "0,1".to_owned())];
        let answer = self.read(access, "/api/v3/users", &query, priority).await?;
        items(&answer)
            .map(|_| ())
            .ok_or(ReadError::Unreadable("no list of users"))
    }

    /// Everybody the key sees.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn users(&self, access: &Access, priority: Priority) -> Result<Vec<User>, ReadError> {
        self.list(access, None, priority).await
    }

    /// Everybody modified since a moment, which is sent as UTC: the zone in which Lucca
    /// reads it is not documented, so callers leave a margin.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn users_modified_since(
        &self,
        access: &Access,
        since: Timestamp,
        priority: Priority,
    ) -> Result<Vec<User>, ReadError> {
        self.list(access, modified_since(since), priority).await
    }

    /// Everybody with a login; nobody if it has a comma.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn users_with_login(
        &self,
        access: &Access,
        login: &str,
        priority: Priority,
    ) -> Result<Vec<User>, ReadError> {
        match exactly("login", login) {
            None => Ok(Vec::new()),
            filter => self.list(access, filter, priority).await,
        }
    }

    /// Everybody with a professional e-mail address; nobody if it has a comma.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn users_with_mail(
        &self,
        access: &Access,
        mail: &str,
        priority: Priority,
    ) -> Result<Vec<User>, ReadError> {
        match exactly("mail", mail) {
            None => Ok(Vec::new()),
            filter => self.list(access, filter, priority).await,
        }
    }

    async fn list(
        &self,
        access: &Access,
        filter: Filter,
        priority: Priority,
    ) -> Result<Vec<User>, ReadError> {
        // Columns that were refused once would be refused again.
        let known = self
            .user_columns
            .lock()
            .get(&access.account)
            .copied()
            .unwrap_or(0);
        let mut last = ReadError::Unreadable("no columns");
        for (index, columns) in COLUMNS.into_iter().enumerate().skip(known) {
            match self.list_columns(access, &filter, columns, priority).await {
                Err(error @ ReadError::Refused { status: 400, .. }) => last = error,
                Ok(users) => {
                    self.user_columns
                        .lock()
                        .insert(access.account.clone(), index);
                    return Ok(users);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn list_columns(
        &self,
        access: &Access,
        filter: &Filter,
        columns: &str,
        priority: Priority,
    ) -> Result<Vec<User>, ReadError> {
        let mut query = vec![
            ("formerEmployees", "true".to_owned()),
            ("fields", columns.to_owned()),
        ];
        query.extend(filter.clone());
        let found = self
            .v3_list(access, "/api/v3/users", &query, priority)
            .await?;
        Ok(found.iter().filter_map(user).collect())
    }
}

/// Reads a person; `None` without an id.
pub(super) fn user(value: &Value) -> Option<User> {
    let owned = |name| owned(value, name);
    Some(User {
        id: id(value)?,
        given_name: owned("firstName").unwrap_or_default(),
        family_name: owned("lastName").unwrap_or_default(),
        login: owned("login"),
        mail: owned("mail"),
        personal_email: owned("personalEmail"),
        employee_number: owned("employeeNumber"),
        start: date(value, "dtContractStart"),
        end: date(value, "dtContractEnd"),
        department: reference(value, "departmentId", "department"),
        establishment: reference(value, "legalEntityId", "legalEntity"),
        url: owned("url"),
    })
}

fn date(value: &Value, name: &str) -> Option<CivilDate> {
    day(text(value, name)?)?.from_outside().ok()
}

/// An id, or the id of a nested reference.
fn reference(value: &Value, flat: &str, nested: &str) -> Option<LuccaId> {
    let id = number(value, flat).or_else(|| number(member(value, nested)?, "id"))?;
    LuccaId::try_from(id).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_read_in_either_casing_with_flat_or_nested_references() {
        let one = user(&json!({
            "id": 416, "firstName": "John", "lastName": "DOE", "login": "jdoe",
            "mail": "jdoe@example.com", "dtContractStart": "2014-09-01T00:00:00",
            "dtContractEnd": null, "departmentId": 14, "legalEntityId": 3
        }));
        let other = user(&json!({
            "Id": 416, "FirstName": "John", "LastName": "DOE", "Login": "jdoe",
            "Mail": "jdoe@example.com", "DtContractStart": "2014-09-01T00:00:00",
            "Department": {"Id": 14}, "LegalEntity": {"id": 3}
        }));
        assert!(one.is_some());
        assert_eq!(one, other);
        assert_eq!(user(&json!({"firstName": "Nobody"})), None);
    }

    #[test]
    fn a_date_of_an_impossible_year_counts_as_none() {
        for (text, read) in [
            ("1900-01-01T00:00:00", true),
            ("0001-01-01T00:00:00", false),
            ("9999-12-31T00:00:00", false),
        ] {
            let person = user(&json!({"id": 1, "dtContractEnd": text})).unwrap();
            assert_eq!(person.end.is_some(), read, "{text}");
        }
    }

    #[test]
    fn a_moment_is_sent_as_the_documentation_shows() {
        let time: Timestamp = "2026-11-23T08:45:23.9Z".parse().unwrap();
        assert_eq!(
            modified_since(time),
            Some(("modifiedAt", "since,2026-11-23T08:45:23".to_owned()))
        );
    }
}
