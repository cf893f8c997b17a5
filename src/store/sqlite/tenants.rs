//! SQL for tenants and what belongs to them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    super::{
        Noted, Removed, Replaced, StoreError,
        records::{Records, millis},
    },
    history, lessons,
};
use crate::domain::{
    ids::{Account, TenantId},
    tenant::Tenant,
};

pub(super) fn insert(
    conn: &Connection,
    records: &Records,
    tenant: &Tenant,
    noted: &Noted,
) -> Result<bool, StoreError> {
    let mut tenant = tenant.clone();
    if let Some(version) = former_key(conn, &tenant.id)? {
        tenant.api_key.version = version.saturating_add(1);
    }
    let rows = conn
        .prepare_cached(
            "INSERT INTO tenants (id, update_time, document) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            tenant.id.as_str(),
            tenant.update_time.as_microsecond(),
            records.seal_tenant(&tenant)?
        ])?;
    conn.prepare_cached("DELETE FROM former_tenants WHERE id = ?1")?
        .execute([tenant.id.as_str()])?;
    if rows == 1 {
        history::note(conn, noted)?;
    }
    Ok(rows == 1)
}

/// The version of the last key of a tenant that was removed, and not stored again since.
fn former_key(conn: &Connection, id: &TenantId) -> Result<Option<u32>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT key_version FROM former_tenants WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?)
}

pub(super) fn is_former(conn: &Connection, id: &TenantId) -> Result<bool, StoreError> {
    former_key(conn, id).map(|version| version.is_some())
}

pub(super) fn remove(
    conn: &Connection,
    records: &Records,
    id: &TenantId,
    noted: &Noted,
) -> Result<Removed, StoreError> {
    let Some(stored) = get(conn, records, id)? else {
        return Ok(Removed::Unknown);
    };
    if has_open_attempts(conn, id)? {
        return Ok(Removed::OpenAttempts);
    }
    match not_ended(conn, id)? {
        0 => {}
        count => return Ok(Removed::NotEnded(count)),
    }
    for table in [
        "DELETE FROM tenants WHERE id = ?1",
        "DELETE FROM sights WHERE tenant = ?1",
        "DELETE FROM lessons WHERE tenant = ?1",
    ] {
        conn.prepare_cached(table)?.execute([id.as_str()])?;
    }
    conn.prepare_cached(
        "INSERT INTO former_tenants (id, key_version, delete_time) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![
        id.as_str(),
        stored.api_key.version,
        millis(noted.time)
    ])?;
    history::note(conn, noted)?;
    Ok(Removed::Done)
}

pub(super) fn not_ended(conn: &Connection, id: &TenantId) -> Result<u64, StoreError> {
    let count: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM onboardings
             WHERE tenant = ?1 AND state NOT IN ('CREATED', 'CANCELLED')",
        )?
        .query_row([id.as_str()], |row| row.get(0))?;
    u64::try_from(count).map_err(|_| StoreError::Malformed)
}

pub(super) fn replace(
    conn: &Connection,
    records: &Records,
    tenant: &Tenant,
    last_change: Timestamp,
    noted: &Noted,
) -> Result<Replaced, StoreError> {
    let Some(stored) = get(conn, records, &tenant.id)? else {
        return Ok(Replaced::Outdated);
    };
    if stored.account != tenant.account && has_open_attempts(conn, &tenant.id)? {
        return Ok(Replaced::OpenAttempts);
    }
    let rows = conn
        .prepare_cached(
            "UPDATE tenants SET update_time = ?2, document = ?3 WHERE id = ?1 AND update_time = ?4",
        )?
        .execute(params![
            tenant.id.as_str(),
            tenant.update_time.as_microsecond(),
            records.seal_tenant(tenant)?,
            last_change.as_microsecond()
        ])?;
    if rows == 0 {
        return Ok(Replaced::Outdated);
    }
    lessons::forget(conn, tenant)?;
    history::note(conn, noted)?;
    Ok(Replaced::Done)
}

pub(super) fn get(
    conn: &Connection,
    records: &Records,
    id: &TenantId,
) -> Result<Option<Tenant>, StoreError> {
    let document: Option<Vec<u8>> = conn
        .prepare_cached("SELECT document FROM tenants WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    document
        .map(|document| records.open_tenant(id.as_str(), &document))
        .transpose()
}

pub(super) fn list(
    conn: &Connection,
    records: &Records,
    after: Option<&TenantId>,
    limit: usize,
) -> Result<Vec<Tenant>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT id, document FROM tenants WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let rows = statement.query_map(
        params![
            after.map_or("", TenantId::as_str),
            i64::try_from(limit).unwrap_or(i64::MAX)
        ],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)),
    )?;
    rows.map(|row| {
        let (id, document) = row?;
        records.open_tenant(&id, &document)
    })
    .collect()
}

pub(super) fn has_open_attempts(conn: &Connection, id: &TenantId) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attempts JOIN onboardings ON onboardings.seq = onboarding
                            WHERE open = 1 AND tenant = ?1
                                AND state NOT IN ('CREATED', 'CANCELLED'))",
        )?
        .query_row([id.as_str()], |row| row.get(0))?)
}

pub(super) fn sight_proven(
    conn: &Connection,
    account: &Account,
    tenant: &TenantId,
    key_version: u32,
) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sights
                            WHERE account = ?1 AND tenant = ?2 AND key_version = ?3)",
        )?
        .query_row(
            params![account.as_str(), tenant.as_str(), key_version],
            |row| row.get(0),
        )?)
}

pub(super) fn prove_sight(
    conn: &Connection,
    account: &Account,
    tenant: &TenantId,
    key_version: u32,
    now: i64,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO sights (account, tenant, key_version, proven_time) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![account.as_str(), tenant.as_str(), key_version, now])?;
    Ok(())
}
