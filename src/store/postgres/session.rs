//! Statements on a connection or in a transaction, and transactions that are tried again.

use deadpool_postgres::GenericClient;
use tokio_postgres::{Row, types::ToSql};

use super::ticks::Ticks;
use crate::{
    db::DbError,
    store::{StoreError, records::Records},
};

/// How often a piece of work is begun before its failure is told.
pub(super) const TRIES: u32 = 5;

/// Values for the parameters of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection or a transaction, and what goes with every statement.
pub(super) struct Session<'a, C> {
    client: &'a C,
    pub(super) records: &'a Records,
    pub(super) ticks: &'a Ticks,
}

impl<'a, C: GenericClient> Session<'a, C> {
    pub(super) fn new(client: &'a C, records: &'a Records, ticks: &'a Ticks) -> Self {
        Self {
            client,
            records,
            ticks,
        }
    }

    pub(super) async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let statement = self.client.prepare_cached(sql).await?;
        Ok(self.client.query(&statement, values).await?)
    }

    pub(super) async fn row(
        &self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The one row of a statement that always has one.
    pub(super) async fn the_row(&self, sql: &str, values: Values<'_>) -> Result<Row, StoreError> {
        self.row(sql, values).await?.ok_or(StoreError::Malformed)
    }

    /// How many rows it changed.
    pub(super) async fn run(&self, sql: &str, values: Values<'_>) -> Result<u64, StoreError> {
        let statement = self.client.prepare_cached(sql).await?;
        Ok(self.client.execute(&statement, values).await?)
    }
}

/// What a transaction may have met that it does not meet again: another transaction, a row
/// that another has just inserted, or a connection that broke while it was not used.
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

/// Runs work in a transaction and commits it; begins anew when it met another one.
///
/// A connection that is lost during the commit leaves open whether it happened, so that this
/// is told and not tried again: every caller can say the same once more.
macro_rules! writing {
    ($store:expr, |$session:ident| $work:expr) => {{
        let store = $store;
        let mut tries = 1;
        loop {
            let mut client = connect::connection(&store.pool).await?;
            let done = async {
                let transaction = client.transaction().await?;
                let $session = Session::new(&transaction, &store.records, &store.ticks);
                let value = $work.await?;
                Ok::<_, StoreError>((transaction, value))
            };
            match done.await {
                Ok((transaction, value)) => {
                    break transaction
                        .commit()
                        .await
                        .map(|()| value)
                        .map_err(StoreError::from);
                }
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                Err(error) => break Err(error),
            }
        }
    }};
}

/// Runs one statement, or several that need not fit together, on a connection. A lost
/// connection leaves open whether they happened, and they are run again: it must not matter.
macro_rules! reading {
    ($store:expr, |$session:ident| $work:expr) => {{
        let store = $store;
        let mut tries = 1;
        loop {
            let client = connect::connection(&store.pool).await?;
            let $session = Session::new(&client, &store.records, &store.ticks);
            match $work.await {
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                answer => break answer,
            }
        }
    }};
}

pub(super) use {reading, writing};
