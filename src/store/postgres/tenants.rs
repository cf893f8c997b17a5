//! SQL for tenants and what belongs to them.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{lessons, session::Session};
use crate::{
    domain::{
        ids::{Account, TenantId},
        tenant::Tenant,
    },
    store::{Replaced, StoreError, records::millis},
};

pub(super) async fn insert(
    on: &Session<'_, impl GenericClient>,
    tenant: &Tenant,
) -> Result<bool, StoreError> {
    let rows = on
        .run(
            "INSERT INTO tenants (id, update_time, document) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO NOTHING",
            &[
                &tenant.id.as_str(),
                &tenant.update_time.as_microsecond(),
                &on.records.seal_tenant(tenant)?,
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// Whether the account may change is decided while no attempt can begin: see [`locked`].
pub(super) async fn replace(
    on: &Session<'_, impl GenericClient>,
    tenant: &Tenant,
    last_change: Timestamp,
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
