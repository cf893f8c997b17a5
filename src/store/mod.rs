//! What is remembered: tenants, onboardings, attempts, budgets.
//!
//! A store runs the pure functions of [`crate::domain::onboarding`] inside transactions;
//! it decides nothing itself. Nothing is answered before it is durable.

mod answers;
mod budget;
#[cfg(test)]
pub(crate) mod conformance;
mod events;
mod listing;
mod names;
pub mod postgres;
mod queue;
pub mod records;
pub mod resealing;
pub mod rules;
pub mod sqlite;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::{
    db::{DbError, SealError},
    domain::{
        attempt::Evidence,
        ids::{Account, OnboardingId, TenantId},
        onboarding::{
            Moment, Onboarding, decision::Decision, lesson::Taught, machine::NoSuchMove,
            progress::Step, refresh::Observation, submission::Hire,
        },
        tenant::Tenant,
    },
};

pub use answers::{Claimed, Decided, Removed, Replaced, Retired, Stepped, Submitted};
pub use budget::{BudgetStore, Permit};
pub use events::{Actor, HistoryEntry, HistoryOf, Noted};
pub use listing::{Filter, Order, Page, Position, QueuePlace, Standing};
pub use names::{Lookup, Request, SourceKey};

/// Why the store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A record cannot be opened.
    #[error("a record cannot be opened: {0}")]
    Sealed(#[from] SealError),
    /// A record does not have the expected form.
    #[error("a record does not have the expected form")]
    Malformed,
    /// A step leads nowhere from the present state.
    #[error(transparent)]
    NoSuchMove(#[from] NoSuchMove),
}

impl StoreError {
    /// Whether too much waits to be stored, and nothing else is wrong.
    pub fn is_overload(&self) -> bool {
        matches!(self, Self::Database(DbError::Overloaded))
    }
}

/// Remembers everything.
#[async_trait]
pub trait Store: BudgetStore {
    /// Whether it answers and can be written to.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Stores a new tenant, with the entry that says so; `false` if there is one with its id.
    async fn insert_tenant(&self, tenant: &Tenant, noted: Noted) -> Result<bool, StoreError>;
    /// Replaces a tenant, with the entry that says so, if it was last changed at this time, and if its account stays the
    /// same or no attempt of unknown outcome exists. What was taught of fields that it no
    /// longer leaves to Lucca, or of another account, is forgotten.
    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        noted: Noted,
    ) -> Result<Replaced, StoreError>;
    /// A tenant.
    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError>;
    /// Tenants in the order of their ids, after this one.
    async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError>;
    /// Whether the outcome of an attempt is still being found out in the tenant.
    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError>;
    /// How many hires of the tenant have not ended.
    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError>;
    /// Forgets a tenant, with its key and secrets, if all its hires have ended, and keeps the
    /// entry that says so; from then on none is taken for it. One that is stored under its id
    /// later counts its keys on.
    async fn remove_tenant(&self, tenant: &TenantId, noted: Noted) -> Result<Removed, StoreError>;

    /// Hands a hire in; `id` is used if a new onboarding is made.
    async fn submit(
        &self,
        hire: Hire,
        request: Option<Request>,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<Submitted, StoreError>;
    /// Withdraws a hire; `None` if it was not known and only the withdrawal is remembered.
    async fn withdraw(
        &self,
        key: SourceKey,
        account: Account,
        event_time: Option<Timestamp>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<Onboarding>, StoreError>;
    /// An onboarding.
    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError>;
    /// A page of onboardings.
    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, StoreError>;
    /// Where an onboarding stands in its account's queue.
    async fn queue_place(&self, id: OnboardingId) -> Result<QueuePlace, StoreError>;
    /// How many onboardings have not ended, by state and start date, over all tenants.
    async fn standing(&self) -> Result<Vec<Standing>, StoreError>;
    /// Notes what a look at an employee showed; `None` if there is no such onboarding.
    async fn observe(
        &self,
        id: OnboardingId,
        actor: &str,
        seen: Observation,
    ) -> Result<Option<Onboarding>, StoreError>;
    /// Carries out what an operator decides; `None` if there is no such onboarding.
    async fn decide(
        &self,
        id: OnboardingId,
        actor: &str,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Decided>, StoreError>;
    /// Every episode of a hire on an account, the first one first.
    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError>;

    /// Every onboarding on an account of the person that a system knows by this id, each
    /// source's episodes in their order. The key's external id is the person's.
    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError>;

    /// Applies the retention time to a tenant's onboardings, the oldest first, to this many
    /// at most. Several replicas may do it at once.
    async fn retire(
        &self,
        tenant: &TenantId,
        kept: Duration,
        now: Timestamp,
        limit: usize,
    ) -> Result<Retired, StoreError>;

    /// Notes something that happened beside the onboardings.
    async fn note(&self, event: Noted) -> Result<(), StoreError>;
    /// What happened, the latest first, before the entry of this number.
    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError>;

    /// The accounts for which something is due.
    async fn due_accounts(&self, now: Timestamp) -> Result<Vec<Account>, StoreError>;
    /// When something is due next, at any account but these.
    async fn next_due(&self, except: &[Account]) -> Result<Option<Timestamp>, StoreError>;
    /// Ends the claims of workers whose process has certainly ended, and tells which they
    /// were: called before the first claim, by the only process that can have opened the
    /// database. Where several can, it does nothing.
    async fn take_over(&self, moment: Moment) -> Result<Vec<OnboardingId>, StoreError>;
    /// Claims what is due for an account, the longest due first. What was `CREATING` when
    /// its lease ended comes back `VERIFYING`.
    async fn claim(
        &self,
        account: &Account,
        limit: usize,
        moment: Moment,
    ) -> Result<Vec<Claimed>, StoreError>;
    /// Takes a step, if the claim still holds.
    async fn step(
        &self,
        id: OnboardingId,
        token: u64,
        step: Step,
        moment: Moment,
    ) -> Result<Stepped, StoreError>;
    /// Adds what was seen of an attempt, whoever saw it.
    async fn see(
        &self,
        id: OnboardingId,
        attempt: u32,
        evidence: Evidence,
        url: Option<String>,
        moment: Moment,
    ) -> Result<Option<Onboarding>, StoreError>;

    /// Whether a key of this account has proven that it sees whom it must see.
    async fn sight_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError>;
    /// Notes that it has.
    async fn prove_sight(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The id of the key that seals.
    fn sealing_key(&self) -> String;
    /// How many records are not sealed with the newest key.
    async fn sealed_with_older_keys(&self) -> Result<u64, StoreError>;
    /// Seals some records anew with the newest key, from a place on. What is changed at the
    /// same time by others is left alone: they have sealed it.
    async fn seal_anew(&self, from: resealing::Place) -> Result<resealing::Resealed, StoreError>;
    /// Remembers that no record needs the older keys any more, if none does; the ids of
    /// those that are still needed.
    async fn retire_older_keys(&self) -> Result<Vec<String>, StoreError>;

    /// What creations have taught about a tenant's Lucca; see [`learned`].
    ///
    /// [`learned`]: crate::domain::onboarding::lesson::learned
    async fn lessons(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Taught>, StoreError>;

    /// Tells of onboardings that changed, here as well as in other processes on the same
    /// database as far as they can be heard. A slow listener may miss some and has to
    /// look itself.
    fn changes(&self) -> broadcast::Receiver<OnboardingId>;
}
