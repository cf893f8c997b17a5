//! What is remembered: tenants, onboardings, attempts, budgets.
//!
//! A store runs the pure functions of [`crate::domain::onboarding`] inside transactions and decides
//! nothing itself. Nothing is answered before it is durable.
//!
//! Each concern is a trait of its own, and stands once with its SQL, on top of `backend`. What
//! differs between the two databases stands in `sqlite` and `postgres`: connections and
//! transactions, how rows are loaded and locked, clocks, leases, and the budget.

mod accounts;
mod apply;
mod backend;
mod budget;
mod chain;
mod change;
#[cfg(test)]
pub(crate) mod conformance;
mod deliveries;
mod events;
mod hires;
mod history;
mod lookups;
mod mending;
pub mod postgres;
mod pruning;
pub mod quarantine;
mod queue;
mod reading;
mod records;
pub mod resealing;
mod session;
mod sql;
pub mod sqlite;
mod statements;
mod tenants;
mod versions;
mod work;

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::{
    db::{DbError, SealError},
    domain::{ids::OnboardingId, onboarding::machine::NoSuchMove},
};

pub use crate::db::in_share;
pub use accounts::AccountStore;
pub use budget::{BudgetStore, Permit};
pub use chain::{Cut, Integrity, VerifiedHistory};
pub use deliveries::DeliveryStore;
pub use events::{EventKind, EventReport, FollowUpName, HistoryEvent};
pub use hires::{Decided, HireStore, Retired};
pub use history::{Actor, HistoryEntry, HistoryOf, HistoryStore, NewHistoryEntry};
pub use lookups::{
    Cursor, Filter, Lookup, LookupStore, Order, Page, QueuePosition, Request, SourceKey,
    WaitingCount,
};
pub use pruning::{Keep, PruneStore};
pub use quarantine::{QuarantineStore, Unreadable};
pub use resealing::KeyStore;
pub use statements::{StatementStore, Subject, Submitted};
pub use tenants::{Removed, Replaced, TenantStore};
pub use work::{Lane, LeaseGrant, ScheduleStore, Stepped, WorkStore};

/// How many changes a slow listener may be behind.
const CHANGES: usize = 4096;

/// Why the store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A record cannot be opened.
    #[error("a record cannot be opened: {0}")]
    Sealed(#[from] SealError),
    /// A record does not have the expected form.
    #[error("a record does not have the expected form")]
    Malformed,
    /// Records that cannot be read. Inside the store only: it sets them aside.
    #[error("records cannot be read")]
    Damaged(Vec<quarantine::Damaged>),
    /// The record is in quarantine, because it cannot be read.
    #[error("the record is in quarantine")]
    Quarantined(Box<Unreadable>),
    /// What was to be stored could not be read back: nothing was stored.
    #[error("a record could not be read back and was not stored")]
    NotReadBack,
    /// The person of a statement has several hires, and it does not say which one it means.
    #[error("the person {0} has several hires")]
    SeveralHires(String),
    /// A step leads nowhere from the present state.
    #[error(transparent)]
    NoSuchMove(#[from] NoSuchMove),
}

impl StoreError {
    /// Whether too many writes are waiting, and nothing else is wrong.
    pub fn is_overload(&self) -> bool {
        matches!(self, Self::Database(DbError::Overloaded))
    }

    /// Whether the database failed, and not one record.
    pub fn is_of_database(&self) -> bool {
        matches!(self, Self::Database(_))
    }

    /// What was read; nothing if it is in quarantine.
    ///
    /// # Errors
    /// It failed for any other reason.
    pub fn if_readable<T>(read: Result<Option<T>, Self>) -> Result<Option<T>, Self> {
        match read {
            Err(Self::Quarantined(_)) => Ok(None),
            read => read,
        }
    }
}

/// Remembers everything.
#[async_trait]
pub trait Store:
    TenantStore
    + AccountStore
    + StatementStore
    + DeliveryStore
    + HireStore
    + LookupStore
    + WorkStore
    + HistoryStore
    + KeyStore
    + QuarantineStore
    + PruneStore
    + BudgetStore
{
    /// Whether it answers and can be written to.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Onboardings that change from now on, here as well as in other processes on the same
    /// database as far as they can be heard. A slow listener may miss some and has to look itself.
    fn changes(&self) -> broadcast::Receiver<OnboardingId>;
}
