//! The store in a PostgreSQL database, which several replicas can share.
//!
//! Every change runs in one transaction that locks the row of its onboarding, at the
//! isolation level READ COMMITTED; hires of one source wait for each other, so that a source
//! never gets two episodes at once. A transaction that met another one, or a broken
//! connection, is begun anew a few times. Leases and budgets are measured by the server's
//! clock, so that replicas need not agree on the time. Connections are encrypted if
//! the URL says `sslmode=require`, and
//! there must be no pooler between that gives each transaction another session.

mod budget;
mod changes;
mod connect;
mod encryption;
mod error;
mod hires;
mod history;
mod lessons;
mod lists;
mod migrate;
mod resealing;
mod retention;
mod saving;
mod session;
mod stored;
mod tenants;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod ticks;
mod work;

use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::{
    BudgetStore, Claimed, Decided, Filter, HistoryEntry, HistoryOf, Lookup, Noted, Order, Page,
    Permit, Position, QueuePlace, Removed, Replaced, Request, Retired, SourceKey, Standing,
    Stepped, Store, StoreError, Submitted,
    queue::Queues,
    records::Records,
    resealing::{Place, Resealed},
};
use crate::{
    clock::SharedClock,
    db::{DbError, Keyring},
    domain::{
        attempt::Evidence,
        ids::{Account, OnboardingId, TenantId},
        onboarding::{
            Moment, Onboarding, decision::Decision, lesson::Taught, progress::Step,
            refresh::Observation, submission::Hire,
        },
        tenant::Tenant,
    },
    net::tls::ClientFiles,
};

use changes::Changes;
use encryption::Encryption;
use session::{Session, TRIES, may_pass, reading, writing};
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

#[async_trait]
impl BudgetStore for PostgresStore {
    async fn take_permit(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<Permit, StoreError> {
        let rule = budget::Rule {
            limit,
            window,
            longest,
        };
        writing!(self, |session| budget::take(&session, account, rule))
    }

    async fn end_permit(&self, permit: i64) -> Result<(), StoreError> {
        reading!(self, |session| budget::end(&session, permit))
    }

    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError> {
        reading!(self, |session| budget::give_back(&session, permit))
    }

    async fn pause_account(&self, account: &Account, span: Duration) -> Result<(), StoreError> {
        reading!(self, |session| budget::pause(&session, account, span))
    }

    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError> {
        let rule = budget::Rule {
            limit,
            window,
            longest,
        };
        reading!(self, |session| budget::left(&session, account, rule))
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        // A standby, and a database that was made read-only, answer but take no hire.
        let sql = "SELECT current_setting('transaction_read_only') = 'off'";
        let row = reading!(self, |session| session.the_row(sql, &[]))?;
        if row.try_get(0)? {
            Ok(())
        } else {
            Err(DbError::ReadOnly.into())
        }
    }

    async fn insert_tenant(&self, tenant: &Tenant, noted: Noted) -> Result<bool, StoreError> {
        writing!(self, |session| tenants::insert(&session, tenant, &noted))
    }

    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        noted: Noted,
    ) -> Result<Replaced, StoreError> {
        writing!(self, |session| tenants::replace(
            &session,
            tenant,
            last_change,
            &noted
        ))
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        reading!(self, |session| tenants::get(&session, id))
    }

    async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError> {
        reading!(self, |session| tenants::list(&session, after, limit))
    }

    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        reading!(self, |session| tenants::has_open_attempts(&session, tenant))
    }

    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        reading!(self, |session| tenants::not_ended(&session, tenant))
    }

    async fn remove_tenant(&self, tenant: &TenantId, noted: Noted) -> Result<Removed, StoreError> {
        writing!(self, |session| tenants::remove(&session, tenant, &noted))
    }

    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let submitted = writing!(self, |session| hires::submit(
            &session,
            &hire,
            request.as_ref(),
            id,
            now
        ))?;
        if let Submitted::Stored(onboarding) | Submitted::Differs(onboarding, _) = &submitted {
            self.changes.tell(onboarding.id);
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
        let withdrawn = writing!(self, |session| hires::withdraw(
            &session, &key, &account, event_time, actor, now
        ))?;
        if let Some(onboarding) = &withdrawn {
            self.changes.tell(onboarding.id);
        }
        Ok(withdrawn)
    }

    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError> {
        reading!(self, |session| stored::get(&session, &lookup))
    }

    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        reading!(self, |session| lists::list(
            &session,
            &filter,
            order,
            after.as_ref(),
            limit
        ))
    }

    async fn queue_place(&self, id: OnboardingId) -> Result<QueuePlace, StoreError> {
        reading!(self, |session| lists::queue_place(
            &session,
            &self.queues,
            id
        ))
    }

    async fn standing(&self) -> Result<Vec<Standing>, StoreError> {
        reading!(self, |session| lists::standing(&session))
    }

    async fn observe(
        &self,
        id: OnboardingId,
        actor: &str,
        seen: Observation,
    ) -> Result<Option<Onboarding>, StoreError> {
        let observed = writing!(self, |session| hires::observe(&session, id, actor, &seen))?;
        if observed.is_some() {
            self.changes.tell(id);
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
        let decided = writing!(self, |session| hires::decide(
            &session,
            id,
            actor,
            decision.clone(),
            now
        ))?;
        if decided.is_some() {
            self.changes.tell(id);
        }
        Ok(decided)
    }

    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        reading!(self, |session| hires::episodes(&session, &key, &account))
    }

    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        reading!(self, |session| hires::of_person(&session, &key, &account))
    }

    async fn retire(
        &self,
        tenant: &TenantId,
        kept: Duration,
        now: Timestamp,
        limit: usize,
    ) -> Result<Retired, StoreError> {
        let retired = writing!(self, |session| retention::retire(
            &session, tenant, kept, now, limit
        ))?;
        for id in retired.forgotten.iter().chain(&retired.expired) {
            self.changes.tell(*id);
        }
        Ok(retired)
    }

    async fn note(&self, event: Noted) -> Result<(), StoreError> {
        writing!(self, |session| history::note(&session, &event))
    }

    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        reading!(self, |session| history::list(&session, &of, before, limit))
    }

    async fn due_accounts(&self, now: Timestamp) -> Result<Vec<Account>, StoreError> {
        reading!(self, |session| work::due_accounts(&session, now))
    }

    async fn next_due(&self, except: &[Account]) -> Result<Option<Timestamp>, StoreError> {
        reading!(self, |session| work::next_due(
            &session,
            except,
            &self.clock
        ))
    }

    /// Others may be alive: their claims end with their leases.
    async fn take_over(&self, _moment: Moment) -> Result<Vec<OnboardingId>, StoreError> {
        Ok(Vec::new())
    }

    async fn claim(
        &self,
        account: &Account,
        limit: usize,
        moment: Moment,
    ) -> Result<Vec<Claimed>, StoreError> {
        let (claimed, recovered) = writing!(self, |session| work::claim(
            &session, account, limit, &moment
        ))?;
        for id in recovered {
            self.changes.tell(id);
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
        let stepped = writing!(self, |session| work::step(
            &session,
            id,
            token,
            step.clone(),
            &moment
        ))?;
        if let Stepped::Done(_) = &stepped {
            self.changes.tell(id);
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
        let seen = writing!(self, |session| work::see(
            &session,
            id,
            attempt,
            evidence.clone(),
            url.clone(),
            &moment
        ))?;
        self.changes.tell(id);
        Ok(seen)
    }

    async fn sight_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError> {
        reading!(self, |session| tenants::sight_proven(
            &session,
            account,
            tenant,
            key_version
        ))
    }

    async fn prove_sight(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        reading!(self, |session| tenants::prove_sight(
            &session,
            account,
            tenant,
            key_version,
            now
        ))
    }

    fn sealing_key(&self) -> String {
        self.records.keyring().newest().to_string()
    }

    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError> {
        reading!(self, |session| resealing::count(&session))
    }

    async fn seal_anew(&self, from: Place) -> Result<Resealed, StoreError> {
        reading!(self, |session| resealing::seal_anew(&session, &from))
    }

    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError> {
        writing!(self, |session| resealing::retire(&session))
    }

    async fn lessons(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Taught>, StoreError> {
        reading!(self, |session| lessons::all(&session, account, tenant))
    }

    fn changes(&self) -> broadcast::Receiver<OnboardingId> {
        self.changes.subscribe()
    }
}
