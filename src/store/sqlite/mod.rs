//! The store in one SQLite file: one writer with group commit, a few readers.

mod budget;
mod hires;
mod history;
mod lessons;
mod lists;
mod resealing;
mod retention;
mod rows;
mod saving;
mod tenants;
mod work;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::{
    BudgetStore, Claimed, Decided, Filter, HistoryEntry, HistoryOf, Lookup, Noted, Order, Page,
    Permit, Position, QueuePlace, Removed, Replaced, Request, Retired, SourceKey, Standing,
    Stepped, Store, StoreError, Submitted,
    queue::Queues,
    records::{self, Records},
    resealing::{Place, Resealed},
};
use crate::{
    clock::SharedClock,
    db::{self, IndexKeyError, Keyring, META_SCHEMA, OpenError, Reader, Writer},
    domain::{
        attempt::Evidence,
        ids::{Account, OnboardingId, TenantId},
        onboarding::{
            Moment, Onboarding, decision::Decision, lesson::Taught, progress::Step,
            refresh::Observation, submission::Hire,
        },
        tenant::Tenant,
    },
};

/// The schema, in the order in which its parts came.
const SCHEMA: [&str; 8] = [
    META_SCHEMA,
    include_str!("schema.sql"),
    include_str!("schema_retention.sql"),
    include_str!("lessons.sql"),
    include_str!("undated.sql"),
    include_str!("schema_audit.sql"),
    include_str!("queue.sql"),
    include_str!("schema_history.sql"),
];

/// How many changes a slow listener may be behind.
const CHANGES: usize = 4096;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its blind-index key cannot be used.
    #[error(transparent)]
    Key(#[from] IndexKeyError),
}

/// A store in one SQLite file.
pub struct SqliteStore {
    writer: Writer,
    reader: Reader,
    records: Arc<Records>,
    clock: SharedClock,
    changes: broadcast::Sender<OnboardingId>,
    queues: Arc<Queues>,
    /// What a former owner had claimed is taken over once.
    taken_over: AtomicBool,
}

impl SqliteStore {
    /// Opens the file, makes it if there is none, brings its schema up to date.
    ///
    /// # Errors
    /// It cannot be opened, or not with these keys; the text says what to do.
    pub async fn open(
        path: &Path,
        keyring: Keyring,
        clock: SharedClock,
    ) -> Result<Self, SqliteError> {
        let writer = Writer::open_once_free(path, &SCHEMA).await?;
        let reader = Reader::open(path)?;
        let (keyring, index) = writer
            .write(move |conn| {
                let index = db::load_or_create_index_key(conn, &keyring)?;
                Ok::<_, IndexKeyError>((keyring, index))
            })
            .await?;
        Ok(Self {
            writer,
            reader,
            records: Arc::new(Records::new(keyring, index)),
            clock,
            changes: broadcast::channel(CHANGES).0,
            queues: Arc::default(),
            taken_over: AtomicBool::new(false),
        })
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection, &Records) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let records = Arc::clone(&self.records);
        self.writer.write(move |conn| job(conn, &records)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&rusqlite::Connection, &Records) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let records = Arc::clone(&self.records);
        self.reader.read(move |conn| job(conn, &records)).await
    }

    /// Nobody listening is no failure.
    fn changed(&self, id: OnboardingId) {
        let _ = self.changes.send(id);
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

#[async_trait]
impl BudgetStore for SqliteStore {
    async fn take_permit(
        &self,
        account: &Account,
        limit: u32,
        window: std::time::Duration,
        longest: std::time::Duration,
    ) -> Result<Permit, StoreError> {
        let rule = budget::Rule {
            limit,
            window,
            longest,
        };
        let (account, clock) = (account.clone(), Arc::clone(&self.clock));
        self.write(move |conn, _| budget::take(conn, &account, rule, &budget::Now::of(&*clock)))
            .await
    }

    async fn end_permit(&self, permit: i64) -> Result<(), StoreError> {
        let clock = Arc::clone(&self.clock);
        self.write(move |conn, _| budget::end(conn, permit, &budget::Now::of(&*clock)))
            .await
    }

    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError> {
        self.write(move |conn, _| budget::give_back(conn, permit))
            .await
    }

    async fn pause_account(
        &self,
        account: &Account,
        span: std::time::Duration,
    ) -> Result<(), StoreError> {
        let (account, clock) = (account.clone(), Arc::clone(&self.clock));
        self.write(move |conn, _| budget::pause(conn, &account, span, &budget::Now::of(&*clock)))
            .await
    }

    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: std::time::Duration,
        longest: std::time::Duration,
    ) -> Result<u32, StoreError> {
        let rule = budget::Rule {
            limit,
            window,
            longest,
        };
        let now = budget::Now::of(&*self.clock);
        let (of, at) = (account.clone(), now.clone());
        let left = self
            .read(
                move |conn, _| match budget::knows_other_boots(conn, &of, &at)? {
                    true => Ok(None),
                    false => budget::left(conn, &of, rule, &at).map(Some),
                },
            )
            .await?;
        if let Some(left) = left {
            return Ok(left);
        }
        let account = account.clone();
        self.write(move |conn, _| {
            budget::adopt_other_boots(conn, &account, &now)?;
            budget::left(conn, &account, rule, &now)
        })
        .await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.write(|conn, _| Ok(conn.query_row("SELECT 1", [], |_| Ok(()))?))
            .await
    }

    async fn insert_tenant(&self, tenant: &Tenant, noted: Noted) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.write(move |conn, records| tenants::insert(conn, records, &tenant, &noted))
            .await
    }

    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        noted: Noted,
    ) -> Result<Replaced, StoreError> {
        let tenant = tenant.clone();
        self.write(move |conn, records| {
            tenants::replace(conn, records, &tenant, last_change, &noted)
        })
        .await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let id = id.clone();
        self.read(move |conn, records| tenants::get(conn, records, &id))
            .await
    }

    async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError> {
        let after = after.cloned();
        self.read(move |conn, records| tenants::list(conn, records, after.as_ref(), limit))
            .await
    }

    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.read(move |conn, _| tenants::has_open_attempts(conn, &tenant))
            .await
    }

    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        let tenant = tenant.clone();
        self.read(move |conn, _| tenants::not_ended(conn, &tenant))
            .await
    }

    async fn remove_tenant(&self, tenant: &TenantId, noted: Noted) -> Result<Removed, StoreError> {
        let tenant = tenant.clone();
        self.write(move |conn, records| tenants::remove(conn, records, &tenant, &noted))
            .await
    }

    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let submitted = self
            .write(move |conn, records| {
                hires::submit(conn, records, &hire, request.as_ref(), id, now)
            })
            .await?;
        if let Submitted::Stored(onboarding) | Submitted::Differs(onboarding, _) = &submitted {
            self.changed(onboarding.id);
        }
        Ok(submitted)
    }

    async fn withdraw(
        &self,
        key: SourceKey,
        account: Account,
        event_time: Option<Timestamp>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<Onboarding>, StoreError> {
        let actor = actor.to_owned();
        let withdrawn = self
            .write(move |conn, records| {
                hires::withdraw(conn, records, &key, &account, event_time, &actor, now)
            })
            .await?;
        if let Some(onboarding) = &withdrawn {
            self.changed(onboarding.id);
        }
        Ok(withdrawn)
    }

    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError> {
        self.read(move |conn, records| rows::get(conn, records, &lookup))
            .await
    }

    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.read(move |conn, records| {
            lists::list(conn, records, &filter, order, after.as_ref(), limit)
        })
        .await
    }

    async fn queue_place(&self, id: OnboardingId) -> Result<QueuePlace, StoreError> {
        let queues = Arc::clone(&self.queues);
        self.read(move |conn, _| lists::queue_place(conn, &queues, id))
            .await
    }

    async fn standing(&self) -> Result<Vec<Standing>, StoreError> {
        self.read(|conn, _| lists::standing(conn)).await
    }

    async fn observe(
        &self,
        id: OnboardingId,
        actor: &str,
        seen: Observation,
    ) -> Result<Option<Onboarding>, StoreError> {
        let actor = actor.to_owned();
        let observed = self
            .write(move |conn, records| hires::observe(conn, records, id, &actor, &seen))
            .await?;
        if observed.is_some() {
            self.changed(id);
        }
        Ok(observed)
    }

    async fn decide(
        &self,
        id: OnboardingId,
        actor: &str,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Decided>, StoreError> {
        let actor = actor.to_owned();
        let decided = self
            .write(move |conn, records| hires::decide(conn, records, id, &actor, decision, now))
            .await?;
        if decided.is_some() {
            self.changed(id);
        }
        Ok(decided)
    }

    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        self.read(move |conn, records| hires::episodes(conn, records, &key, &account))
            .await
    }

    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        self.read(move |conn, records| hires::of_person(conn, records, &key, &account))
            .await
    }

    async fn retire(
        &self,
        tenant: &TenantId,
        kept: std::time::Duration,
        now: Timestamp,
        limit: usize,
    ) -> Result<Retired, StoreError> {
        let tenant = tenant.clone();
        let retired = self
            .write(move |conn, records| retention::retire(conn, records, &tenant, kept, now, limit))
            .await?;
        for id in retired.forgotten.iter().chain(&retired.expired) {
            self.changed(*id);
        }
        Ok(retired)
    }

    async fn note(&self, event: Noted) -> Result<(), StoreError> {
        self.write(move |conn, _| history::note(conn, &event)).await
    }

    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(move |conn, _| history::list(conn, &of, before, limit))
            .await
    }

    async fn due_accounts(&self, now: Timestamp) -> Result<Vec<Account>, StoreError> {
        self.read(move |conn, _| work::due_accounts(conn, now))
            .await
    }

    async fn next_due(&self, except: &[Account]) -> Result<Option<Timestamp>, StoreError> {
        let except = except.to_vec();
        self.read(move |conn, _| work::next_due(conn, &except))
            .await
    }

    async fn take_over(&self, moment: Moment) -> Result<Vec<OnboardingId>, StoreError> {
        if self.taken_over.swap(true, Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let ids = self
            .write(move |conn, records| work::take_over(conn, records, &moment))
            .await?;
        for id in &ids {
            self.changed(*id);
        }
        Ok(ids)
    }

    async fn claim(
        &self,
        account: &Account,
        limit: usize,
        moment: Moment,
    ) -> Result<Vec<Claimed>, StoreError> {
        let account = account.clone();
        let (claimed, recovered) = self
            .write(move |conn, records| work::claim(conn, records, &account, limit, &moment))
            .await?;
        for id in recovered {
            self.changed(id);
        }
        Ok(claimed)
    }

    async fn step(
        &self,
        id: OnboardingId,
        token: u64,
        step: Step,
        moment: Moment,
    ) -> Result<Stepped, StoreError> {
        let stepped = self
            .write(move |conn, records| work::step(conn, records, id, token, step, &moment))
            .await?;
        if let Stepped::Done(_) = &stepped {
            self.changed(id);
        }
        Ok(stepped)
    }

    async fn see(
        &self,
        id: OnboardingId,
        attempt: u32,
        evidence: Evidence,
        url: Option<String>,
        moment: Moment,
    ) -> Result<Option<Onboarding>, StoreError> {
        let seen = self
            .write(move |conn, records| {
                work::see(conn, records, id, attempt, evidence, url, &moment)
            })
            .await?;
        self.changed(id);
        Ok(seen)
    }

    async fn sight_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError> {
        let (account, tenant) = (account.clone(), tenant.clone());
        self.read(move |conn, _| tenants::sight_proven(conn, &account, &tenant, key_version))
            .await
    }

    async fn prove_sight(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (account, tenant) = (account.clone(), tenant.clone());
        self.write(move |conn, _| {
            tenants::prove_sight(conn, &account, &tenant, key_version, records::millis(now))
        })
        .await
    }

    fn sealing_key(&self) -> String {
        self.records.keyring().newest().to_string()
    }

    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError> {
        self.read(resealing::count).await
    }

    async fn seal_anew(&self, from: Place) -> Result<Resealed, StoreError> {
        // Found by a reader: only what is replaced holds up other writers.
        let place = from.clone();
        let found = self
            .read(move |conn, records| resealing::find(conn, records, &place))
            .await?;
        self.write(move |conn, records| resealing::replace(conn, records, &from, found))
            .await
    }

    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError> {
        let left = self.read(resealing::count).await?;
        self.write(move |conn, records| resealing::retire(conn, records, left))
            .await
    }

    async fn lessons(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Taught>, StoreError> {
        let (account, tenant) = (account.clone(), tenant.clone());
        self.read(move |conn, _| lessons::all(conn, &account, &tenant))
            .await
    }

    fn changes(&self) -> broadcast::Receiver<OnboardingId> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests;
