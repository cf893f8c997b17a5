//! Rotating encryption keys: where sealed values are kept, and the statements that find and
//! replace them.
//!
//! The parameters of each statement appear in their order, so that SQLite numbers them as
//! PostgreSQL does.

use async_trait::async_trait;

use super::{
    StoreError,
    records::{Column, Records, record},
};
use crate::db::{Keyring, SealError, marked};

/// How many records a step looks at: what a step writes must not hold up others.
pub(super) const STEP: i64 = 100;

/// Rotates encryption keys.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// The id of the key that seals.
    fn sealing_key(&self) -> String;

    /// How many records are not sealed with the newest key.
    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError>;

    /// Seals some records anew with the newest key, from a cursor on. Records that others change
    /// at the same time are left alone, for they are sealed with it by that.
    async fn seal_anew(&self, from: Cursor) -> Result<Resealed, StoreError>;

    /// Remembers that no record needs the older keys any more, if none does. Returns the ids of
    /// the keys that are still needed.
    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError>;
}

/// Where a rotation goes on. The default is the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    place: usize,
    after: String,
}

/// What a step of a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many records it sealed anew.
    pub sealed: u64,
    /// How many it could not open.
    pub unreadable: u64,
    /// Where the next step begins; `None`: this was the last.
    pub next: Option<Cursor>,
}

/// Table, SQL column and meaning of every sealed value.
const SEALED: [(&str, &str, Column); 4] = [
    ("tenants", "document", Column::Tenant),
    ("onboardings", "document", Column::Onboarding),
    ("attempts", "intent", Column::Intent),
    ("evidence", "evidence", Column::Evidence),
];

/// A value that is not sealed with the newest key.
pub(super) struct OldValue {
    pub key: String,
    pub tenant: String,
    pub record: String,
    pub attempt: i64,
    pub sealed: Vec<u8>,
}

/// A value that is to replace an old one under a key, if the old one is still there.
pub(super) struct Replacement {
    pub key: String,
    pub new: Vec<u8>,
    pub old: Vec<u8>,
}

/// For every column: how many values do not begin with `$1`, the prefix of the newest key.
pub(super) fn counts() -> impl Iterator<Item = String> {
    SEALED.iter().map(|(table, column, _)| {
        format!("SELECT count(*) FROM {table} WHERE substr({column}, 1, 9) <> $1")
    })
}

impl Cursor {
    /// Finds old values: key, tenant, record, attempt and value, after the key `$1`, not beginning
    /// with `$2`, at most `$3` of them. `None` at the end.
    pub(super) fn find(&self) -> Option<String> {
        let (table, column, meaning) = SEALED.get(self.place)?;
        let (owner, join) = match meaning {
            Column::Tenant => ("it.id, it.id, CAST(0 AS BIGINT)", ""),
            Column::Onboarding => ("it.tenant, it.id, CAST(0 AS BIGINT)", ""),
            Column::Intent => (
                "owner.tenant, owner.id, CAST(it.number AS BIGINT)",
                "JOIN onboardings AS owner ON owner.seq = it.onboarding",
            ),
            Column::Evidence => (
                "owner.tenant, owner.id, CAST(it.attempt AS BIGINT)",
                "JOIN onboardings AS owner ON owner.seq = it.onboarding",
            ),
        };
        let key = key(*meaning);
        let after = parameter(*meaning, "$1");
        Some(format!(
            "SELECT CAST(it.{key} AS TEXT), {owner}, it.{column} FROM {table} AS it {join}
             WHERE it.{key} > {after} AND substr(it.{column}, 1, 9) <> $2
             ORDER BY it.{key} LIMIT $3"
        ))
    }

    /// Stores the value `$1` under the key `$2` if the value `$3` is still there.
    pub(super) fn replace(&self) -> Option<String> {
        let (table, column, meaning) = SEALED.get(self.place)?;
        let (key, given) = (key(*meaning), parameter(*meaning, "$2"));
        Some(format!(
            "UPDATE {table} SET {column} = $1 WHERE {key} = {given} AND {column} = $3"
        ))
    }

    /// The key after which to go on.
    pub(super) fn after(&self) -> &str {
        &self.after
    }

    /// Seals the values that were found. Those that cannot be opened are counted.
    pub(super) fn seal(
        &self,
        records: &Records,
        found: Vec<OldValue>,
    ) -> (Vec<Replacement>, Resealed) {
        let mut done = Resealed {
            next: Some(self.next(found.last())),
            ..Resealed::default()
        };
        let mut replacements = Vec::with_capacity(found.len());
        for old in found {
            match self.reseal(records, &old) {
                Ok(new) => replacements.push(Replacement {
                    key: old.key,
                    new,
                    old: old.sealed,
                }),
                Err(_) => done.unreadable += 1,
            }
        }
        (replacements, done)
    }

    fn next(&self, last: Option<&OldValue>) -> Self {
        match last {
            Some(last) => Self {
                place: self.place,
                after: last.key.clone(),
            },
            // The keys of tenants are texts, and all other keys are numbers from 1.
            None => Self {
                place: self.place + 1,
                after: "0".to_owned(),
            },
        }
    }

    fn reseal(&self, records: &Records, old: &OldValue) -> Result<Vec<u8>, SealError> {
        let (_, _, column) = *SEALED.get(self.place).ok_or(SealError::Failed)?;
        let attempt = u32::try_from(old.attempt).map_err(|_| SealError::Malformed)?;
        let id = match column {
            Column::Tenant | Column::Onboarding => old.record.clone(),
            Column::Intent | Column::Evidence => record(&old.record, attempt),
        };
        records.reseal(&old.tenant, &id, column, &old.sealed)
    }
}

/// The column by which a table is gone through.
fn key(column: Column) -> &'static str {
    match column {
        Column::Tenant => "id",
        _ => "seq",
    }
}

/// A key that is given as a text.
fn parameter(column: Column, name: &str) -> String {
    match column {
        Column::Tenant => format!("CAST({name} AS TEXT)"),
        _ => format!("CAST(CAST({name} AS TEXT) AS BIGINT)"),
    }
}

/// The ids of the older keys that these marks name.
pub(super) fn older_keys<'a>(
    marks: impl IntoIterator<Item = &'a str>,
    keyring: &Keyring,
) -> Vec<String> {
    let needed = marks.into_iter().filter_map(marked);
    needed
        .filter(|id| *id != keyring.newest())
        .map(|id| id.to_string())
        .collect()
}
