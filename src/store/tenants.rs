//! Tenants, and what is known of their accounts in Lucca.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{NewHistoryEntry, StoreError};
use crate::domain::{
    ids::{Account, TenantId},
    onboarding::lesson::Taught,
    tenant::Tenant,
};

/// Keeps tenants.
#[async_trait]
pub trait TenantStore: Send + Sync + 'static {
    /// Stores a new tenant, with the history entry that says so. `false`: there is one with its
    /// id.
    async fn insert_tenant(
        &self,
        tenant: &Tenant,
        entry: NewHistoryEntry,
    ) -> Result<bool, StoreError>;

    /// Replaces a tenant, with the history entry that says so, if it was last changed at this time,
    /// and if its account stays the same or the outcome of every attempt is known. Learned
    /// acceptances of fields that it no longer leaves to Lucca, or of another account, are
    /// forgotten.
    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        entry: NewHistoryEntry,
    ) -> Result<Replaced, StoreError>;

    /// Removes a tenant, with its key and secrets, if all its hires have ended, and keeps the
    /// history entry that says so. From then on no hire is taken for it. A tenant that is stored
    /// under its id later counts its key versions on.
    async fn remove_tenant(
        &self,
        tenant: &TenantId,
        entry: NewHistoryEntry,
    ) -> Result<Removed, StoreError>;

    /// A tenant.
    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError>;

    /// Tenants in the order of their ids, after this one.
    async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError>;

    /// Whether the tenant has an attempt of unknown outcome.
    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError>;

    /// How many hires of the tenant have not ended.
    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError>;
}

/// What became of a changed tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is stored.
    Done,
    /// Somebody else changed it meanwhile: nothing was done.
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

/// Keeps what is known of accounts.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Whether a key of this account has proven that it sees everybody it must see.
    async fn visibility_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError>;

    /// Records that it has.
    async fn prove_visibility(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// What creations have shown of a tenant's Lucca; see [`learned`].
    ///
    /// [`learned`]: crate::domain::onboarding::lesson::learned
    async fn learned_acceptances(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Taught>, StoreError>;
}
