//! What a back end offers to the scripts that all stores have in common.
//!
//! A script loads, lets a pure function decide, writes the difference and answers, all in one
//! transaction. The back end loads and writes; what happens between the two is a closure without
//! I/O, which PostgreSQL may call again when the transaction met another one.

use std::{borrow::Cow, future::Future, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    StoreError,
    change::{Change, Plan, Stored},
    quarantine::{Damaged, NOT_SET_ASIDE, Unreadable, set_aside},
    queue::Queues,
    records::{Index, Records},
    sql::{Row, Statement, Value, Values, values},
    statements::{Early, Ids},
    versions::Versions,
    work::{Lane, lane},
};
use crate::domain::{
    ids::{Account, OnboardingId, TenantId},
    onboarding::{
        Onboarding,
        submission::{Kind, Meant},
    },
    tenant::Tenant,
};

/// The latest episode of a hire.
pub(super) const LATEST: &str = "tenant = $1 AND account = $2 AND system = $3
    AND source_index = $4 ORDER BY episode DESC LIMIT 1";

/// Which onboardings a script changes. Nobody else changes them before its transaction ends.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    /// The one of this id.
    Id(OnboardingId),
    /// Those that a worker should look at, the longest due first.
    Due {
        lane: Lane,
        now: Timestamp,
        limit: usize,
    },
    /// Those whose retention time counts from this time or earlier, the earliest first.
    Retained {
        tenant: TenantId,
        from: Timestamp,
        limit: usize,
    },
    /// The one of this id, which is in quarantine: it may be damaged.
    SetAside(String),
    /// Those with a lease, where only this process can have granted it since the start.
    Leased,
}

impl Rows {
    /// Whether it may be more than one row, and one of them is nobody's trouble but its own.
    fn are_several(&self) -> bool {
        matches!(
            self,
            Self::Due { .. } | Self::Retained { .. } | Self::Leased
        )
    }
}

/// How the hire of a statement is looked up.
#[derive(Clone, Debug)]
pub(super) struct HireQuery {
    /// The ids that the statement names.
    pub ids: Ids,
    /// Which kind of statement.
    pub kind: Kind,
    /// The request id and its content, if there is one.
    pub request: Option<RequestQuery>,
}

/// A request id and its content, by their index values.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestQuery {
    pub id: Index,
    pub content: Index,
    /// The same as version 0.1 stored them: for all tenants alike.
    pub older: [Index; 2],
}

impl RequestQuery {
    /// Whether a stored content is that of this request.
    pub(super) fn said(&self, stored: &[u8]) -> bool {
        [self.content, self.older[1]].iter().any(|it| it == stored)
    }
}

/// What is stored about the hire of a statement.
#[derive(Debug)]
pub(super) enum HireContext {
    /// The tenant was deleted.
    NoTenant,
    /// The request id was used before.
    Requested {
        /// With this content.
        content: Vec<u8>,
        /// For this onboarding, as it is now.
        onboarding: Box<Onboarding>,
    },
    /// Anything else.
    Source {
        /// The latest episode of the hire that is meant.
        latest: Option<Box<Stored>>,
        /// Which hire is meant.
        meant: Meant,
        /// The withdrawal that came before any hire: its event time, if it had one.
        withdrawn: Option<Option<Timestamp>>,
        /// When the persons of the two ids were anonymised.
        anonymised: [Option<Timestamp>; 2],
        /// Updates that came before their confirmation.
        early: Vec<Early>,
        /// Whether one more of them can be kept.
        has_room: bool,
    },
    /// An anonymisation: every onboarding of the person.
    Person {
        /// Those that can be read.
        hires: Vec<Stored>,
        /// One that cannot.
        unreadable: Option<Unreadable>,
    },
}

/// What decides whether an attempt can begin.
#[derive(Debug)]
pub(super) struct BeginContext {
    /// The account that the tenant points to. It stays so until the transaction ends.
    pub account: Option<Account>,
    /// The other onboarding that holds the reservation of the login.
    pub reserved_by: Option<OnboardingId>,
}

/// What decides whether a tenant can change. The tenant stays as it is until the transaction ends.
#[derive(Debug)]
pub(super) struct TenantContext {
    /// The tenant as it is stored; its row may be an older one that was put back.
    pub stored: Option<Tenant>,
    pub versions: Versions,
    /// The version of its last key, if it was removed and not stored again since.
    pub former_key: Option<u32>,
    /// Whether it has an attempt of unknown outcome, and how many of its hires have not ended.
    /// Neither is looked up if the tenant keeps its account.
    pub open: (bool, u64),
}

/// Whether a tenant has an attempt of unknown outcome.
pub(super) const HAS_OPEN_ATTEMPTS: &str = "SELECT EXISTS (
    SELECT 1 FROM attempts JOIN onboardings ON onboardings.seq = onboarding
    WHERE open AND tenant = $1 AND state NOT IN ('CREATED', 'CANCELLED'))";

/// How many hires of a tenant have not ended.
pub(super) const NOT_ENDED: &str = "SELECT count(*) FROM onboardings
    WHERE tenant = $1 AND state NOT IN ('CREATED', 'CANCELLED')";

/// How a back end keeps what differs between the two: clocks and leases.
pub(super) trait Dialect {
    /// SQL for the clock by which leases and reservations end.
    fn now(&self, values: &mut Values, now: Timestamp) -> String;

    /// A span in the unit of that clock.
    fn span(&self, span: Duration) -> i64;

    /// Assignments by which a worker holds a lease until then.
    fn hold(&self, values: &mut Values, now: Timestamp, until: Timestamp) -> String;

    /// Assignments of due time and lease, if a change makes any.
    fn lease(&self, values: &mut Values, change: &Change) -> Option<String>;
}

/// Decides, without I/O, what to write and to answer, given what was loaded.
pub(super) trait Script<L, A>:
    Fn(&Records, L) -> Result<Plan<A>, StoreError> + Send + Sync + 'static
{
}

impl<L, A, F> Script<L, A> for F where
    F: Fn(&Records, L) -> Result<Plan<A>, StoreError> + Send + Sync + 'static
{
}

/// A database that runs scripts.
///
/// The back ends provide what begins with `try_`, which fails with [`StoreError::Damaged`] if
/// something cannot be read. What stands on it sets those records aside.
pub(super) trait Backend: Sized + Send + Sync + 'static {
    /// Holds for an onboarding that no worker has leased.
    const UNLEASED: &'static str;

    /// Holds for what is counted in a queue, from an index alone.
    const QUEUED: &'static str;

    /// The assignment by which nobody holds a lease.
    const NO_LEASE: &'static str;

    /// Seals, opens and indexes.
    fn records(&self) -> &Records;

    /// The time now.
    fn now(&self) -> Timestamp;

    /// SQL for this long from now, by the clock by which reservations end.
    fn later(&self, span: Duration) -> String;

    /// The same as [`Session::wipe`](super::session::Session::wipe), for the next transaction.
    fn wipe(&self) {}

    /// Notifies listeners of a change that is committed.
    fn notify(&self, id: OnboardingId);

    /// Whether all leases are those of a process that has certainly ended. True once at most.
    fn inherits_leases(&self) -> bool;

    /// The positions in queues that were counted.
    fn queues(&self) -> &Queues;

    /// The rows of a statement that reads.
    fn query(
        &self,
        sql: impl Into<Cow<'static, str>> + Send,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// The onboardings that a clause selects, `WHERE` included.
    fn try_find(
        &self,
        clause: String,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// Runs statements in one transaction, and returns how many rows each has changed.
    fn run(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<u64>, StoreError>> + Send;

    /// Carries out the plan for a tenant. Open attempts and hires are looked up if the tenant moves
    /// to another account than this one, or is removed (`None`).
    fn try_change_tenant<A: Send + 'static>(
        &self,
        id: TenantId,
        account: Option<Account>,
        plan: impl Script<TenantContext, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send;

    /// Loads rows and carries out the plan that follows from them.
    fn try_change<A: Send + 'static>(
        &self,
        rows: Rows,
        plan: impl Script<Vec<Stored>, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send;

    /// The same for a step of one onboarding. `login` is that of an attempt that is about to begin.
    fn try_take_step<A: Send + 'static>(
        &self,
        id: OnboardingId,
        login: Option<Index>,
        now: Timestamp,
        plan: impl Script<Option<(Stored, Option<BeginContext>)>, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send;

    /// The same for a hire that is handed in.
    fn try_take_hire<A: Send + 'static>(
        &self,
        query: HireQuery,
        plan: impl Script<HireContext, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send;

    /// Sets aside what could not be read, and says so.
    fn settled<A: Send>(
        &self,
        outcome: Result<A, StoreError>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send {
        async move {
            let damaged = match outcome {
                Err(StoreError::Damaged(damaged)) => damaged,
                outcome => return outcome,
            };
            if !damaged.iter().all(Damaged::is_known) {
                set_aside(self, &damaged).await?;
            }
            let first = damaged.first().ok_or(StoreError::Malformed)?;
            Err(StoreError::Quarantined(Box::new(first.shown(self.now()))))
        }
    }

    /// The onboardings that a clause selects, `WHERE` included. It is a failure if one of them cannot
    /// be read.
    fn find(
        &self,
        clause: impl Into<String> + Send,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send {
        async move {
            let found = self.try_find(clause.into(), values).await;
            self.settled(found).await
        }
    }

    /// The same without those that cannot be read. The clause selects none in quarantine.
    fn find_all(
        &self,
        clause: &str,
        values: &[Value],
    ) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send {
        async move {
            loop {
                match self.try_find(clause.to_owned(), values.to_vec()).await {
                    Err(StoreError::Damaged(damaged)) => set_aside(self, &damaged).await?,
                    found => return found,
                }
            }
        }
    }

    /// The rows that begin with a lane, with their lanes. Onboardings of what is no lane are set
    /// aside.
    fn lanes<'a>(
        &self,
        rows: &'a [Row],
    ) -> impl Future<Output = Result<Vec<(Lane, &'a Row)>, StoreError>> + Send {
        async move {
            let mut lanes = Vec::with_capacity(rows.len());
            for row in rows {
                match lane(row) {
                    Some(lane) => lanes.push((lane, row)),
                    None => {
                        let clause =
                            format!("WHERE account = $1 AND tenant = $2 AND {NOT_SET_ASIDE}");
                        let (account, tenant): (String, String) = (row.get(0)?, row.get(1)?);
                        self.find_all(&clause, &values![account, tenant]).await?;
                    }
                }
            }
            Ok(lanes)
        }
    }

    /// See [`Backend::try_change_tenant`].
    fn change_tenant<A: Send + 'static>(
        &self,
        id: TenantId,
        account: Option<Account>,
        plan: impl Script<TenantContext, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send {
        async move {
            let outcome = self.try_change_tenant(id, account, plan).await;
            self.settled(outcome).await
        }
    }

    /// See [`Backend::try_change`]. Of several rows, the plan gets those that can be read.
    fn change<A: Send + 'static>(
        &self,
        rows: Rows,
        plan: impl Script<Vec<Stored>, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send {
        async move {
            let plan = Arc::new(plan);
            loop {
                let plan = Arc::clone(&plan);
                let plan = move |records: &Records, rows| plan(records, rows);
                match self.try_change(rows.clone(), plan).await {
                    Err(StoreError::Damaged(damaged)) if rows.are_several() => {
                        set_aside(self, &damaged).await?;
                    }
                    outcome => return self.settled(outcome).await,
                }
            }
        }
    }

    /// See [`Backend::try_take_step`].
    fn take_step<A: Send + 'static>(
        &self,
        id: OnboardingId,
        login: Option<Index>,
        now: Timestamp,
        plan: impl Script<Option<(Stored, Option<BeginContext>)>, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send {
        async move {
            let outcome = self.try_take_step(id, login, now, plan).await;
            self.settled(outcome).await
        }
    }

    /// See [`Backend::try_take_hire`].
    fn take_hire<A: Send + 'static>(
        &self,
        query: HireQuery,
        plan: impl Script<HireContext, A>,
    ) -> impl Future<Output = Result<A, StoreError>> + Send {
        async move {
            let outcome = self.try_take_hire(query, plan).await;
            self.settled(outcome).await
        }
    }
}
