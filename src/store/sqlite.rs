//! The store in one SQLite file: one writer with group commit, a few readers.

mod budget;
mod session;

use std::{
    borrow::Cow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::broadcast;

use super::{
    CHANGES, Lane, ScheduleStore, Store, StoreError,
    backend::{Backend, BeginContext, HireContext, HireQuery, Rows, Script, TenantContext},
    change::Stored,
    lookups::bind_to_tenants,
    queue::Queues,
    records::{Index, Records, millis_up, time},
    session::{Session as _, carry_out, hire_context, step_context, tenant_context},
    sql::{Row, Statement, Value},
};
use crate::{
    clock::SharedClock,
    db::{self, DbError, IndexKeyError, Keyring, META_SCHEMA, OpenError, ReadPool, Writer},
    domain::{
        ids::{Account, OnboardingId, TenantId},
        onboarding::later,
    },
};
use session::SqliteSession;

/// The migrations, oldest first.
const SCHEMA: [&str; 18] = [
    META_SCHEMA,
    include_str!("sqlite/schema.sql"),
    include_str!("sqlite/schema_retention.sql"),
    include_str!("sqlite/lessons.sql"),
    include_str!("sqlite/undated.sql"),
    include_str!("sqlite/schema_audit.sql"),
    include_str!("sqlite/queue.sql"),
    include_str!("sqlite/schema_history.sql"),
    include_str!("sqlite/accepted_keys.sql"),
    include_str!("sqlite/schema_quarantine.sql"),
    include_str!("sqlite/schema_chain.sql"),
    include_str!("sqlite/schema_data_keys.sql"),
    include_str!("requests_of.sql"),
    include_str!("sqlite/recovery.sql"),
    include_str!("sqlite/tenant_versions.sql"),
    include_str!("sqlite/pruning.sql"),
    include_str!("sqlite/statements.sql"),
    include_str!("deliveries.sql"),
];

/// How long to wait for a process that has just been told to end.
const SHORT_WAIT: Duration = Duration::from_secs(2);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its blind-index key cannot be used.
    #[error(transparent)]
    Key(#[from] IndexKeyError),
    /// What an older version stored cannot be read or brought up to date.
    #[error("what an older version stored cannot be brought up to date: {0}")]
    Store(#[from] StoreError),
}

/// A store in one SQLite file.
pub struct SqliteStore {
    writer: Writer,
    readers: ReadPool,
    records: Arc<Records>,
    clock: SharedClock,
    changes: broadcast::Sender<OnboardingId>,
    queues: Arc<Queues>,
    /// The leases of the process that had the file before are taken over once.
    taken_over: AtomicBool,
}

impl SqliteStore {
    /// Opens the file, creates it if it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// It cannot be opened, or not with these keys. The text says what to do.
    pub async fn open(
        path: &Path,
        keyring: Keyring,
        clock: SharedClock,
    ) -> Result<Self, SqliteError> {
        Self::open_once_free(path, keyring, clock, SHORT_WAIT).await
    }

    /// Does so, and waits this long for another process to release the file.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub async fn open_once_free(
        path: &Path,
        keyring: Keyring,
        clock: SharedClock,
        patience: Duration,
    ) -> Result<Self, SqliteError> {
        let writer = Writer::open_once_free(path, &SCHEMA, patience).await?;
        let readers = ReadPool::open(path)?;
        let (keyring, index) = writer
            .write(move |conn| {
                let index = db::load_or_create_index_key(conn, &keyring)?;
                Ok::<_, IndexKeyError>((keyring, index))
            })
            .await?;
        let store = Self {
            writer,
            readers,
            records: Arc::new(Records::new(keyring, index)),
            clock,
            changes: broadcast::channel(CHANGES).0,
            queues: Arc::default(),
            taken_over: AtomicBool::new(false),
        };
        bind_to_tenants(&store).await?;
        Ok(store)
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl AsyncFnOnce(&SqliteSession<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(self.job(job)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl AsyncFnOnce(&SqliteSession<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(self.job(job)).await
    }

    /// A job in the form of a connection's thread. It never waits, so its first poll is its last.
    fn job<T>(
        &self,
        job: impl AsyncFnOnce(&SqliteSession<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static {
        let (records, wipe) = (Arc::clone(&self.records), self.writer.wipe());
        move |conn| {
            let session = SqliteSession {
                conn,
                records: &records,
                wipe: &wipe,
            };
            let done = job(&session).now_or_never();
            done.unwrap_or(Err(DbError::Closed.into()))
        }
    }
}

impl Backend for SqliteStore {
    const UNLEASED: &'static str = "leased = 0";

    const NO_LEASE: &'static str = "leased = 0";

    /// What is leased is due at the end of the lease, and so stands behind what waits.
    const QUEUED: &'static str = "wake IS NOT NULL";

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn query(
        &self,
        sql: impl Into<Cow<'static, str>> + Send,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into();
        self.read(async move |on| on.query(&sql, &values).await)
            .await
    }

    async fn try_find(
        &self,
        clause: String,
        values: Vec<Value>,
    ) -> Result<Vec<Stored>, StoreError> {
        self.read(async move |on| on.find(&clause, &values).await)
            .await
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        self.write(async move |on| {
            let mut changed = Vec::with_capacity(statements.len());
            for statement in &statements {
                changed.push(on.run(statement).await?);
            }
            Ok(changed)
        })
        .await
    }

    async fn try_change_tenant<A: Send + 'static>(
        &self,
        id: TenantId,
        account: Option<Account>,
        plan: impl Script<TenantContext, A>,
    ) -> Result<A, StoreError> {
        self.write(async move |on| {
            let context = tenant_context(on, &id, account.as_ref()).await?;
            carry_out(on, plan(on.records, context)?).await
        })
        .await
    }

    fn records(&self) -> &Records {
        &self.records
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn later(&self, span: Duration) -> String {
        millis_up(later(self.clock.now(), span)).to_string()
    }

    fn wipe(&self) {
        self.writer.wipe().request();
    }

    fn notify(&self, id: OnboardingId) {
        // It is no failure if nobody listens.
        let _ = self.changes.send(id);
    }

    fn inherits_leases(&self) -> bool {
        !self.taken_over.swap(true, Ordering::Relaxed)
    }

    async fn try_change<A: Send + 'static>(
        &self,
        rows: Rows,
        plan: impl Script<Vec<Stored>, A>,
    ) -> Result<A, StoreError> {
        self.write(async move |on| {
            let rows = on.load(&rows).await?;
            carry_out(on, plan(on.records, rows)?).await
        })
        .await
    }

    async fn try_take_step<A: Send + 'static>(
        &self,
        id: OnboardingId,
        login: Option<Index>,
        now: Timestamp,
        plan: impl Script<Option<(Stored, Option<BeginContext>)>, A>,
    ) -> Result<A, StoreError> {
        self.write(async move |on| {
            let found = step_context(on, id, login, now).await?;
            carry_out(on, plan(on.records, found)?).await
        })
        .await
    }

    async fn try_take_hire<A: Send + 'static>(
        &self,
        query: HireQuery,
        plan: impl Script<HireContext, A>,
    ) -> Result<A, StoreError> {
        self.write(async move |on| {
            let context = hire_context(on, &query).await?;
            carry_out(on, plan(on.records, context)?).await
        })
        .await
    }
}

#[async_trait]
impl ScheduleStore for SqliteStore {
    async fn due_times(&self) -> Result<Vec<(Lane, Timestamp)>, StoreError> {
        // Each step seeks the first row of the next lane in the index. A comparison of both columns
        // at once would walk all rows of the account.
        let sql = "WITH RECURSIVE lanes (account, tenant, wake) AS (
                SELECT * FROM (SELECT account, tenant, wake FROM onboardings
                    WHERE wake IS NOT NULL ORDER BY account, tenant, wake LIMIT 1)
                UNION ALL
                SELECT first.account, first.tenant, first.wake FROM lanes
                JOIN onboardings AS first ON first.seq = coalesce(
                    (SELECT seq FROM onboardings WHERE wake IS NOT NULL
                        AND account = lanes.account AND tenant > lanes.tenant
                     ORDER BY tenant, wake LIMIT 1),
                    (SELECT seq FROM onboardings WHERE wake IS NOT NULL
                        AND account > lanes.account
                     ORDER BY account, tenant, wake LIMIT 1)))
            SELECT account, tenant, wake FROM lanes";
        let rows = self.query(sql, Vec::new()).await?;
        let mut times = Vec::with_capacity(rows.len());
        for (lane, row) in self.lanes(&rows).await? {
            // A damaged time is found by the sweep.
            if let Ok(due) = time(row.get(2)?) {
                times.push((lane, due));
            }
        }
        Ok(times)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.write(async |on| Ok(on.conn.query_row("SELECT 1", [], |_| Ok(()))?))
            .await
    }

    fn changes(&self) -> broadcast::Receiver<OnboardingId> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests;
