//! Reads people, in lists of `GET /api/v3/users`.

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{Access, LuccaClient, ReadError, answer::List, person::Person};
use crate::domain::lucca_id::LuccaId;

const USERS: &str = "/api/v3/users";

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

/// Which people are asked for. Former and future people are always included; whether they come
/// depends on the key's rights.
#[derive(Clone, Copy, Debug)]
pub enum People<'a> {
    /// Everybody the key sees.
    All,
    /// Those modified since a moment, which is sent as UTC: the zone in which Lucca reads it
    /// is not documented, so callers leave a margin.
    ModifiedSince(Timestamp),
    /// Those with one of these ids.
    WithIds(&'a [LuccaId]),
    /// Those with this login.
    WithLogin(&'a str),
    /// Those with this professional e-mail address.
    WithMail(&'a str),
}

impl People<'_> {
    /// The column that is filtered, and its value.
    fn filter(self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::All => return None,
            Self::ModifiedSince(time) => {
                let time = time.strftime("%Y-%m-%dT%H:%M:%S");
                ("modifiedAt", format!("since,{time}"))
            }
            Self::WithIds(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                ("id", ids.join(","))
            }
            Self::WithLogin(login) => ("login", login.to_owned()),
            Self::WithMail(mail) => ("mail", mail.to_owned()),
        })
    }

    /// Whether a filter can express it: a comma separates values.
    fn can_be_asked_for(self) -> bool {
        match self {
            Self::WithLogin(text) | Self::WithMail(text) => !text.contains(','),
            Self::All | Self::ModifiedSince(_) | Self::WithIds(_) => true,
        }
    }
}

/// The longest address of a user that is kept, in bytes.
const LONGEST_URL: usize = 500;

/// The address of a user: the one that Lucca gives, which may be relative, if it leads to the
/// tenant's own Lucca; else the one of its API (`api-reference/legacy/directory/get-a-user-by-id`).
pub fn user_url(base: &str, given: Option<&str>, id: LuccaId) -> String {
    let own = || {
        let base = Url::parse(base).ok()?;
        let given = given.filter(|it| it.starts_with('/') || it.contains("://"))?;
        let url = base.join(given).ok()?;
        let is_own = url.origin() == base.origin() && url.username().is_empty();
        (is_own && url.as_str().len() <= LONGEST_URL).then(|| url.to_string())
    };
    own().unwrap_or_else(|| format!("{base}{USERS}/{id}"))
}

impl LuccaClient {
    /// A user by id; `None` if there is none whom the key sees. An unknown id is documented
    /// as 500 (`directory/get-a-user-by-id`), so the list is asked, which is then empty.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn user(&self, access: Access<'_>, id: LuccaId) -> Result<Option<Person>, ReadError> {
        Ok(self.people(access, People::WithIds(&[id])).await?.pop())
    }

    /// Makes one small read, to see whether Lucca accepts the key.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn probe(&self, access: Access<'_>) -> Result<(), ReadError> {
        let query = [("fields", "id".to_owned()), ("paging", "0,1".to_owned())];
        self.users_page(access, &query).await.map(|_| ())
    }

    /// People whom the key sees; nobody if their filter cannot be sent.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn people(
        &self,
        access: Access<'_>,
        whom: People<'_>,
    ) -> Result<Vec<Person>, ReadError> {
        if !whom.can_be_asked_for() {
            return Ok(Vec::new());
        }
        let account = &access.tenant.account;
        // Columns that were refused once would be refused again.
        let known = self.user_columns.lock().get(account).copied();
        let mut last = ReadError::Unreadable("no columns");
        for (index, columns) in COLUMNS.into_iter().enumerate().skip(known.unwrap_or(0)) {
            let mut query = vec![
                ("formerEmployees", "true".to_owned()),
                ("fields", columns.to_owned()),
            ];
            query.extend(whom.filter());
            match self.v3_list(access, USERS, &query, Person::read).await {
                Err(error @ ReadError::Refused { status: 400, .. }) => last = error,
                Err(error) => return Err(error),
                Ok(mut people) => {
                    self.user_columns.lock().insert(account.clone(), index);
                    if let People::WithIds(ids) = whom {
                        people.retain(|it: &Person| ids.contains(&it.id));
                    }
                    return Ok(people);
                }
            }
        }
        Err(last)
    }

    /// One page of users, with the columns that the query names.
    pub(super) async fn users_page(
        &self,
        access: Access<'_>,
        query: &[(&str, String)],
    ) -> Result<Vec<Value>, ReadError> {
        let page = List::of(self.read(access, USERS, query).await?.0);
        let page = page.ok_or(ReadError::Unreadable("no list of users"))?;
        Ok(page.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_sent_as_the_documentation_shows() {
        let time: Timestamp = "2026-11-23T08:45:23.9Z".parse().unwrap();
        assert_eq!(
            People::ModifiedSince(time).filter(),
            Some(("modifiedAt", "since,2026-11-23T08:45:23".to_owned()))
        );
    }

    #[test]
    fn an_address_of_a_user_leads_to_the_tenants_own_lucca() {
        let base = "https://acme.ilucca.example";
        let own = format!("{base}/api/v3/users/7");
        let people = format!("{base}/people/7");
        let long = format!("/users/{}", "7".repeat(LONGEST_URL));
        for (given, expected) in [
            (None, &own),
            (Some("/people/7"), &people),
            (Some("https://acme.ilucca.example/people/7"), &people),
            (Some("people"), &own),
            (Some("https://evil.example/people/7"), &own),
            (Some("//evil.example/people/7"), &own),
            (Some("/\\evil.example/7"), &own),
            (Some("http://acme.ilucca.example/people/7"), &own),
            (Some("https://acme.ilucca.example@evil.example/7"), &own),
            (Some("https://it@acme.ilucca.example/7"), &own),
            (Some("javascript:alert(1)"), &own),
            (Some(&*long), &own),
        ] {
            let id = LuccaId::try_from(7).unwrap();
            assert_eq!(user_url(base, given, id), *expected, "{given:?}");
        }
    }

    #[test]
    fn a_text_with_a_comma_cannot_be_asked_for() {
        for (whom, expected) in [
            (People::WithLogin("jdoe"), true),
            (People::WithLogin("doe,john"), false),
            (People::WithMail("a,b@example.com"), false),
            (People::All, true),
        ] {
            assert_eq!(whom.can_be_asked_for(), expected, "{whom:?}");
        }
    }
}
