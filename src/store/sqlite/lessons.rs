//! SQL for what creations taught.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::{
    StoreError,
    records::{millis, taught},
    rules::no_longer_declared,
};
use crate::domain::{
    ids::{Account, TenantId},
    onboarding::{
        BusinessKey,
        lesson::{Lesson, Subject, Taught},
    },
    tenant::Tenant,
};

/// A subject with its times, as stored.
type Stored = (String, Option<i64>, Option<i64>);

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Everything that is known.
pub(super) fn all(
    conn: &Connection,
    account: &Account,
    tenant: &TenantId,
) -> Result<Vec<Taught>, StoreError> {
    conn.prepare_cached(
        "SELECT subject, accepted_time, refused_time FROM lessons
         WHERE tenant = ?1 AND account = ?2 ORDER BY subject",
    )?
    .query_map(params![tenant.as_str(), account.as_str()], stored)?
    .map(|row| {
        let (subject, accepted, refused) = row?;
        taught(&subject, accepted, refused)
    })
    .collect()
}

/// Adds what the change of a hire of this key taught.
pub(super) fn learn(
    conn: &Connection,
    key: &BusinessKey,
    lessons: &[Lesson],
) -> Result<(), StoreError> {
    let (tenant, account) = (key.tenant.as_str(), key.account.as_str());
    for lesson in lessons {
        let subject = lesson.subject.name();
        let known = conn
            .prepare_cached(
                "SELECT subject, accepted_time, refused_time FROM lessons
                 WHERE tenant = ?1 AND account = ?2 AND subject = ?3",
            )?
            .query_row(params![tenant, account, subject], stored)
            .optional()?;
        if let Some((subject, accepted, refused)) = known
            && taught(&subject, accepted, refused)?.covers(lesson)
        {
            continue;
        }
        let time = millis(lesson.time);
        conn.prepare_cached(
            "INSERT INTO lessons (tenant, account, subject, accepted_time, refused_time)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET
                accepted_time = coalesce(excluded.accepted_time, accepted_time),
                refused_time = coalesce(excluded.refused_time, refused_time)",
        )?
        .execute(params![
            tenant,
            account,
            subject,
            lesson.accepted.then_some(time),
            (!lesson.accepted).then_some(time)
        ])?;
    }
    Ok(())
}

/// Forgets what does not count for the tenant as it is now.
pub(super) fn forget(conn: &Connection, tenant: &Tenant) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM lessons WHERE tenant = ?1 AND account <> ?2")?
        .execute(params![tenant.id.as_str(), tenant.account.as_str()])?;
    let mut statement =
        conn.prepare_cached("DELETE FROM lessons WHERE tenant = ?1 AND subject = ?2")?;
    for subject in no_longer_declared(tenant).map(Subject::name) {
        statement.execute(params![tenant.id.as_str(), subject])?;
    }
    Ok(())
}
