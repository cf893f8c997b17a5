//! Rotating encryption keys: where sealed values are kept, and the statements that find and
//! replace them.

use async_trait::async_trait;

use super::{
    StoreError,
    backend::Backend,
    records::{Column, Records, record},
    sql::{Statement, one, values},
};
use crate::db::{DATA_VERSION, KEY_IN_USE, SealContext, SealError, mark_of, marked};

/// How many records a step looks at: what a step writes must not hold up others.
const STEP: i64 = 100;

/// Rotates encryption keys.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// The id of the key that seals.
    fn sealing_key(&self) -> String;

    /// Seals the page token of a list for its position.
    fn seal_token(&self, list: &str, position: &str) -> Result<Vec<u8>, StoreError>;

    /// The position of a page token that was sealed for this list.
    fn open_token(&self, list: &str, sealed: &[u8]) -> Option<String>;

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

/// Table, SQL column and meaning of every value that a key of the ring has sealed. Data keys have sealed
/// most values of onboardings, and do not change in a rotation; older versions had no data keys.
const SEALED: [(&str, &str, Column); 7] = [
    ("tenants", "document", Column::Tenant),
    ("tenant_versions", "version", Column::TenantVersion),
    ("data_keys", "key", Column::DataKey),
    ("onboardings", "document", Column::Onboarding),
    ("attempts", "intent", Column::Intent),
    ("evidence", "evidence", Column::Evidence),
    ("early", "document", Column::Early),
];

/// A value that is not sealed with the newest key.
struct OldValue {
    key: String,
    tenant: String,
    record: String,
    attempt: u32,
    sealed: Vec<u8>,
}

impl Cursor {
    /// Finds old values: key, tenant, record, attempt and value, after the key `$1`, not beginning
    /// with `$2` or `$4`, at most `$3` of them. `None` at the end.
    fn find(&self) -> Option<String> {
        let (table, column, meaning) = SEALED.get(self.place)?;
        let (owner, join) = match meaning {
            Column::Tenant | Column::TenantVersion => ("it.id, it.id, CAST(0 AS BIGINT)", ""),
            Column::Onboarding | Column::Early => ("it.tenant, it.id, CAST(0 AS BIGINT)", ""),
            Column::Intent => (
                "owner.tenant, owner.id, CAST(it.number AS BIGINT)",
                "JOIN onboardings AS owner ON owner.seq = it.onboarding",
            ),
            Column::DataKey => (
                "owner.tenant, owner.id, CAST(0 AS BIGINT)",
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
                AND substr(it.{column}, 1, 1) <> $4
             ORDER BY it.{key} LIMIT $3"
        ))
    }

    /// Stores the value `$1` under the key `$2` if the value `$3` is still there.
    fn replace(&self) -> Option<String> {
        let (table, column, meaning) = SEALED.get(self.place)?;
        let (key, given) = (key(*meaning), parameter(*meaning, "$2"));
        Some(format!(
            "UPDATE {table} SET {column} = $1 WHERE {key} = {given} AND {column} = $3"
        ))
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
        let id = match column {
            Column::Intent | Column::Evidence => record(&old.record, old.attempt),
            _ => old.record.clone(),
        };
        records.reseal(&old.tenant, &id, column, &old.sealed)
    }
}

/// The column by which a table is gone through.
fn key(column: Column) -> &'static str {
    match column {
        Column::Tenant | Column::TenantVersion => "id",
        Column::DataKey => "onboarding",
        _ => "seq",
    }
}

/// A key that is given as a text.
fn parameter(column: Column, name: &str) -> String {
    match column {
        Column::Tenant | Column::TenantVersion => format!("CAST({name} AS TEXT)"),
        _ => format!("CAST(CAST({name} AS TEXT) AS BIGINT)"),
    }
}

/// What a page token is bound to.
fn token_of(list: &str) -> SealContext<'_> {
    SealContext {
        tenant: "",
        record: list,
        column: "page_token",
    }
}

#[async_trait]
impl<B: Backend> KeyStore for B {
    fn sealing_key(&self) -> String {
        self.records().keyring().newest().to_string()
    }

    fn seal_token(&self, list: &str, position: &str) -> Result<Vec<u8>, StoreError> {
        let keyring = self.records().keyring();
        Ok(keyring.seal(&token_of(list), position.as_bytes())?)
    }

    fn open_token(&self, list: &str, sealed: &[u8]) -> Option<String> {
        let keyring = self.records().keyring();
        String::from_utf8(keyring.open(&token_of(list), sealed).ok()?).ok()
    }

    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError> {
        let prefix = self.records().keyring().prefix();
        let mut sum = 0;
        for (table, column, _) in SEALED {
            let sql = format!(
                "SELECT count(*) FROM {table}
                 WHERE substr({column}, 1, 9) <> $1 AND substr({column}, 1, 1) <> $2"
            );
            sum += one::<u64>(
                &self
                    .query(sql, values![&prefix[..], &[DATA_VERSION][..]])
                    .await?,
            )?;
        }
        Ok(sum)
    }

    async fn seal_anew(&self, from: Cursor) -> Result<Resealed, StoreError> {
        let (Some(find), Some(replace)) = (from.find(), from.replace()) else {
            return Ok(Resealed::default());
        };
        let prefix = self.records().keyring().prefix();
        let rows = self
            .query(
                find,
                values![from.after.as_str(), &prefix[..], STEP, &[DATA_VERSION][..]],
            )
            .await?;
        let found = rows.iter().map(|row| {
            Ok::<_, StoreError>(OldValue {
                key: row.get(0)?,
                tenant: row.get(1)?,
                record: row.get(2)?,
                // A damaged number seals nothing: the value cannot be opened.
                attempt: row.get(3).unwrap_or_default(),
                sealed: row.get(4)?,
            })
        });
        let found = found.collect::<Result<Vec<_>, _>>()?;
        let mut done = Resealed {
            next: Some(from.next(found.last())),
            ..Resealed::default()
        };
        let mut statements = Vec::with_capacity(found.len());
        for old in found {
            match from.reseal(self.records(), &old) {
                Ok(new) => statements.push(Statement::new(
                    replace.clone(),
                    values![new, old.key, old.sealed],
                )),
                Err(_) => done.unreadable += 1,
            }
        }
        done.sealed = self.run(statements).await?.iter().sum();
        Ok(done)
    }

    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError> {
        let newest = self.records().keyring().newest();
        let pattern = format!("{KEY_IN_USE}%");
        if self.sealed_with_older_keys().await? == 0 {
            self.run(vec![Statement::new(
                "DELETE FROM meta WHERE key LIKE $1 AND key <> $2",
                values![pattern.as_str(), mark_of(newest)],
            )])
            .await?;
        }
        let sql = "SELECT key FROM meta WHERE key LIKE $1";
        let marks = self.query(sql, values![pattern]).await?;
        let marks = marks.iter().map(|row| row.get::<String>(0));
        let marks = marks.collect::<Result<Vec<_>, _>>()?;
        let needed = marks.iter().filter_map(|mark| marked(mark));
        let needed = needed.filter(|id| *id != newest);
        Ok(needed.map(|id| id.to_string()).collect())
    }
}
