//! Establishments, departments and roles.
//!
//! Departments and establishments are read from v4: `GET /api/v3/departments` no longer
//! answers since September 2026 (`legacy/organization/guides/departments-migration`).

use std::collections::BTreeSet;

use serde_json::Value;
use tokio::sync::SemaphorePermit;

use super::{
    Access, LuccaClient, ReadError,
    answer::{List, flag, id, number, owned},
    legal::{self, LegalUnit},
};
use crate::domain::{cause::Cause, lucca_id::LuccaId, tenant::Unit};

const ESTABLISHMENTS: &str = "/organization/structure/api/establishments";
const DEPARTMENTS: &str = "/organization/structure/api/departments";
const ROLES: &str = "/api/v3/roles";

/// Entries asked for in one v4 page: the most that v4 lists are documented to give.
const V4_PAGE: usize = 100;

/// Entries asked for in one v3 page: the most that v3 gives.
pub(super) const V3_PAGE: usize = 1000;

/// The most pages that are read of one list, so that every read ends.
pub(super) const MOST_PAGES: usize = 200;

/// The most bytes of one list.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// The most entries of one list: more than the largest companies have had people.
const MOST_ENTRIES: usize = 100_000;

/// From this size on, a list is a long one.
const LONG_READ: usize = 4 * 1024 * 1024;

/// The most long lists that are read at the same time.
pub(super) const MOST_LONG_READS: usize = 2;

/// An establishment, a department or a role of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LuccaUnit {
    /// The id. That of an establishment is what v3 calls `legalEntityId`.
    pub id: LuccaId,
    /// The name.
    pub name: String,
    /// The code; roles have none.
    pub code: Option<String>,
    /// An establishment that is not archived, a department that is active, any role.
    pub in_use: bool,
    /// The head of a department.
    pub head: Option<LuccaId>,
    /// The legal unit of an establishment.
    pub legal_unit: Option<LegalUnit>,
}

impl LuccaUnit {
    fn read(unit: Unit, entry: &Value) -> Option<Self> {
        Some(Self {
            id: id(entry)?,
            name: owned(entry, "name")?,
            code: owned(entry, "code"),
            in_use: match unit {
                Unit::Establishment => !flag(entry, "isArchived").unwrap_or(false),
                Unit::Department => flag(entry, "isActive").unwrap_or(true),
                Unit::Role => true,
            },
            head: number(entry, "headId").and_then(|id| LuccaId::try_from(id).ok()),
            legal_unit: legal::unit_of(entry),
        })
    }
}

impl LuccaClient {
    /// Every unit of a kind. Archived establishments are left out. The listing of roles has no
    /// reference page: a refusal is no failure of the key.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn units(&self, unit: Unit, access: Access<'_>) -> Result<Vec<LuccaUnit>, ReadError> {
        let read = |entry: &Value| LuccaUnit::read(unit, entry);
        match unit {
            Unit::Establishment => self.v4_list(access, ESTABLISHMENTS, None, read).await,
            Unit::Department => self.v4_list(access, DEPARTMENTS, None, read).await,
            Unit::Role => {
                let query = [("fields", "id,name".to_owned())];
                self.v3_list(access, ROLES, &query, read).await
            }
        }
    }

    /// Every establishment, archived ones too if Lucca accepts the parameter for them, which
    /// is documented for legal units only. If no unit of the answer is in use, a second call asks
    /// without the parameter.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn establishments_ever(
        &self,
        access: Access<'_>,
    ) -> Result<Vec<LuccaUnit>, ReadError> {
        let unit = Unit::Establishment;
        let both = Some(("isArchived", "true,false"));
        let read = |entry: &Value| LuccaUnit::read(unit, entry);
        let mut found = match self.v4_list(access, ESTABLISHMENTS, both, read).await {
            Ok(found) => found,
            Err(ReadError::Refused { status: 400, .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        if found.iter().all(|it| !it.in_use) {
            found.extend(self.units(unit, access).await?);
        }
        Ok(found)
    }

    /// Reads a v3 list to its end.
    ///
    /// v3 pages are `paging={offset},{limit}` with at most 1,000 entries; a Lucca that gives
    /// fewer is asked for the rest. The answer has the number of all if `collection.count` is
    /// among the columns (`legacy/api-generations`).
    pub(super) async fn v3_list<T>(
        &self,
        access: Access<'_>,
        path: &str,
        query: &[(&'static str, String)],
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, ReadError> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        let mut offset = 0;
        let mut bounds = Bounds::new(self);
        for _ in 0..MOST_PAGES {
            let mut query = query.to_vec();
            query.push(("paging", format!("{offset},{V3_PAGE}")));
            let (answer, size) = self.read(access, path, &query).await?;
            let mut page = List::of(answer).ok_or(ReadError::Unreadable("no list"))?;
            let found = page.entries.len();
            bounds.add(size, found).await?;
            // An entry without an id cannot be a known duplicate.
            let mut is_new = |entry: &Value| id(entry).is_none_or(|id| seen.insert(id));
            page.entries.retain(|entry| is_new(entry));
            let nothing_new = page.entries.is_empty();
            entries.extend(page.entries.iter().filter_map(&read));
            offset += found;
            let more = match page.count {
                Some(count) => offset < count,
                None => found >= V3_PAGE || may_be_cut(found),
            };
            if !more || nothing_new {
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
    pub(super) async fn v4_list<T>(
        &self,
        access: Access<'_>,
        path: &str,
        filter: Option<(&'static str, &'static str)>,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, ReadError> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        let mut bounds = Bounds::new(self);
        let mut page = "1".to_owned();
        for number_of_page in 1..=MOST_PAGES {
            let mut query = vec![
                ("page", page),
                ("limit", V4_PAGE.to_string()),
                ("fields.root", "prev,next,count".to_owned()),
            ];
            query.extend(filter.map(|(name, value)| (name, value.to_owned())));
            let (answer, size) = self.read(access, path, &query).await?;
            let mut list = List::of(answer).ok_or(ReadError::Unreadable("no list"))?;
            let found = list.entries.len();
            bounds.add(size, found).await?;
            let mut is_new = |entry: &Value| id(entry).is_some_and(|id| seen.insert(id));
            list.entries.retain(|entry| is_new(entry));
            let nothing_new = list.entries.is_empty();
            entries.extend(list.entries.iter().filter_map(&read));
            match next_page(&list, found, seen.len(), number_of_page) {
                Some(next) if !nothing_new => page = next,
                _ => return Ok(entries),
            }
        }
        Ok(entries)
    }
}

/// What one read of a list may take.
struct Bounds<'a> {
    client: &'a LuccaClient,
    bytes: usize,
    entries: usize,
    long: Option<SemaphorePermit<'a>>,
}

impl<'a> Bounds<'a> {
    fn new(client: &'a LuccaClient) -> Self {
        Self {
            client,
            bytes: 0,
            entries: 0,
            long: None,
        }
    }

    /// Counts a page. A list that becomes long waits until there are few such reads.
    async fn add(&mut self, bytes: usize, entries: usize) -> Result<(), ReadError> {
        self.bytes += bytes;
        self.entries += entries;
        if self.bytes > MOST_BYTES || self.entries > MOST_ENTRIES {
            return Err(ReadError::Unavailable(Cause::AnswerTooLarge));
        }
        if self.bytes > LONG_READ && self.long.is_none() {
            self.long = self.client.long_reads.acquire().await.ok();
        }
        Ok(())
    }
}

/// Whether a page of this length may have been cut by a limit lower than the one asked for:
/// limits are round numbers.
fn may_be_cut(found: usize) -> bool {
    found >= 10 && found.is_multiple_of(10)
}

/// The next page to ask for, if there may be one.
fn next_page(list: &List, found: usize, in_all: usize, page: usize) -> Option<String> {
    let following = (page + 1).to_string();
    match &list.next {
        Some(Value::String(link)) if !link.is_empty() => Some(page_of(link)),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Object(_)) => Some(following),
        next => match list.count {
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
            let list = List {
                entries: Vec::new(),
                count: answer
                    .get("count")
                    .and_then(Value::as_u64)
                    .map(|it| it as usize),
                next: answer.get("next").cloned(),
            };
            let next = next_page(&list, found, in_all, 1);
            assert_eq!(next.as_deref(), expected, "{answer}");
        }
    }
}
