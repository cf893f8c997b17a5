//! SQL for the history.

use async_trait::async_trait;
use rusqlite::params;

use super::{
    super::{
        HistoryEntry, HistoryOf, HistoryStore, NewHistoryEntry, StoreError,
        history::tenant_of,
        records::{limit, millis, onboarding_id, time},
    },
    SqliteStore,
    session::Session,
};
use crate::domain::ids::TenantId;

/// What stands in the columns of an entry.
type Row = (
    i64,
    i64,
    String,
    Option<String>,
    String,
    String,
    String,
    String,
    String,
);

pub(super) fn note(on: &Session<'_>, entry: &NewHistoryEntry) -> Result<(), StoreError> {
    on.run(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail, rpc, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            millis(entry.time),
            entry.tenant.as_ref().map_or("", TenantId::as_str),
            entry.onboarding.map(|id| id.to_string()),
            entry.actor.name,
            entry.event.word(),
            entry.event.detail(),
            entry.actor.rpc.unwrap_or_default(),
            entry.outcome
        ],
    )?;
    Ok(())
}

fn entry(row: Row) -> Result<HistoryEntry, StoreError> {
    let (number, at, tenant, onboarding, actor, event, detail, rpc, outcome) = row;
    Ok(HistoryEntry {
        number,
        time: time(at)?,
        tenant: tenant_of(&tenant)?,
        onboarding: onboarding.as_deref().map(onboarding_id).transpose()?,
        actor,
        event,
        detail,
        rpc,
        outcome,
    })
}

#[async_trait]
impl HistoryStore for SqliteStore {
    async fn note(&self, entry: NewHistoryEntry) -> Result<(), StoreError> {
        self.write(move |on| note(on, &entry)).await
    }

    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        most: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(move |on| {
            let rows: Vec<Row> = on.rows(
                "SELECT seq, time, tenant, onboarding, actor, event, detail, rpc, outcome
                 FROM history
                 WHERE (?1 IS NULL OR onboarding = ?1) AND (?2 IS NULL OR tenant = ?2)
                    AND (?3 IS NULL OR seq < ?3)
                 ORDER BY seq DESC LIMIT ?4",
                params![
                    of.onboarding.map(|id| id.to_string()),
                    of.tenant.as_ref().map(TenantId::as_str),
                    before,
                    limit(most)
                ],
            )?;
            rows.into_iter().map(entry).collect()
        })
        .await
    }
}
