//! What a back end offers to the scripts that all stores have in common.
//!
//! A script loads, lets a pure function decide, writes the difference and answers, all in one
//! transaction. The back end loads and writes; what happens between the two is a closure without
//! I/O, which PostgreSQL may call again when the transaction met another one.

use std::future::Future;

use jiff::Timestamp;

use super::{
    StoreError,
    change::{Plan, Stored},
    records::{Index, Records, Source},
};
use crate::domain::{
    ids::{Account, OnboardingId, TenantId},
    onboarding::Onboarding,
};

/// Which onboardings a script changes. Nobody else changes them before its transaction ends.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    /// The one of this id.
    Id(OnboardingId),
    /// The latest episode of a hire. Nobody else stores a next one meanwhile.
    Latest(Source),
    /// Those that a worker should look at, the longest due first.
    Due {
        account: Account,
        now: Timestamp,
        limit: usize,
    },
    /// Those whose retention time counts from this time or earlier, the earliest first.
    Retained {
        tenant: TenantId,
        from: Timestamp,
        limit: usize,
    },
    /// Those with a lease, where only this process can have granted it since the start.
    Leased,
}

/// What is asked for when a hire is handed in.
#[derive(Clone, Debug)]
pub(super) struct HireQuery {
    /// The hire.
    pub source: Source,
    /// The person, as a source: a withdrawal may name it instead of the hire.
    pub person: Option<Source>,
    /// The request id and its content, if there is one.
    pub request: Option<(Index, Index)>,
}

/// What a hire that is handed in meets.
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
        /// The latest episode.
        latest: Option<Box<Stored>>,
        /// The withdrawal that came before any hire: its event time, if it had one.
        withdrawn: Option<Option<Timestamp>>,
    },
}

/// What an attempt that is about to begin meets.
#[derive(Debug)]
pub(super) struct BeginContext {
    /// The account that the tenant points to. It stays so until the transaction ends.
    pub account: Option<Account>,
    /// The other onboarding that holds the reservation of the login.
    pub reserved_by: Option<OnboardingId>,
}

/// A database that runs scripts.
pub(super) trait Backend: Send + Sync + 'static {
    /// Seals, opens and indexes.
    fn records(&self) -> &Records;

    /// Notifies listeners of a change that is committed.
    fn notify(&self, id: OnboardingId);

    /// Whether all leases are those of a process that has certainly ended. True once at most.
    fn inherits_leases(&self) -> bool;

    /// Loads rows and carries out the plan that follows from them.
    fn change<A, P>(
        &self,
        rows: Rows,
        plan: P,
    ) -> impl Future<Output = Result<A, StoreError>> + Send
    where
        A: Send + 'static,
        P: Fn(&Records, Vec<Stored>) -> Result<Plan<A>, StoreError> + Send + Sync + 'static;

    /// The same for the beginning of an attempt with this login.
    fn begin<A, P>(
        &self,
        id: OnboardingId,
        login: Index,
        now: Timestamp,
        plan: P,
    ) -> impl Future<Output = Result<A, StoreError>> + Send
    where
        A: Send + 'static,
        P: Fn(&Records, Option<(Stored, BeginContext)>) -> Result<Plan<A>, StoreError>
            + Send
            + Sync
            + 'static;

    /// The same for a hire that is handed in.
    fn take_hire<A, P>(
        &self,
        query: HireQuery,
        plan: P,
    ) -> impl Future<Output = Result<A, StoreError>> + Send
    where
        A: Send + 'static,
        P: Fn(&Records, HireContext) -> Result<Plan<A>, StoreError> + Send + Sync + 'static;
}
