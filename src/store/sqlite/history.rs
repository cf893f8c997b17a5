//! SQL for the history: what happened, only ever added to.

use rusqlite::{Connection, Row, params};

use super::super::{
    HistoryEntry, HistoryOf, Noted, StoreError,
    records::{millis, time},
};
use crate::domain::ids::{OnboardingId, TenantId};

pub(super) fn note(conn: &Connection, noted: &Noted) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail, rpc, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        millis(noted.time),
        noted.tenant.as_ref().map_or("", TenantId::as_str),
        noted.onboarding.map(|id| id.to_string()),
        noted.actor,
        noted.event,
        noted.detail,
        noted.rpc,
        noted.outcome
    ])?;
    Ok(())
}

struct RawEntry {
    number: i64,
    at: i64,
    tenant: String,
    onboarding: Option<String>,
    words: [String; 5],
}

fn raw(row: &Row<'_>) -> rusqlite::Result<RawEntry> {
    Ok(RawEntry {
        number: row.get(0)?,
        at: row.get(1)?,
        tenant: row.get(2)?,
        onboarding: row.get(3)?,
        words: [
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        ],
    })
}

pub(super) fn list(
    conn: &Connection,
    of: &HistoryOf,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, time, tenant, onboarding, actor, event, detail, rpc, outcome FROM history
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
        let RawEntry {
            number,
            at,
            tenant,
            onboarding,
            words: [actor, event, detail, rpc, outcome],
        } = row?;
        let onboarding = onboarding
            .map(|id| OnboardingId::parse(&id))
            .transpose()
            .map_err(|_| StoreError::Malformed)?;
        Ok(HistoryEntry {
            number,
            noted: Noted {
                time: time(at)?,
                tenant: tenant_of(&tenant)?,
                onboarding,
                actor,
                event,
                detail,
                rpc,
                outcome,
            },
        })
    })
    .collect()
}

/// No tenant is kept as an empty text.
fn tenant_of(text: &str) -> Result<Option<TenantId>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    let tenant = TenantId::parse(text);
    tenant.map(Some).map_err(|_| StoreError::Malformed)
}
