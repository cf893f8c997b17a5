//! SQL for tenants.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;

use super::{
    super::{NewHistoryEntry, Removed, Replaced, StoreError, TenantStore, records},
    SqliteStore, accounts, history,
    session::Session,
};
use crate::domain::{ids::TenantId, tenant::Tenant};

/// A tenant.
pub(super) fn get(on: &Session<'_>, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
    let sql = "SELECT document FROM tenants WHERE id = ?1";
    let found: Option<(Vec<u8>,)> = on.row(sql, [id.as_str()])?;
    found
        .map(|(document,)| on.records.open_tenant(id.as_str(), &document))
        .transpose()
}

/// The version of the last key of a tenant that was removed and not stored again since.
pub(super) fn former_key(on: &Session<'_>, id: &TenantId) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT key_version FROM former_tenants WHERE id = ?1";
    let found: Option<(u32,)> = on.row(sql, [id.as_str()])?;
    Ok(found.map(|(version,)| version))
}

fn has_open_attempts(on: &Session<'_>, id: &TenantId) -> Result<bool, StoreError> {
    let (open,) = on.the_row(
        "SELECT EXISTS (SELECT 1 FROM attempts JOIN onboardings ON onboardings.seq = onboarding
                        WHERE open = 1 AND tenant = ?1 AND state NOT IN ('CREATED', 'CANCELLED'))",
        [id.as_str()],
    )?;
    Ok(open)
}

fn not_ended(on: &Session<'_>, id: &TenantId) -> Result<u64, StoreError> {
    let (count,): (i64,) = on.the_row(
        "SELECT count(*) FROM onboardings
         WHERE tenant = ?1 AND state NOT IN ('CREATED', 'CANCELLED')",
        [id.as_str()],
    )?;
    u64::try_from(count).map_err(|_| StoreError::Malformed)
}

fn insert(
    on: &Session<'_>,
    mut tenant: Tenant,
    entry: &NewHistoryEntry,
) -> Result<bool, StoreError> {
    if let Some(version) = former_key(on, &tenant.id)? {
        tenant.api_key.version = version.saturating_add(1);
    }
    let rows = on.run(
        "INSERT INTO tenants (id, update_time, document) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO NOTHING",
        params![
            tenant.id.as_str(),
            tenant.update_time.as_microsecond(),
            on.records.seal_tenant(&tenant)?
        ],
    )?;
    on.run(
        "DELETE FROM former_tenants WHERE id = ?1",
        [tenant.id.as_str()],
    )?;
    if rows == 1 {
        history::note(on, entry)?;
    }
    Ok(rows == 1)
}

fn replace(
    on: &Session<'_>,
    tenant: &Tenant,
    last_change: Timestamp,
    entry: &NewHistoryEntry,
) -> Result<Replaced, StoreError> {
    let Some(stored) = get(on, &tenant.id)? else {
        return Ok(Replaced::Outdated);
    };
    if stored.account != tenant.account && has_open_attempts(on, &tenant.id)? {
        return Ok(Replaced::OpenAttempts);
    }
    let rows = on.run(
        "UPDATE tenants SET update_time = ?2, document = ?3 WHERE id = ?1 AND update_time = ?4",
        params![
            tenant.id.as_str(),
            tenant.update_time.as_microsecond(),
            on.records.seal_tenant(tenant)?,
            last_change.as_microsecond()
        ],
    )?;
    if rows == 0 {
        return Ok(Replaced::Outdated);
    }
    accounts::forget(on, tenant)?;
    history::note(on, entry)?;
    Ok(Replaced::Done)
}

fn remove(on: &Session<'_>, id: &TenantId, entry: &NewHistoryEntry) -> Result<Removed, StoreError> {
    let Some(stored) = get(on, id)? else {
        return Ok(Removed::Unknown);
    };
    if has_open_attempts(on, id)? {
        return Ok(Removed::OpenAttempts);
    }
    match not_ended(on, id)? {
        0 => {}
        count => return Ok(Removed::NotEnded(count)),
    }
    for sql in [
        "DELETE FROM tenants WHERE id = ?1",
        "DELETE FROM sights WHERE tenant = ?1",
        "DELETE FROM lessons WHERE tenant = ?1",
    ] {
        on.run(sql, [id.as_str()])?;
    }
    on.run(
        "INSERT INTO former_tenants (id, key_version, delete_time) VALUES (?1, ?2, ?3)",
        params![
            id.as_str(),
            stored.api_key.version,
            records::millis(entry.time)
        ],
    )?;
    history::note(on, entry)?;
    Ok(Removed::Done)
}

#[async_trait]
impl TenantStore for SqliteStore {
    async fn insert_tenant(
        &self,
        tenant: &Tenant,
        entry: NewHistoryEntry,
    ) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.write(move |on| insert(on, tenant, &entry)).await
    }

    async fn replace_tenant(
        &self,
        tenant: &Tenant,
        last_change: Timestamp,
        entry: NewHistoryEntry,
    ) -> Result<Replaced, StoreError> {
        let tenant = tenant.clone();
        self.write(move |on| replace(on, &tenant, last_change, &entry))
            .await
    }

    async fn remove_tenant(
        &self,
        tenant: &TenantId,
        entry: NewHistoryEntry,
    ) -> Result<Removed, StoreError> {
        let tenant = tenant.clone();
        self.write(move |on| remove(on, &tenant, &entry)).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let id = id.clone();
        self.read(move |on| get(on, &id)).await
    }

    async fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError> {
        let after = after.map_or("", TenantId::as_str).to_owned();
        self.read(move |on| {
            let rows: Vec<(String, Vec<u8>)> = on.rows(
                "SELECT id, document FROM tenants WHERE id > ?1 ORDER BY id LIMIT ?2",
                params![after, records::limit(limit)],
            )?;
            let tenants = rows.iter();
            tenants
                .map(|(id, document)| on.records.open_tenant(id, document))
                .collect()
        })
        .await
    }

    async fn has_open_attempts(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let tenant = tenant.clone();
        self.read(move |on| has_open_attempts(on, &tenant)).await
    }

    async fn not_ended(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        let tenant = tenant.clone();
        self.read(move |on| not_ended(on, &tenant)).await
    }
}
