//! The store in a PostgreSQL database, which several replicas can share.
//!
//! Every change runs in one transaction that locks the row of its onboarding, at the isolation level
//! READ COMMITTED. Hires of one source wait for each other, so that a source never gets two episodes
//! at once. A transaction that met another one, or a broken connection, is begun anew a few times.
//! Leases and budgets are measured by the server's clock, so that replicas need not agree on the
//! time. Connections are encrypted if the URL says `sslmode=require`. A pooler in between must not
//! give each transaction another session.

mod budget;
mod changes;
mod connect;
mod encryption;
mod error;
mod load;
mod migrate;
mod session;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod ticks;

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::{
    Lane, ScheduleStore, Store, StoreError,
    backend::{Backend, BeginContext, HireContext, HireQuery, Rows, Script, TenantContext},
    change::Stored,
    lookups::bind_to_tenants,
    queue::Queues,
    reading::Read,
    records::{Index, Records, time},
    session::{Session as _, carry_out, hire_context, step_context, tenant_context},
    sql::{Row, Statement, Value, one},
};
use crate::{
    clock::SharedClock,
    db::{DbError, Keyring},
    domain::ids::{Account, OnboardingId, TenantId},
    net::tls::ClientFiles,
};

use changes::Changes;
use encryption::Encryption;
use session::{PostgresSession, TRIES, may_pass, transaction};
use ticks::{MICROS, Ticks, micros};

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
    /// Connects to the database and brings its schema up to date. `tls` names the CA to trust if the
    /// URL says `sslmode=require`. `clock` is this process's clock, for the time when something is
    /// due.
    ///
    /// # Errors
    /// It cannot be reached or used, or not with these keys. The text says what to do.
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
        // First, because its errors say best what is wrong with the connection.
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
        let store = Self {
            pool,
            records: Records::new(keyring, index),
            clock,
            ticks,
            changes,
            queues: Queues::default(),
        };
        bind_to_tenants(&store).await?;
        Ok(store)
    }
}

impl Backend for PostgresStore {
    const UNLEASED: &'static str = "lease_end IS NULL";

    const NO_LEASE: &'static str = "lease_end = NULL";

    const QUEUED: &'static str = "lease_end IS NULL AND wake IS NOT NULL";

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn query(
        &self,
        sql: impl Into<Cow<'static, str>> + Send,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into();
        self.again(&sql, &values).await
    }

    async fn try_find(
        &self,
        clause: String,
        values: Vec<Value>,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("{} {clause}", load::select());
        let rows = self.again(&sql, &values).await?;
        load::open(&self.records, &rows, Read::Whole)
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        transaction!(self, |on| async {
            let mut changed = Vec::with_capacity(statements.len());
            for statement in &statements {
                changed.push(on.run(statement).await?);
            }
            Ok::<_, StoreError>(changed)
        })
    }

    async fn try_change_tenant<A: Send + 'static>(
        &self,
        id: TenantId,
        account: Option<Account>,
        plan: impl Script<TenantContext, A>,
    ) -> Result<A, StoreError> {
        transaction!(self, |on| async {
            let context = tenant_context(on, &id, account.as_ref()).await?;
            carry_out(on, plan(on.records, context)?).await
        })
    }

    fn records(&self) -> &Records {
        &self.records
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn later(&self, span: Duration) -> String {
        let span = micros(span);
        match self.ticks.lease_time(self.clock.now()) {
            Some(now) => now.saturating_add(span).to_string(),
            None => format!("{MICROS} + {span}"),
        }
    }

    fn notify(&self, id: OnboardingId) {
        self.changes.notify(id);
    }

    /// Other replicas may be alive: their leases end by themselves.
    fn inherits_leases(&self) -> bool {
        false
    }

    async fn try_change<A: Send + 'static>(
        &self,
        rows: Rows,
        plan: impl Script<Vec<Stored>, A>,
    ) -> Result<A, StoreError> {
        transaction!(self, |on| async {
            let rows = on.load(&rows).await?;
            carry_out(on, plan(on.records, rows)?).await
        })
    }

    async fn try_take_step<A: Send + 'static>(
        &self,
        id: OnboardingId,
        login: Option<Index>,
        now: Timestamp,
        plan: impl Script<Option<(Stored, Option<BeginContext>)>, A>,
    ) -> Result<A, StoreError> {
        transaction!(self, |on| async {
            let found = step_context(on, id, login, now).await?;
            carry_out(on, plan(on.records, found)?).await
        })
    }

    async fn try_take_hire<A: Send + 'static>(
        &self,
        query: HireQuery,
        plan: impl Script<HireContext, A>,
    ) -> Result<A, StoreError> {
        transaction!(self, |on| async {
            let context = hire_context(on, &query).await?;
            carry_out(on, plan(on.records, context)?).await
        })
    }
}

#[async_trait]
impl ScheduleStore for PostgresStore {
    async fn due_times(&self) -> Result<Vec<(Lane, Timestamp)>, StoreError> {
        // Each step seeks the first row of the next lane in the index. Leases are few.
        let sql = format!(
            "WITH RECURSIVE lanes AS (
                (SELECT account, tenant, wake FROM onboardings
                    WHERE lease_end IS NULL AND wake IS NOT NULL
                    ORDER BY account, tenant, wake LIMIT 1)
                UNION ALL
                SELECT first.* FROM lanes, LATERAL (SELECT account, tenant, wake FROM onboardings
                    WHERE lease_end IS NULL AND wake IS NOT NULL
                        AND (account, tenant) > (lanes.account, lanes.tenant)
                    ORDER BY account, tenant, wake LIMIT 1) AS first)
             SELECT account, tenant, wake, NULL::bigint, {MICROS} FROM lanes
             UNION ALL
             SELECT account, tenant, NULL, min(lease_end), {MICROS} FROM onboardings
             WHERE lease_end IS NOT NULL GROUP BY account, tenant"
        );
        let mut times: BTreeMap<Lane, i64> = BTreeMap::new();
        let rows = self.again(&sql, &[]).await?;
        for (lane, row) in self.lanes(&rows).await? {
            let (wake, lease_end): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            let server_now = row.get(4)?;
            let lease_end = lease_end.map(|end| {
                let here = self.ticks.here(&self.clock, end, server_now);
                here.saturating_add(999).div_euclid(1000)
            });
            let due = wake.or(lease_end).ok_or(StoreError::Malformed)?;
            let first = times.entry(lane).or_insert(due);
            *first = due.min(*first);
        }
        let times = times.into_iter();
        // A damaged time is found by the sweep.
        Ok(times
            .filter_map(|(lane, due)| Some((lane, time(due).ok()?)))
            .collect())
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        // A standby, and a database that was made read-only, answer but take no hire.
        let sql = "SELECT current_setting('transaction_read_only') = 'off'";
        if one(&self.again(sql, &[]).await?)? {
            Ok(())
        } else {
            Err(DbError::ReadOnly.into())
        }
    }

    fn changes(&self) -> broadcast::Receiver<OnboardingId> {
        self.changes.subscribe()
    }
}
