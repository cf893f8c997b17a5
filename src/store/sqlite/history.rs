//! SQL for the history: what happened, only ever added to.

use rusqlite::{Connection, Row, params};

use super::super::{
    HistoryEntry, HistoryOf, Noted, StoreError,
    records::{millis, time},
};
use crate::domain::ids::{OnboardingId, TenantId};

pub(super) fn note(conn: &Connection, noted: &Noted) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        millis(noted.time),
        noted.tenant.as_str(),
        noted.onboarding.map(|id| id.to_string()),
        noted.actor,
        noted.event,
        noted.detail
    ])?;
    Ok(())
}

type RawEntry = (i64, i64, String, Option<String>, String, String, String);

fn raw(row: &Row<'_>) -> rusqlite::Result<RawEntry> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ))
}

pub(super) fn list(
    conn: &Connection,
    of: &HistoryOf,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, time, tenant, onboarding, actor, event, detail FROM history
         WHERE (?1 IS NULL OR onboarding = ?1) AND (?2 IS NULL OR tenant = ?2)
            AND (?3 IS NULL OR seq < ?3)
         ORDER BY seq DESC LIMIT ?4",
    )?;
    let rows = statement.query_map(
        params![
            of.onboarding.map(|id| id.to_string()),
            of.tenant.as_ref().map(TenantId::as_str),
            before,
            i64::try_from(limit).unwrap_or(i64::MAX)
        ],
        raw,
    )?;
    rows.map(|row| {
        let (number, at, tenant, onboarding, actor, event, detail) = row?;
        let onboarding = onboarding
            .map(|id| OnboardingId::parse(&id))
            .transpose()
            .map_err(|_| StoreError::Malformed)?;
        Ok(HistoryEntry {
            number,
            noted: Noted {
                time: time(at)?,
                tenant: TenantId::parse(&tenant).map_err(|_| StoreError::Malformed)?,
                onboarding,
                actor,
                event,
                detail,
            },
        })
    })
    .collect()
}
