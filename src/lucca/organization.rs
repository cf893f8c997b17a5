//! Establishments, departments and roles.
//!
//! Departments and establishments are read from v4: `GET /api/v3/departments` no longer
//! answers since September 2026 (`legacy/organization/guides/departments-migration`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Access, LuccaClient, Priority, ReadError,
    answer::{flag, id, items, member, number, owned, unwrapped},
    legal::{self, LegalUnit},
};
use crate::domain::lucca_id::LuccaId;

const ESTABLISHMENTS: &str = "/organization/structure/api/establishments";

/// Entries asked for in one v4 page: the most that v4 lists are documented to give.
const V4_PAGE: usize = 100;

/// Entries asked for in one v3 page: the most that v3 gives.
pub(super) const V3_PAGE: usize = 1000;

/// Pages read of one list; far more than any customer has, and an end in any case.
pub(super) const MOST_PAGES: usize = 200;

/// An establishment; what v3 calls a legal entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Establishment {
    /// Its id.
    pub id: LuccaId,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// Whether it is no longer used.
    pub archived: bool,
    /// The legal unit it belongs to, if Lucca gives it; the name may be empty.
    pub legal_unit: Option<LegalUnit>,
}

/// A department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: LuccaId,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// Whether it is used.
    pub active: bool,
    /// The user id of its head.
    pub head: Option<LuccaId>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: LuccaId,
    /// Its name.
    pub name: String,
}

impl Establishment {
    /// `None` without an id and a name.
    fn read(entry: &Value) -> Option<Self> {
        Some(Self {
            id: id(entry)?,
            name: owned(entry, "name")?,
            code: owned(entry, "code"),
            archived: flag(entry, "isArchived").unwrap_or(false),
            legal_unit: legal::unit_of(entry),
        })
    }
}

impl LuccaClient {
    /// Every establishment that is not archived.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn establishments(
        &self,
        access: &Access,
        priority: Priority,
    ) -> Result<Vec<Establishment>, ReadError> {
        let entries = self.v4_list(access, ESTABLISHMENTS, None, priority).await?;
        Ok(entries.iter().filter_map(Establishment::read).collect())
    }

    /// Every establishment, archived ones too if Lucca accepts the parameter for them, which
    /// is documented for legal units only. If none of the answer is in use, a second call asks
    /// without the parameter.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn establishments_ever(
        &self,
        access: &Access,
        priority: Priority,
    ) -> Result<Vec<Establishment>, ReadError> {
        let both = Some(("isArchived", "true,false"));
        match self.v4_list(access, ESTABLISHMENTS, both, priority).await {
            Ok(entries) => {
                let mut found: Vec<_> = entries.iter().filter_map(Establishment::read).collect();
                if found.iter().all(|it| it.archived) {
                    found.extend(self.establishments(access, priority).await?);
                }
                Ok(found)
            }
            Err(ReadError::Refused { status: 400, .. }) => {
                self.establishments(access, priority).await
            }
            Err(error) => Err(error),
        }
    }

    /// Every department.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn departments(
        &self,
        access: &Access,
        priority: Priority,
    ) -> Result<Vec<Department>, ReadError> {
        let entries = self
            .v4_list(
                access,
                "/organization/structure/api/departments",
                None,
                priority,
            )
            .await?;
        Ok(entries
            .iter()
            .filter_map(|entry| {
                Some(Department {
                    id: id(entry)?,
                    name: owned(entry, "name")?,
                    code: owned(entry, "code"),
                    active: flag(entry, "isActive").unwrap_or(true),
                    head: number(entry, "headId").and_then(|id| LuccaId::try_from(id).ok()),
                })
            })
            .collect())
    }

    /// Every role. The listing has no reference page: a refusal is no failure of the key.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn roles(&self, access: &Access, priority: Priority) -> Result<Vec<Role>, ReadError> {
        let query = [("fields", "id,name".to_owned())];
        let entries = self.v3_list(access, "/api/v3/roles", &query, priority);
        Ok(entries
            .await?
            .iter()
            .filter_map(|entry| {
                Some(Role {
                    id: id(entry)?,
                    name: owned(entry, "name")?,
                })
            })
            .collect())
    }

    /// Reads a v3 list to its end.
    ///
    /// v3 pages are `paging={offset},{limit}` with at most 1,000 entries; a Lucca that gives
    /// fewer is asked for the rest. The answer has the number of all if `collection.count` is
    /// among the columns (`legacy/api-generations`).
    pub(super) async fn v3_list(
        &self,
        access: &Access,
        path: &str,
        query: &[(&'static str, String)],
        priority: Priority,
    ) -> Result<Vec<Value>, ReadError> {
        let mut entries: Vec<Value> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut offset = 0;
        for _ in 0..MOST_PAGES {
            let mut query = query.to_vec();
            query.push(("paging", format!("{offset},{V3_PAGE}")));
            let answer = self.read(access, path, &query, priority).await?;
            let found = items(&answer).ok_or(ReadError::Unreadable("no list"))?;
            let before = entries.len();
            for entry in found {
                // An entry without an id cannot be a known duplicate.
                if id(entry).is_none_or(|id| seen.insert(id)) {
                    entries.push(entry.clone());
                }
            }
            offset += found.len();
            let count = number(unwrapped(&answer), "count");
            let more = match count.and_then(|count| usize::try_from(count).ok()) {
                Some(count) => offset < count,
                None => found.len() >= V3_PAGE || may_be_cut(found.len()),
            };
            if !more || entries.len() == before {
                break;
            }
        }
        Ok(entries)
    }

    /// Reads a v4 list to its end.
    ///
    /// v4 pages are `page` and `limit`, with `next` a link, a cursor or null; which of the
    /// three, and whether the largest page is granted, differs between pages of the
    /// documentation, so a page with nothing new is the end.
    pub(super) async fn v4_list(
        &self,
        access: &Access,
        path: &str,
        filter: Option<(&'static str, &'static str)>,
        priority: Priority,
    ) -> Result<Vec<Value>, ReadError> {
        let mut entries: Vec<Value> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut page = "1".to_owned();
        for number_of_page in 1..=MOST_PAGES {
            let mut query = vec![
                ("page", page),
                ("limit", V4_PAGE.to_string()),
                ("fields.root", "prev,next,count".to_owned()),
            ];
            query.extend(filter.map(|(name, value)| (name, value.to_owned())));
            let answer = self.read(access, path, &query, priority).await?;
            let found = items(&answer).ok_or(ReadError::Unreadable("no list"))?;
            let before = seen.len();
            for entry in found {
                if let Some(id) = id(entry)
                    && seen.insert(id)
                {
                    entries.push(entry.clone());
                }
            }
            match next_page(unwrapped(&answer), found.len(), seen.len(), number_of_page) {
                Some(next) if seen.len() > before => page = next,
                _ => return Ok(entries),
            }
        }
        Ok(entries)
    }
}

/// Whether a page of this length may have been cut by a limit lower than the one asked for:
/// limits are round numbers.
fn may_be_cut(found: usize) -> bool {
    found >= 10 && found.is_multiple_of(10)
}

/// The next page to ask for, if there may be one.
fn next_page(answer: &Value, found: usize, in_all: usize, page: usize) -> Option<String> {
    let following = (page + 1).to_string();
    let count = number(answer, "count").and_then(|count| usize::try_from(count).ok());
    let next = member(answer, "next");
    match next {
        Some(Value::String(link)) if !link.is_empty() => Some(page_of(link)),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Object(_)) => Some(following),
        _ => match count {
            Some(count) => (in_all < count).then_some(following),
            None if next.is_some() && found < V4_PAGE => None,
            None => (found >= V4_PAGE || may_be_cut(found)).then_some(following),
        },
    }
}

/// The page that a link names, or the cursor itself.
fn page_of(link: &str) -> String {
    let query = link.split_once('?').map(|(_, query)| query);
    query
        .and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| (name == "page").then(|| value.into_owned()))
        })
        .unwrap_or_else(|| link.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_next_page_is_found_in_every_form_of_paging() {
        let table = [
            (json!({"next": null, "count": 3}), 3, 3, None),
            (json!({"count": 130}), 100, 100, Some("2")),
            (json!({"count": 130}), 30, 130, None),
            (json!({}), 100, 100, Some("2")),
            (json!({}), 10, 10, Some("2")),
            (json!({}), 11, 11, None),
            (json!({"next": null}), 10, 10, None),
            (json!({"next": "/a?limit=100&page=2"}), 100, 100, Some("2")),
            (
                json!({"next": "b64cursor=="}),
                100,
                100,
                Some("b64cursor=="),
            ),
            (json!({"next": 2}), 10, 10, Some("2")),
            (json!({"next": "", "count": 12}), 10, 10, Some("2")),
        ];
        for (answer, found, in_all, expected) in table {
            assert_eq!(
                next_page(&answer, found, in_all, 1).as_deref(),
                expected,
                "{answer}"
            );
        }
    }
}
