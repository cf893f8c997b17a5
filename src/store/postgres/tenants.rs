//! SQL for tenants and what belongs to them.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{
    PostgresStore, accounts, connect, history,
    session::{Session, TRIES, may_pass, transaction},
};
use crate::{
    domain::{ids::TenantId, tenant::Tenant},
    store::{
        NewHistoryEntry, Removed, Replaced, StoreError, TenantStore,
        records::{Records, limit, millis},
    },
};

async fn insert(
    on: &Session<'_>,
    tenant: &Tenant,
    entry: &NewHistoryEntry,
) -> Result<bool, StoreError> {
    let mut tenant = tenant.clone();
    if let Some(version) = former_key(on, &tenant.id).await? {
        tenant.api_key.version = version.saturating_add(1);
    }
    let rows = on
        .run(
            "INSERT INTO tenants (id, update_time, document) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO NOTHING",
            &[
                &tenant.id.as_str(),
                &tenant.update_time.as_microsecond(),
                &on.records.seal_tenant(&tenant)?,
            ],
        )
        .await?;
    let id = tenant.id.as_str();
    on.run("DELETE FROM former_tenants WHERE id = $1", &[&id])
        .await?;
    if rows == 1 {
        history::note(on, entry).await?;
    }
    Ok(rows == 1)
}

/// The version of the last key of a tenant that was removed, and not stored again since.
async fn former_key(on: &Session<'_>, id: &TenantId) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT key_version FROM former_tenants WHERE id = $1";
    let Some(row) = on.row(sql, &[&id.as_str()]).await? else {
        return Ok(None);
    };
    let version = u32::try_from(row.try_get::<_, i64>(0)?);
    version.map(Some).map_err(|_| StoreError::Malformed)
}

/// Whether the tenant has not been removed, and will not be until the transaction ends.
pub(super) async fn takes_hires(on: &Session<'_>, id: &TenantId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM tenants WHERE id = $1 FOR KEY SHARE";
    Ok(on.row(sql, &[&id.as_str()]).await?.is_some() || former_key(on, id).await?.is_none())
}

/// Waits for the hires that are just being handed in: see [`takes_hires`].
async fn remove(
    on: &Session<'_>,
    id: &TenantId,
    entry: &NewHistoryEntry,
) -> Result<Removed, StoreError> {
    let Some(stored) = locked(on, id, "FOR UPDATE").await? else {
        return Ok(Removed::Unknown);
    };
    if has_open_attempts(on, id).await? {
        return Ok(Removed::OpenAttempts);
    }
    match count(&on.the_row(NOT_ENDED, &[&id.as_str()]).await?)? {
        0 => {}
        count => return Ok(Removed::NotEnded(count)),
    }
    let name = id.as_str();
    for sql in [
        "DELETE FROM tenants WHERE id = $1",
        "DELETE FROM sights WHERE tenant = $1",
        "DELETE FROM lessons WHERE tenant = $1",
    ] {
        on.run(sql, &[&name]).await?;
    }
    on.run(
        "INSERT INTO former_tenants (id, key_version, delete_time) VALUES ($1, $2, $3)",
        &[
            &name,
            &i64::from(stored.api_key.version),
            &millis(entry.time),
        ],
    )
    .await?;
    history::note(on, entry).await?;
    Ok(Removed::Done)
}

/// Whether a tenant has an attempt of unknown outcome.
const HAS_OPEN_ATTEMPTS: &str = "SELECT EXISTS (
    SELECT 1 FROM attempts JOIN onboardings ON onboardings.seq = onboarding
    WHERE open AND tenant = $1 AND state NOT IN ('CREATED', 'CANCELLED'))";

/// How many hires of a tenant have not ended.
const NOT_ENDED: &str = "SELECT count(*) FROM onboardings
    WHERE tenant = $1 AND state NOT IN ('CREATED', 'CANCELLED')";

async fn has_open_attempts(on: &Session<'_>, id: &TenantId) -> Result<bool, StoreError> {
    let row = on.the_row(HAS_OPEN_ATTEMPTS, &[&id.as_str()]).await?;
    Ok(row.try_get(0)?)
}

fn count(row: &Row) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<_, i64>(0)?).map_err(|_| StoreError::Malformed)
}

/// Whether the account may change is decided while no attempt can begin: see [`locked`].
async fn replace(
    on: &Session<'_>,
    tenant: &Tenant,
    last_change: Timestamp,
    entry: &NewHistoryEntry,
) -> Result<Replaced, StoreError> {
    let Some(stored) = locked(on, &tenant.id, "FOR UPDATE").await? else {
        return Ok(Replaced::Outdated);
    };
    if stored.account != tenant.account && has_open_attempts(on, &tenant.id).await? {
        return Ok(Replaced::OpenAttempts);
    }
    let rows = on
        .run(
            "UPDATE tenants SET update_time = $2, document = $3 WHERE id = $1 AND update_time = $4",
            &[
                &tenant.id.as_str(),
                &tenant.update_time.as_microsecond(),
                &on.records.seal_tenant(tenant)?,
                &last_change.as_microsecond(),
            ],
        )
        .await?;
    if rows == 0 {
        return Ok(Replaced::Outdated);
    }
    accounts::forget(on, tenant).await?;
    history::note(on, entry).await?;
    Ok(Replaced::Done)
}

/// A tenant as it stays until the transaction ends: `FOR UPDATE` by whoever changes it,
/// `FOR SHARE` by whoever begins an attempt for it, of whom there may be many at once.
pub(super) async fn locked(
    on: &Session<'_>,
    id: &TenantId,
    lock: &str,
) -> Result<Option<Tenant>, StoreError> {
    let sql = format!("{TENANT} {lock}");
    let row = on.row(&sql, &[&id.as_str()]).await?;
    row.map(|row| open(on.records, &row)).transpose()
}

/// A tenant, as [`open`] reads it.
const TENANT: &str = "SELECT id, document FROM tenants WHERE id = $1";

fn open(records: &Records, row: &Row) -> Result<Tenant, StoreError> {
    records.open_tenant(row.try_get(0)?, row.try_get(1)?)
}

#[async_trait]
impl TenantStore for PostgresStore {
    async fn insert_tenant(
        &self,
        tenant: &Tenant,
        entry: NewHistoryEntry,
    ) -> Result<bool, StoreError> {
        transaction!(self, |session| insert(&session, tenant, &entry))
    }

    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        entry: NewHistoryEntry,
    ) -> Result<Replaced, StoreError> {
        transaction!(self, |session| replace(
            &session,
            tenant,
            last_change,
            &entry
        ))
    }

    async fn remove_tenant(
        &self,
        tenant: &TenantId,
        entry: NewHistoryEntry,
    ) -> Result<Removed, StoreError> {
        transaction!(self, |session| remove(&session, tenant, &entry))
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let row = self.row(TENANT, &[&id.as_str()]).await?;
        row.map(|row| open(&self.records, &row)).transpose()
    }

    async fn tenants(
        &self,
        after: Option<&TenantId>,
        most: usize,
    ) -> Result<Vec<Tenant>, StoreError> {
        let sql = "SELECT id, document FROM tenants WHERE id > $1 ORDER BY id LIMIT $2";
        let after = after.map_or("", TenantId::as_str);
        let rows = self.rows(sql, &[&after, &limit(most)]).await?;
        rows.iter().map(|row| open(&self.records, row)).collect()
    }

    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let row = self.the_row(HAS_OPEN_ATTEMPTS, &[&tenant.as_str()]).await?;
        Ok(row.try_get(0)?)
    }

    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        count(&self.the_row(NOT_ENDED, &[&tenant.as_str()]).await?)
    }
}
