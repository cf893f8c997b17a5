//! Finding, listing and counting onboardings.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    dates::CivilDate,
    finding::ProblemCode,
    ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
    lucca_id::LuccaId,
    onboarding::{BusinessKey, Onboarding, State},
};

/// Reads onboardings.
#[async_trait]
pub trait LookupStore: Send + Sync + 'static {
    /// An onboarding.
    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError>;

    /// A page of onboardings.
    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError>;

    /// Every episode of a hire on an account, the first one first.
    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError>;

    /// Every onboarding on an account of the person that a system knows by this id, each source's
    /// episodes in their order. The external id of the key is the person's.
    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError>;

    /// The position of an onboarding in its account's queue.
    async fn queue_position(&self, id: OnboardingId) -> Result<QueuePosition, StoreError>;

    /// How many onboardings wait, by state, start date and problem, over all tenants.
    async fn waiting_counts(&self) -> Result<Vec<WaitingCount>, StoreError>;
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

impl SourceKey {
    /// The hire of an onboarding, whichever episode it is.
    pub fn of(key: &BusinessKey) -> Self {
        Self {
            tenant: key.tenant.clone(),
            system: key.system.clone(),
            external_id: key.external_id.clone(),
        }
    }
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
    /// What somebody has to see to first ([`Onboarding::is_waited_for`]), then by start date.
    Urgency,
    /// The latest change first.
    UpdateTime,
}

/// Where a page of a list goes on: after the entry with these sort values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The first sort value.
    pub rank: String,
    /// The number of the row, which makes the order total.
    pub seq: i64,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries.
    pub onboardings: Vec<Onboarding>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

impl Page {
    /// A page of at most `limit` entries, from the rows found for one entry more.
    pub(super) fn of<R>(
        mut rows: Vec<R>,
        limit: usize,
        open: impl Fn(R) -> Result<(Onboarding, Cursor), StoreError>,
    ) -> Result<Self, StoreError> {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let entries = rows.into_iter().map(open);
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let (onboardings, cursors): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        Ok(Self {
            onboardings,
            next: cursors.into_iter().next_back().filter(|_| more),
        })
    }
}

/// How many onboardings that somebody has to see to are in a state, with a problem or none, and
/// start on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingCount {
    /// The state.
    pub state: State,
    /// The start date, if it is known.
    pub start: Option<CivilDate>,
    /// The problem that waits for a person.
    pub problem: Option<ProblemCode>,
    /// How many.
    pub count: u64,
}

/// The position of an onboarding in its account's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuePosition {
    /// How many are served before it: exact in a short queue; in a long one at most two seconds
    /// old, and then too high rather than too low.
    pub before: u32,
}
