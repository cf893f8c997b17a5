//! What is known of accounts in Lucca: which keys they have accepted, what those keys see, and what
//! creations have shown.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    StoreError,
    backend::Backend,
    records::{acceptance, millis},
    sql::{Row, Statement, Value, one, values},
};
use crate::domain::{
    ids::{Account, TenantId},
    onboarding::acceptance::Acceptance,
};

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

    /// Whether the account has accepted this key of the tenant.
    async fn key_accepted(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError>;

    /// Records that it has.
    async fn accept_key(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// How many tenants have a key that the account has accepted.
    async fn accepted_tenants(&self, account: &Account) -> Result<u32, StoreError>;

    /// What creations have shown of a tenant's Lucca; see [`learned`].
    ///
    /// [`learned`]: crate::domain::onboarding::acceptance::learned
    async fn learned_acceptances(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Acceptance>, StoreError>;
}

/// The acceptances that were learned of a tenant (`$1`) and its account (`$2`).
pub(super) const ACCEPTANCES: &str = "SELECT subject, accepted_time, refused_time FROM lessons
    WHERE tenant = $1 AND account = $2 ORDER BY subject";

/// The acceptances in rows of [`ACCEPTANCES`].
pub(super) fn acceptances(rows: &[Row]) -> Vec<Acceptance> {
    rows.iter()
        // What cannot be read counts as not learned.
        .filter_map(|row| {
            acceptance(
                &row.get::<String>(0).ok()?,
                row.get(1).ok()?,
                row.get(2).ok()?,
            )
            .ok()
        })
        .collect()
}

/// Whether a table of keys has the key of this account, tenant and version.
async fn has_key(store: &impl Backend, table: &str, key: Vec<Value>) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {table}
                        WHERE account = $1 AND tenant = $2 AND key_version = $3)"
    );
    one(&store.query(sql, key).await?)
}

/// Adds the key of this account, tenant and version to a table of keys, with the time.
async fn add_key(
    store: &impl Backend,
    table: &str,
    time: &str,
    values: Vec<Value>,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO {table} (account, tenant, key_version, {time})
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    );
    store
        .run(vec![Statement::new(sql, values)])
        .await
        .map(|_| ())
}

#[async_trait]
impl<B: Backend> AccountStore for B {
    async fn visibility_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError> {
        has_key(
            self,
            "sights",
            values![account.as_str(), tenant.as_str(), key_version],
        )
        .await
    }

    async fn prove_visibility(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = values![account.as_str(), tenant.as_str(), key_version, millis(now)];
        add_key(self, "sights", "proven_time", values).await
    }

    async fn key_accepted(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError> {
        has_key(
            self,
            "accepted_keys",
            values![account.as_str(), tenant.as_str(), key_version],
        )
        .await
    }

    async fn accept_key(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = values![account.as_str(), tenant.as_str(), key_version, millis(now)];
        add_key(self, "accepted_keys", "accepted_time", values).await
    }

    async fn accepted_tenants(&self, account: &Account) -> Result<u32, StoreError> {
        let sql = "SELECT count(DISTINCT tenant) FROM accepted_keys
            JOIN tenants ON tenants.id = accepted_keys.tenant WHERE account = $1";
        one(&self.query(sql, values![account.as_str()]).await?)
    }

    async fn learned_acceptances(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Acceptance>, StoreError> {
        let values = values![tenant.as_str(), account.as_str()];
        Ok(acceptances(&self.query(ACCEPTANCES, values).await?))
    }
}
