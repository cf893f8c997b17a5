//! Statements, alone or in a transaction, that are tried again.

use std::collections::BTreeSet;

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use super::{
    PostgresStore, connect,
    load::{open, select},
    ticks::Ticks,
};
use crate::{
    db::DbError,
    store::{
        StoreError,
        backend::Rows,
        change::Stored,
        reading::Read,
        records::{Index, Records},
        session::Session,
        sql::{Row, Statement, Value},
    },
};

/// How often work is tried before its failure is returned.
pub(super) const TRIES: u32 = 5;

impl PostgresStore {
    /// Runs a single statement on a connection of the pool. A lost connection leaves open whether
    /// the statement was carried out. It is run again, so it must be safe to repeat.
    pub(super) async fn again(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut tries = 1;
        loop {
            let client = connect::connection(&self.pool).await?;
            match query(&client, sql, values).await {
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                answer => return answer,
            }
        }
    }
}

/// A transaction, and what goes with every statement in it.
pub(super) struct PostgresSession<'a> {
    transaction: &'a Transaction<'a>,
    pub(super) records: &'a Records,
    pub(super) ticks: &'a Ticks,
}

impl<'a> PostgresSession<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, store: &'a PostgresStore) -> Self {
        Self {
            transaction,
            records: &store.records,
            ticks: &store.ticks,
        }
    }
}

impl Session for PostgresSession<'_> {
    fn records(&self) -> &Records {
        self.records
    }

    fn row_lock(&self, clause: &'static str) -> &'static str {
        clause
    }

    /// The locks are taken in the order of the sources, so that no two transactions lock each other
    /// out.
    async fn serialise(&self, sources: &BTreeSet<Index>) -> Result<bool, StoreError> {
        let locks = sources.iter().map(|source| {
            let mut lock = [0; 8];
            lock.copy_from_slice(&source[..8]);
            Value::Int(i64::from_be_bytes(lock))
        });
        let sql =
            "SELECT pg_advisory_xact_lock(lock) IS NULL FROM unnest($1::bigint[]) AS it (lock)";
        self.query(sql, &[Value::List(locks.collect())]).await?;
        Ok(true)
    }

    async fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        query(self.transaction, sql, values).await
    }

    async fn run(&self, statement: &Statement) -> Result<u64, StoreError> {
        let prepared = self.transaction.prepare_cached(&statement.sql).await?;
        let values = parameters(&statement.values);
        match self.transaction.execute(&prepared, &values).await? {
            0 if statement.must_change => Err(DbError::Conflict.into()),
            rows => Ok(rows),
        }
    }

    async fn find(&self, clause: &str, values: &[Value]) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("{} {clause}", select());
        open(self.records, &self.query(&sql, values).await?, Read::Whole)
    }

    async fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        self.load_locked(rows).await
    }
}

async fn query(
    client: &impl GenericClient,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &parameters(values)).await?;
    let row = |row: &tokio_postgres::Row| {
        let values = (0..row.len()).map(|column| Ok(row.try_get(column)?));
        values.collect::<Result<_, StoreError>>().map(Row)
    };
    rows.iter().map(row).collect()
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    let values = values.iter();
    values.map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql(ty, out),
            Self::Int(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Bytes(value) => value.to_sql(ty, out),
            Self::List(values) => values.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        let lists = [
            Type::BOOL_ARRAY,
            Type::INT8_ARRAY,
            Type::TEXT_ARRAY,
            Type::BYTEA_ARRAY,
        ];
        [Type::BOOL, Type::INT8, Type::TEXT, Type::BYTEA].contains(ty) || lists.contains(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(
        ty: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(FromSql::from_sql(ty, raw)?),
            Type::INT8 => Self::Int(FromSql::from_sql(ty, raw)?),
            Type::TEXT => Self::Text(FromSql::from_sql(ty, raw)?),
            Type::BYTEA => Self::Bytes(FromSql::from_sql(ty, raw)?),
            _ => Self::List(FromSql::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        <Self as ToSql>::accepts(ty)
    }
}

/// Whether a second try may succeed: after a conflict with another transaction, a row that another
/// one has just inserted, or a lost connection.
pub(super) fn may_pass(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else {
        return false;
    };
    error.is_unique_violation() || matches!(error, DbError::Conflict | DbError::Unreachable)
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Runs work in a transaction and commits it. Begins anew when it met another transaction.
///
/// A connection that is lost during the commit leaves open whether it happened. The error is
/// returned and nothing is tried again: every caller can repeat its request.
macro_rules! transaction {
    ($store:expr, |$session:ident| $work:expr) => {{
        let store = $store;
        let mut tries = 1;
        loop {
            let mut client = connect::connection(&store.pool).await?;
            let done = async {
                let transaction = client.transaction().await?;
                let $session = &PostgresSession::new(&transaction, store);
                let value = $work.await?;
                Ok::<_, StoreError>((transaction, value))
            };
            match done.await {
                Ok((transaction, value)) => {
                    let committed = transaction.commit().await;
                    break committed.map(|()| value).map_err(StoreError::from);
                }
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                Err(error) => break Err(error),
            }
        }
    }};
}

pub(super) use transaction;
