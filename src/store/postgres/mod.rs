//! The store in a PostgreSQL database, which several replicas can share.
//!
//! Every change runs in one transaction that locks the row of its onboarding, at the
//! isolation level READ COMMITTED; hires of one source wait for each other, so that a source
//! never gets two episodes at once. A transaction that met another one, or a broken
//! connection, is begun anew a few times. Leases and budgets are measured by the server's
//! clock, so that replicas need not agree on the time. Connections are encrypted if
//! the URL says `sslmode=require`, and
//! there must be no pooler between that gives each transaction another session.

mod accounts;
mod apply;
mod budget;
mod changes;
mod connect;
mod encryption;
mod error;
mod history;
mod keys;
mod load;
mod lookups;
mod migrate;
mod session;
mod tenants;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod ticks;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::{
    Store, StoreError,
    backend::{Backend, BeginContext, HireContext, HireQuery, Rows},
    change::{Plan, Stored},
    queue::Queues,
    records::{Index, Records},
};
use crate::{
    clock::SharedClock,
    db::{DbError, Keyring},
    domain::ids::OnboardingId,
    tls::ClientFiles,
};

use changes::Changes;
use encryption::Encryption;
use session::{Session, TRIES, may_pass, transaction};
use ticks::Ticks;

pub use error::PostgresError;

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    pool: Pool,
    records: Records,
    clock: SharedClock,
    ticks: Ticks,
    changes: Changes,
    queues: Queues,
}

impl PostgresStore {
    /// Connects to the database and brings its schema up to date. `tls` tells whom to trust
    /// if the URL says `sslmode=require`; `clock` tells this process's time, in which it is
    /// told when something is due.
    ///
    /// # Errors
    /// It cannot be reached or used, or not with these keys; the text says what to do.
    pub async fn open(
        url: &str,
        tls: ClientFiles,
        keyring: Keyring,
        clock: SharedClock,
    ) -> Result<Self, PostgresError> {
        Self::open_with(url, tls, keyring, clock, Ticks::Server).await
    }

    async fn open_with(
        url: &str,
        tls: ClientFiles,
        keyring: Keyring,
        clock: SharedClock,
        ticks: Ticks,
    ) -> Result<Self, PostgresError> {
        let mut config = connect::config(url)?;
        let encryption = Encryption::of(&mut config, tls)?;
        // Listens first: what goes wrong with the first connection is told best here.
        let changes = Changes::listen(config.clone(), encryption.clone()).await?;
        let pool = connect::pool(config, encryption)?;
        let mut client = connect::connection(&pool)
            .await
            .map_err(|error| match error {
                StoreError::Database(error) => PostgresError::Other(error),
                _ => PostgresError::Unreachable,
            })?;
        let index = migrate::migrate(&mut client, &keyring, &migrate::SCHEMA).await?;
        drop(client);
        Ok(Self {
            pool,
            records: Records::new(keyring, index),
            clock,
            ticks,
            changes,
            queues: Queues::default(),
        })
    }
}

impl Backend for PostgresStore {
    fn records(&self) -> &Records {
        &self.records
    }

    fn notify(&self, id: OnboardingId) {
        self.changes.tell(id);
    }

    /// Other replicas may be alive: their leases end by themselves.
    fn inherits_leases(&self) -> bool {
        false
    }

    async fn change<A, P>(&self, rows: Rows, plan: P) -> Result<A, StoreError>
    where
        A: Send + 'static,
        P: Fn(&Records, Vec<Stored>) -> Result<Plan<A>, StoreError> + Send + Sync + 'static,
    {
        transaction!(self, |on| async {
            let plan = plan(on.records, on.load(&rows).await?)?;
            on.carry_out(plan).await
        })
    }

    async fn begin<A, P>(
        &self,
        id: OnboardingId,
        login: Index,
        now: Timestamp,
        plan: P,
    ) -> Result<A, StoreError>
    where
        A: Send + 'static,
        P: Fn(&Records, Option<(Stored, BeginContext)>) -> Result<Plan<A>, StoreError>
            + Send
            + Sync
            + 'static,
    {
        transaction!(self, |on| async {
            let stored = on.load(&Rows::Id(id)).await?.into_iter().next();
            let found = match stored {
                Some(stored) => {
                    let context = on.begin_context(&stored, login, now).await?;
                    Some((stored, context))
                }
                None => None,
            };
            on.carry_out(plan(on.records, found)?).await
        })
    }

    async fn take_hire<A, P>(&self, query: HireQuery, plan: P) -> Result<A, StoreError>
    where
        A: Send + 'static,
        P: Fn(&Records, HireContext) -> Result<Plan<A>, StoreError> + Send + Sync + 'static,
    {
        transaction!(self, |on| async {
            let plan = plan(on.records, on.hire_context(&query).await?)?;
            on.carry_out(plan).await
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        // A standby, and a database that was made read-only, answer but take no hire.
        let sql = "SELECT current_setting('transaction_read_only') = 'off'";
        if self.the_row(sql, &[]).await?.try_get(0)? {
            Ok(())
        } else {
            Err(DbError::ReadOnly.into())
        }
    }

    fn changes(&self) -> broadcast::Receiver<OnboardingId> {
        self.changes.subscribe()
    }
}
