//! Statements on a connection to an SQLite file.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use crate::{
    db::{DbError, Wipe},
    store::{
        Lane, StoreError,
        backend::{Dialect, Rows},
        change::{Change, LeaseChange, Stored},
        reading::{self, Beside, Read},
        records::{Index, Records, limit, millis, millis_up},
        session::Session,
        sql::{Row, Statement, Value, Values, values},
    },
};

/// A connection of the writer, which is alone, or of a reader.
pub(super) struct SqliteSession<'a> {
    pub conn: &'a Connection,
    pub records: &'a Records,
    pub wipe: &'a Wipe,
}

impl Session for SqliteSession<'_> {
    fn records(&self) -> &Records {
        self.records
    }

    fn wipe(&self) {
        self.wipe.request();
    }

    fn row_lock(&self, _: &'static str) -> &'static str {
        ""
    }

    async fn serialise(&self, _: &BTreeSet<Index>) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.conn.prepare_cached(&numbered(sql))?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            let value = |column| Ok::<_, rusqlite::Error>(read(row.get_ref(column)?));
            (0..columns).map(value).collect::<Result<_, _>>().map(Row)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    async fn run(&self, statement: &Statement) -> Result<u64, StoreError> {
        let mut prepared = self.conn.prepare_cached(&numbered(&statement.sql))?;
        match prepared.execute(params_from_iter(&statement.values))? {
            0 if statement.must_change => Err(DbError::Conflict.into()),
            rows => Ok(u64::try_from(rows).unwrap_or(u64::MAX)),
        }
    }

    async fn find(&self, clause: &str, values: &[Value]) -> Result<Vec<Stored>, StoreError> {
        self.read(clause, values, Read::Whole).await
    }

    async fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        let (clause, values) = match rows {
            Rows::Id(id) => ("WHERE id = $1", values![id.to_string()]),
            Rows::Due {
                lane: Lane { account, tenant },
                now,
                limit: most,
            } => (
                "WHERE account = $1 AND tenant = $2 AND wake <= $3
                 ORDER BY wake, seq LIMIT $4",
                values![
                    account.as_str(),
                    tenant.as_str(),
                    millis(*now),
                    limit(*most)
                ],
            ),
            Rows::Retained {
                tenant,
                from,
                limit: most,
            } => (
                "WHERE tenant = $1 AND retain_from <= $2 ORDER BY retain_from LIMIT $3",
                values![tenant.as_str(), millis(*from), limit(*most)],
            ),
            Rows::SetAside(id) => {
                return self
                    .read("WHERE id = $1", &values![&**id], Read::Opened)
                    .await;
            }
            Rows::Leased => (
                "INDEXED BY onboardings_next WHERE wake IS NOT NULL AND leased = 1",
                Vec::new(),
            ),
        };
        self.find(clause, &values).await
    }
}

impl SqliteSession<'_> {
    /// The onboardings that a clause selects, with their attempts.
    async fn read(
        &self,
        clause: &str,
        values: &[Value],
        read: Read,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("{} {clause}", reading::select("leased"));
        let mut found = Vec::new();
        for row in self.query(&sql, values).await? {
            let beside = self.beside(&row).await?;
            found.push(reading::onboarding(self.records, &row, &beside, read));
        }
        reading::all(found)
    }

    async fn beside(&self, row: &Row) -> Result<Beside, StoreError> {
        let seq = values![row.get::<i64>(0)?];
        let sql = "SELECT number, open, intent FROM attempts WHERE onboarding = $1 ORDER BY number";
        let attempts = self.query(sql, &seq).await?;
        let sql = "SELECT attempt, evidence FROM evidence WHERE onboarding = $1 ORDER BY seq";
        let evidence = match attempts.is_empty() {
            true => Vec::new(),
            false => self.query(sql, &seq).await?,
        };
        Ok(Beside {
            held: row.get(reading::THEN).unwrap_or_default(),
            attempts,
            evidence,
        })
    }
}

/// The same SQL with parameters as SQLite numbers them.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

pub(super) fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Bytes(value.to_owned()),
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null | Self::List(_) => ValueRef::Null,
            Self::Bool(value) => ValueRef::Integer((*value).into()),
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// Leases and reservations end by the clock of the service, in milliseconds. While a worker holds
/// a lease, `wake` is its end.
impl Dialect for SqliteSession<'_> {
    fn now(&self, values: &mut Values, now: Timestamp) -> String {
        values.add(millis(now))
    }

    fn span(&self, span: Duration) -> i64 {
        i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
    }

    fn hold(&self, values: &mut Values, _: Timestamp, until: Timestamp) -> String {
        format!("leased = 1, wake = {}", values.add(millis_up(until)))
    }

    fn lease(&self, values: &mut Values, change: &Change) -> Option<String> {
        match change.lease {
            LeaseChange::Keep => None,
            LeaseChange::Hold(until) => Some(self.hold(values, change.now, until)),
            LeaseChange::End => Some(format!("leased = 0, wake = {}", values.add(change.due))),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
