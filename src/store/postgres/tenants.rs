//! SQL for tenants and what belongs to them.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{history, lessons, session::Session};
use crate::{
    domain::{
        ids::{Account, TenantId},
        tenant::Tenant,
    },
    store::{Noted, Removed, Replaced, StoreError, records::millis},
};

pub(super) async fn insert(
    on: &Session<'_, impl GenericClient>,
    tenant: &Tenant,
    noted: &Noted,
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
        history::note(on, noted).await?;
    }
    Ok(rows == 1)
}

/// The version of the last key of a tenant that was removed, and not stored again since.
async fn former_key(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT key_version FROM former_tenants WHERE id = $1";
    let Some(row) = on.row(sql, &[&id.as_str()]).await? else {
        return Ok(None);
    };
    let version = u32::try_from(row.try_get::<_, i64>(0)?);
    version.map(Some).map_err(|_| StoreError::Malformed)
}

/// Whether the tenant has not been removed, and will not be until the transaction ends.
pub(super) async fn takes_hires(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM tenants WHERE id = $1 FOR KEY SHARE";
    Ok(on.row(sql, &[&id.as_str()]).await?.is_some() || former_key(on, id).await?.is_none())
}

/// Waits for the hires that are just being handed in: see [`takes_hires`].
pub(super) async fn remove(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
    noted: &Noted,
) -> Result<Removed, StoreError> {
    let Some(stored) = locked(on, id, "FOR UPDATE").await? else {
        return Ok(Removed::Unknown);
    };
    if has_open_attempts(on, id).await? {
        return Ok(Removed::OpenAttempts);
    }
    match not_ended(on, id).await? {
        0 => {}
        count => return Ok(Removed::NotEnded(count)),
    }
    let name = id.as_str();
    on.run("DELETE FROM tenants WHERE id = $1", &[&name])
        .await?;
    on.run("DELETE FROM sights WHERE tenant = $1", &[&name])
        .await?;
    on.run("DELETE FROM lessons WHERE tenant = $1", &[&name])
        .await?;
    on.run(
        "INSERT INTO former_tenants (id, key_version, delete_time) VALUES ($1, $2, $3)",
        &[
            &name,
            &i64::from(stored.api_key.version),
            &millis(noted.time),
        ],
    )
    .await?;
    history::note(on, noted).await?;
    Ok(Removed::Done)
}

pub(super) async fn not_ended(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
) -> Result<u64, StoreError> {
    let row = on
        .the_row(
            "SELECT count(*) FROM onboardings
             WHERE tenant = $1 AND state NOT IN ('CREATED', 'CANCELLED')",
            &[&id.as_str()],
        )
        .await?;
    u64::try_from(row.try_get::<_, i64>(0)?).map_err(|_| StoreError::Malformed)
}

/// Whether the account may change is decided while no attempt can begin: see [`locked`].
pub(super) async fn replace(
    on: &Session<'_, impl GenericClient>,
    tenant: &Tenant,
    last_change: Timestamp,
    noted: &Noted,
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
    lessons::forget(on, tenant).await?;
    history::note(on, noted).await?;
    Ok(Replaced::Done)
}

pub(super) async fn get(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
) -> Result<Option<Tenant>, StoreError> {
    locked(on, id, "").await
}

/// A tenant as it stays until the transaction ends: `FOR UPDATE` by whoever changes it,
/// `FOR SHARE` by whoever begins an attempt for it, of whom there may be many at once.
async fn locked(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
    lock: &str,
) -> Result<Option<Tenant>, StoreError> {
    let sql = format!("SELECT document FROM tenants WHERE id = $1 {lock}");
    let Some(row) = on.row(&sql, &[&id.as_str()]).await? else {
        return Ok(None);
    };
    on.records
        .open_tenant(id.as_str(), row.try_get(0)?)
        .map(Some)
}

/// Whether the tenant still points to this account, and will until the transaction ends:
/// what a worker has read of the tenant may be outdated.
pub(super) async fn points_to(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
    account: &Account,
) -> Result<bool, StoreError> {
    let tenant = locked(on, id, "FOR SHARE").await?;
    Ok(tenant.is_none_or(|tenant| tenant.account == *account))
}

pub(super) async fn list(
    on: &Session<'_, impl GenericClient>,
    after: Option<&TenantId>,
    limit: usize,
) -> Result<Vec<Tenant>, StoreError> {
    let rows = on
        .rows(
            "SELECT id, document FROM tenants WHERE id > $1 ORDER BY id LIMIT $2",
            &[
                &after.map_or("", TenantId::as_str),
                &i64::try_from(limit).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| on.records.open_tenant(row.try_get(0)?, row.try_get(1)?))
        .collect()
}

pub(super) async fn has_open_attempts(
    on: &Session<'_, impl GenericClient>,
    id: &TenantId,
) -> Result<bool, StoreError> {
    let row = on
        .the_row(
            "SELECT EXISTS (SELECT 1 FROM attempts JOIN onboardings ON onboardings.seq = onboarding
                            WHERE open AND tenant = $1
                                AND state NOT IN ('CREATED', 'CANCELLED'))",
            &[&id.as_str()],
        )
        .await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn sight_proven(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    tenant: &TenantId,
    key_version: u32,
) -> Result<bool, StoreError> {
    let row = on
        .the_row(
            "SELECT EXISTS (SELECT 1 FROM sights
                            WHERE account = $1 AND tenant = $2 AND key_version = $3)",
            &[&account.as_str(), &tenant.as_str(), &i64::from(key_version)],
        )
        .await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn prove_sight(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    tenant: &TenantId,
    key_version: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    on.run(
        "INSERT INTO sights (account, tenant, key_version, proven_time) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        &[
            &account.as_str(),
            &tenant.as_str(),
            &i64::from(key_version),
            &millis(now),
        ],
    )
    .await?;
    Ok(())
}
