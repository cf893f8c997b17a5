//! Finding, listing and counting onboardings.

mod index;
mod list;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{
    StoreError,
    backend::{Backend, LATEST},
    change::Stored,
    records::{ENDED, account, limit, onboarding_id, waiting_counts},
    sql::{Row, one, optional, values},
};
use crate::domain::{
    dates::CivilDate,
    finding::ProblemCode,
    ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
    lucca_id::LuccaId,
    onboarding::{BusinessKey, Onboarding, State},
};

pub(super) use index::{bind_to_tenants, replacement};
use list::{listed, searched};

/// How many of an account's queue are looked at to count those of one tenant.
const LOOKED_AT: u32 = 2000;

/// Reads onboardings.
#[async_trait]
pub trait LookupStore: Send + Sync + 'static {
    /// An onboarding.
    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError>;

    /// The tenant of an onboarding, which may be in quarantine.
    async fn tenant_of(&self, id: OnboardingId) -> Result<Option<TenantId>, StoreError>;

    /// A page of the onboardings that can be read.
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

    /// Every onboarding of the key's tenant and account with this employee.
    async fn with_employee(
        &self,
        key: &BusinessKey,
        user: LuccaId,
    ) -> Result<Vec<Onboarding>, StoreError>;

    /// The position of an onboarding in its account's queue. With a tenant, only its hires count,
    /// and only among the first 2,000 of the queue.
    async fn queue_position(
        &self,
        id: OnboardingId,
        only: Option<&TenantId>,
    ) -> Result<QueuePosition, StoreError>;

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
    /// Only with this problem, alone or beside others.
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
    /// A page of at most `limit` entries, from what was found for one entry more.
    fn of(mut found: Vec<Stored>, order: Order, limit: usize) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|last| Cursor {
            rank: match order {
                Order::Urgency => last.urgency.clone(),
                Order::UpdateTime => last.update_time.to_string(),
            },
            seq: last.seq,
        });
        Self {
            onboardings: found.into_iter().map(|stored| stored.onboarding).collect(),
            next,
        }
    }
}

/// How many onboardings that somebody has to see to are in a state, with some problems or none, and
/// start on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingCount {
    /// The state.
    pub state: State,
    /// The start date, if it is known.
    pub start: Option<CivilDate>,
    /// The problems that wait for a person.
    pub problems: Vec<ProblemCode>,
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

fn ids(rows: &[Row]) -> Result<Vec<OnboardingId>, StoreError> {
    rows.iter().map(|row| onboarding_id(row.get(0)?)).collect()
}

#[async_trait]
impl<B: Backend> LookupStore for B {
    async fn onboarding(&self, lookup: Lookup) -> Result<Option<Onboarding>, StoreError> {
        let found = match &lookup {
            Lookup::Id(id) => self.find("WHERE id = $1", values![id.to_string()]).await?,
            Lookup::Source(key, account) => {
                let source = self.records().source(key, account);
                let (tenant, account, system, index) = source.columns();
                self.find(
                    format!("WHERE {LATEST}"),
                    values![tenant, account, system, index],
                )
                .await?
            }
            Lookup::LuccaUser(tenant, account, user) => {
                let clause = "WHERE tenant = $1 AND account = $2 AND lucca_user = $3
                    ORDER BY seq DESC LIMIT 1";
                let values = values![tenant.as_str(), account.as_str(), user.get()];
                self.find(clause, values).await?
            }
        };
        Ok(found.into_iter().next().map(|stored| stored.onboarding))
    }

    async fn with_employee(
        &self,
        key: &BusinessKey,
        user: LuccaId,
    ) -> Result<Vec<Onboarding>, StoreError> {
        let clause = "WHERE tenant = $1 AND account = $2 AND lucca_user = $3";
        let values = values![key.tenant.as_str(), key.account.as_str(), user.get()];
        let found = self.find(clause, values).await?;
        Ok(found.into_iter().map(|it| it.onboarding).collect())
    }

    async fn tenant_of(&self, id: OnboardingId) -> Result<Option<TenantId>, StoreError> {
        let sql = "SELECT tenant FROM onboardings WHERE id = $1";
        let tenant: Option<String> = optional(&self.query(sql, values![id.to_string()]).await?)?;
        Ok(tenant.and_then(|tenant| TenantId::parse(&tenant).ok()))
    }

    async fn list(
        &self,
        filter: Filter,
        order: Order,
        after: Option<Cursor>,
        most: usize,
    ) -> Result<Page, StoreError> {
        let tenants = searched(self, &filter).await?;
        let mut conditions = listed(self.records(), &tenants, &filter, order, after.as_ref());
        let one_more = conditions.values.add(limit(most.saturating_add(1)));
        let sort = match order {
            Order::Urgency => "urgency, seq",
            Order::UpdateTime => "update_time DESC, seq DESC",
        };
        let clause = format!(
            "WHERE {} ORDER BY {sort} LIMIT {one_more}",
            conditions.sql()
        );
        let found = self.find_all(&clause, &conditions.values.0).await?;
        Ok(Page::of(found, order, most))
    }

    async fn episodes(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        let source = self.records().source(&key, &account);
        let (tenant, account, system, index) = source.columns();
        let rows = self.query(
            "SELECT id FROM onboardings
             WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4
             ORDER BY episode",
            values![tenant, account, system, index],
        );
        ids(&rows.await?)
    }

    async fn onboardings_of_person(
        &self,
        key: SourceKey,
        account: Account,
    ) -> Result<Vec<OnboardingId>, StoreError> {
        let rows = self.query(
            "SELECT id FROM onboardings JOIN lookups ON lookups.onboarding = onboardings.seq
             WHERE lookups.purpose = 'person' AND lookups.value = $1 AND account = $2
             ORDER BY source_index, episode",
            values![self.records().person(&key), account.as_str()],
        );
        ids(&rows.await?)
    }

    async fn queue_position(
        &self,
        id: OnboardingId,
        only: Option<&TenantId>,
    ) -> Result<QueuePosition, StoreError> {
        let sql = format!(
            "SELECT account, wake, seq FROM onboardings
             WHERE id = $1 AND state = 'ACCEPTED' AND wake IS NOT NULL AND {}",
            B::UNLEASED
        );
        let this = self.query(sql, values![id.to_string()]).await?;
        let Some(this) = this.first() else {
            return Ok(QueuePosition::default());
        };
        let account = account(this.get(0)?)?;
        let rank: (i64, i64) = (this.get(1)?, this.get(2)?);
        if let Some(tenant) = only {
            let sql = format!(
                "SELECT count(*) FROM (SELECT tenant FROM onboardings
                 WHERE account = $1 AND state = 'ACCEPTED' AND {} AND (wake, seq) < ($2, $3)
                 ORDER BY wake, seq LIMIT {LOOKED_AT}) AS earlier WHERE tenant = $4",
                B::QUEUED
            );
            let values = values![account.as_str(), rank.0, rank.1, tenant.as_str()];
            let before = one(&self.query(sql, values).await?)?;
            return Ok(QueuePosition { before });
        }
        let start = self.queues().start(&account, rank, Instant::now());
        let sql = format!(
            "SELECT count(*) FROM onboardings
             WHERE account = $1 AND state = 'ACCEPTED' AND {}
                AND (wake, seq) >= ($2, $3) AND (wake, seq) < ($4, $5)",
            B::QUEUED
        );
        let (from, to) = (start.from, rank);
        let values = values![account.as_str(), from.0, from.1, to.0, to.1];
        let between = self.query(sql, values).await?;
        let between = between.first().ok_or(StoreError::Malformed)?.get(0)?;
        Ok(QueuePosition {
            before: self.queues().finish(&account, rank, start, between),
        })
    }

    async fn waiting_counts(&self) -> Result<Vec<WaitingCount>, StoreError> {
        let rows = self.query(
            "SELECT state, urgency, problem, count(*) FROM onboardings WHERE urgency < $1
             GROUP BY state, urgency, problem ORDER BY urgency, state, problem",
            values![ENDED],
        );
        let rows = rows.await?;
        let groups = rows
            .iter()
            .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let groups = groups.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(waiting_counts(groups))
    }
}
