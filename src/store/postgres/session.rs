//! Statements, alone or in a transaction, that are tried again.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::{Row, types::ToSql};

use super::{PostgresStore, connect, ticks::Ticks};
use crate::{
    db::DbError,
    store::{StoreError, records::Records},
};

/// How often work is begun before its failure is told.
pub(super) const TRIES: u32 = 5;

/// Values for the parameters of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Single statements on a connection of the pool. A lost connection leaves open whether a
/// statement was carried out, and it is run again: it must not matter.
impl PostgresStore {
    pub(super) async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let mut tries = 1;
        loop {
            let client = connect::connection(&self.pool).await?;
            match query(&client, sql, values).await {
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                answer => return answer,
            }
        }
    }

    /// The first row of a query.
    pub(super) async fn row(
        &self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The row of a query that always has one.
    pub(super) async fn the_row(&self, sql: &str, values: Values<'_>) -> Result<Row, StoreError> {
        self.row(sql, values).await?.ok_or(StoreError::Malformed)
    }
}

/// A transaction, and what goes with every statement in it.
pub(super) struct Session<'a> {
    transaction: &'a Transaction<'a>,
    pub(super) records: &'a Records,
    pub(super) ticks: &'a Ticks,
}

impl<'a> Session<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, store: &'a PostgresStore) -> Self {
        Self {
            transaction,
            records: &store.records,
            ticks: &store.ticks,
        }
    }

    pub(super) async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        query(self.transaction, sql, values).await
    }

    /// The first row of a query.
    pub(super) async fn row(
        &self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The row of a query that always has one.
    pub(super) async fn the_row(&self, sql: &str, values: Values<'_>) -> Result<Row, StoreError> {
        self.row(sql, values).await?.ok_or(StoreError::Malformed)
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) async fn run(&self, sql: &str, values: Values<'_>) -> Result<u64, StoreError> {
        let statement = self.transaction.prepare_cached(sql).await?;
        Ok(self.transaction.execute(&statement, values).await?)
    }
}

async fn query(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, values).await?)
}

/// Failures that need not come again: another transaction, a row that another has just inserted,
/// or a connection that broke while it was idle.
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
/// A connection that is lost during the commit leaves open whether it happened. That is told and
/// not tried again: every caller can say the same once more.
macro_rules! transaction {
    ($store:expr, |$session:ident| $work:expr) => {{
        let store = $store;
        let mut tries = 1;
        loop {
            let mut client = connect::connection(&store.pool).await?;
            let done = async {
                let transaction = client.transaction().await?;
                let $session = Session::new(&transaction, store);
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
