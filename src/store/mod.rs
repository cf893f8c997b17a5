//! What is remembered: tenants, onboardings, attempts, budgets.
//!
//! A store runs the pure functions of [`crate::domain::onboarding`] inside transactions;
//! it decides nothing itself. Nothing is answered before it is durable.

#[cfg(test)]
pub(crate) mod conformance;
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
        dates::CivilDate,
        field::Field,
        ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
        lucca_id::LuccaId,
        onboarding::{
            Moment, Onboarding, State,
            decision::{Decision, Refusal},
            lesson::Taught,
            machine::NoSuchMove,
            progress::Step,
            refresh::Observation,
            submission::Hire,
        },
        tenant::Tenant,
    },
};

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

/// Names a hire in a tenant.
#[derive(Clone, Debug)]
pub struct SourceKey {
    /// The customer.
    pub tenant: TenantId,
    /// The system it comes from.
    pub system: SystemName,
    /// Its id there.
    pub external_id: ExternalId,
}

/// Names an onboarding.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// By its id.
    Id(OnboardingId),
    /// By its hire: the latest episode on the tenant's present account.
    Source(SourceKey, Account),
    /// By its employee.
    LuccaUser(TenantId, Account, LuccaId),
}

/// A caller's own name for a request, and what it said.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's name for it.
    pub id: String,
    /// The content, in one canonical form.
    pub content: String,
}

/// What became of a hire that was handed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// Stored or known: the onboarding as it is now.
    Stored(Box<Onboarding>),
    /// The employee exists already and these fields differ.
    Differs(Box<Onboarding>, Vec<Field>),
    /// The caller expected another revision.
    WrongRevision,
    /// The request id was used for something else.
    RequestReused,
    /// Some fields were said anew of a hire that is not known, or has been withdrawn.
    NotKnown,
    /// The tenant has been deleted meanwhile.
    NoTenant,
}

/// What became of an operator's decision.
pub type Decided = Result<Box<Onboarding>, Refusal>;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub time: Timestamp,
    /// In which tenant, if in one.
    pub tenant: Option<TenantId>,
    /// To which onboarding, if to one.
    pub onboarding: Option<OnboardingId>,
    /// Who: a token's name, or a part of the service.
    pub actor: String,
    /// What, in capitals.
    pub event: String,
    /// More about it, without personal data.
    pub detail: String,
    /// The call that did it; empty if none did, or if its own entry stands beside this one.
    pub rpc: String,
    /// How that call ended: `OK` or the reason of its error.
    pub outcome: String,
}

/// Who changes an onboarding, for the history.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// A token's name, or a part of the service.
    pub name: &'a str,
    /// The call that does it, if no other entry tells.
    pub rpc: &'a str,
}

impl<'a> Actor<'a> {
    /// The part of the service that works on onboardings.
    pub const ENGINE: Actor<'static> = Actor {
        name: "engine",
        rpc: "",
    };

    /// Whoever changes what the retention time has ended for.
    pub const RETENTION: Actor<'static> = Actor {
        name: "retention",
        rpc: "",
    };

    /// Whoever hands a hire in.
    pub fn creates(name: &'a str) -> Self {
        let rpc = "OnboardingService/CreateCollaborator";
        Self { name, rpc }
    }

    /// Whoever takes a hire back.
    pub fn withdraws(name: &'a str) -> Self {
        let rpc = "OnboardingService/WithdrawHire";
        Self { name, rpc }
    }

    /// Whoever decides; the call has an entry of its own.
    pub fn decides(name: &'a str) -> Self {
        Self { name, rpc: "" }
    }

    /// How the call ended that makes an entry.
    pub(crate) fn outcome(self) -> &'static str {
        if self.rpc.is_empty() { "" } else { "OK" }
    }
}

/// Something that happened, and its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Grows with every entry.
    pub number: i64,
    /// What happened.
    pub noted: Noted,
}

/// Whose history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryOf {
    /// Only of this onboarding.
    pub onboarding: Option<OnboardingId>,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
}

/// A worker's claim.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The onboarding.
    pub onboarding: Onboarding,
    /// Proves the claim.
    pub token: u64,
}

/// What became of a changed tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is stored.
    Done,
    /// It was changed by somebody else meanwhile: nothing was done.
    Outdated,
    /// It would point elsewhere while the outcome of an attempt is unknown: nothing was done.
    OpenAttempts,
}

/// What became of the removal of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Done,
    /// There is none.
    Unknown,
    /// The outcome of an attempt is unknown: nothing was done.
    OpenAttempts,
    /// So many hires have not ended: nothing was done.
    NotEnded(u64),
}

/// What retention did to the onboardings of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Which have ended and were forgotten.
    pub forgotten: Vec<OnboardingId>,
    /// Which waited in vain and were cancelled.
    pub expired: Vec<OnboardingId>,
    /// There may be more to do at once.
    pub more: bool,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub enum Stepped {
    /// Taken: the onboarding as it is now.
    Done(Box<Onboarding>),
    /// Someone else has claimed the onboarding since, or it has changed: nothing was done.
    Fenced,
    /// Another onboarding is creating, or has just created, a person with the same login.
    Blocked(OnboardingId),
}

/// What a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only from this system.
    pub system: Option<SystemName>,
    /// Only with this name, by its matching key.
    pub name: Option<String>,
    /// Only with this e-mail address, folded.
    pub email: Option<String>,
    /// Only with this problem.
    pub problem: Option<String>,
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Not ended first, then by start date.
    Urgency,
    /// The latest change first.
    UpdateTime,
}

/// Where a page of a list begins: after the entry with these sort values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The first sort value.
    pub rank: String,
    /// The place in the order of storing, which makes it unique.
    pub seq: i64,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries.
    pub onboardings: Vec<Onboarding>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Position>,
}

/// What the budget answers to a call that wants to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Go; end it by this number.
    Granted(i64),
    /// Not before this long.
    Wait(Duration),
}

/// How many onboardings that have not ended stand in a state and start on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// The start date, if it is known.
    pub start: Option<CivilDate>,
    /// How many.
    pub count: u64,
}

/// Where an onboarding stands in its account's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuePlace {
    /// How many are served before it: exactly in a short queue; in a long one as of at most
    /// two seconds ago, when there were not fewer.
    pub before: u32,
}

/// Remembers budgets. Spans are measured by a clock that the wall clock cannot move.
#[async_trait]
pub trait BudgetStore: Send + Sync + 'static {
    /// Asks for one call to an account: granted if with it no window ever holds more than
    /// `limit` calls. A granted call is spent, whatever becomes of it. A call that never
    /// ends counts as ended `longest` after it began.
    async fn take_permit(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<Permit, StoreError>;
    /// Notes the end of a call: its place is free one window from now.
    async fn end_permit(&self, permit: i64) -> Result<(), StoreError>;
    /// Gives back the place of a call that was never made.
    async fn give_back_permit(&self, permit: i64) -> Result<(), StoreError>;
    /// Lets no call to the account begin for this long, because Lucca said so.
    async fn pause_account(&self, account: &Account, span: Duration) -> Result<(), StoreError>;
    /// How many calls could begin now, and for how long the account is paused.
    async fn budget_left(
        &self,
        account: &Account,
        limit: u32,
        window: Duration,
        longest: Duration,
    ) -> Result<u32, StoreError>;
}

/// Remembers everything.
#[async_trait]
pub trait Store: BudgetStore {
    /// Whether it answers and can be written to.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Stores a new tenant; `false` if there is one with its id.
    async fn insert_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError>;
    /// Replaces a tenant if it was last changed at this time, and if its account stays the
    /// same or no attempt of unknown outcome exists. What was taught of fields that it no
    /// longer leaves to Lucca, or of another account, is forgotten.
    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
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
    /// Forgets a tenant, with its key and secrets, if all its hires have ended; from then
    /// on none is taken for it. One that is stored under its id later counts its keys on.
    async fn remove_tenant(&self, tenant: &TenantId, now: Timestamp)
    -> Result<Removed, StoreError>;

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
