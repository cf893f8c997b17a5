//! Statements on a connection.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use crate::{
    db::DbError,
    store::{
        StoreError,
        apply::{grant, statements},
        backend::Dialect,
        change::{Change, LeaseChange, Plan, Write, learn},
        records::{Records, millis, millis_up},
        sql::{Row, Statement, Value, Values, values},
        tenants::{ACCEPTANCES, acceptances},
    },
};

/// A connection, and what seals and opens the values in its rows.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub conn: &'a Connection,
    pub records: &'a Records,
}

impl Session<'_> {
    pub(super) fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.conn.prepare_cached(&numbered(sql))?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            let value = |column| Ok::<_, rusqlite::Error>(read(row.get_ref(column)?));
            (0..columns).map(value).collect::<Result<_, _>>().map(Row)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) fn run(&self, statement: &Statement) -> Result<u64, StoreError> {
        let mut prepared = self.conn.prepare_cached(&numbered(&statement.sql))?;
        match prepared.execute(params_from_iter(&statement.values))? {
            0 if statement.must_change => Err(DbError::Conflict.into()),
            rows => Ok(u64::try_from(rows).unwrap_or(u64::MAX)),
        }
    }

    /// Writes what a script has decided.
    pub(super) fn carry_out<A>(&self, plan: Plan<A>) -> Result<A, StoreError> {
        plan.writes.iter().try_for_each(|write| self.write(write))?;
        Ok(plan.answer)
    }

    fn write(&self, write: &Write) -> Result<(), StoreError> {
        let mut all = match write {
            Write::Onboarding(change) => statements(change, self),
            Write::Leases { rows, now, until } => vec![grant(rows, *now, *until, self)],
            Write::Statement(statement) => vec![statement.clone()],
        };
        if let Write::Onboarding(change) = write
            && !change.learned.is_empty()
        {
            let (tenant, account, ..) = change.source.columns();
            let known = acceptances(&self.query(ACCEPTANCES, &values![tenant, account])?)?;
            all.extend(learn(&change.source, &known, &change.learned));
        }
        all.iter()
            .try_for_each(|statement| self.run(statement).map(|_| ()))
    }
}

/// The same SQL with parameters as SQLite numbers them.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn read(value: ValueRef<'_>) -> Value {
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
impl Dialect for Session<'_> {
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
