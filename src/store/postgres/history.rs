//! SQL for the history.

use async_trait::async_trait;
use tokio_postgres::Row;

use super::{
    PostgresStore, connect,
    session::{Session, TRIES, may_pass, transaction},
};
use crate::{
    domain::ids::TenantId,
    store::{
        HistoryEntry, HistoryOf, HistoryStore, NewHistoryEntry, StoreError,
        history::tenant_of,
        records::{limit, millis, onboarding_id, time},
    },
};

pub(super) async fn note(on: &Session<'_>, entry: &NewHistoryEntry) -> Result<(), StoreError> {
    // PostgreSQL takes no text with a NUL.
    let plain = |text: &str| text.replace('\0', "");
    on.run(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail, rpc, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &millis(entry.time),
            &entry.tenant.as_ref().map_or("", TenantId::as_str),
            &entry.onboarding.map(|id| id.to_string()),
            &plain(&entry.actor.name),
            &entry.event.word(),
            &plain(&entry.event.detail()),
            &entry.actor.rpc.unwrap_or_default(),
            &entry.outcome,
        ],
    )
    .await?;
    Ok(())
}

fn entry(row: &Row) -> Result<HistoryEntry, StoreError> {
    let onboarding: Option<&str> = row.try_get(3)?;
    Ok(HistoryEntry {
        number: row.try_get(0)?,
        time: time(row.try_get(1)?)?,
        tenant: tenant_of(row.try_get(2)?)?,
        onboarding: onboarding.map(onboarding_id).transpose()?,
        actor: row.try_get(4)?,
        event: row.try_get(5)?,
        detail: row.try_get(6)?,
        rpc: row.try_get(7)?,
        outcome: row.try_get(8)?,
    })
}

#[async_trait]
impl HistoryStore for PostgresStore {
    /// In a transaction: a statement alone that is run again would add the entry twice.
    async fn note(&self, entry: NewHistoryEntry) -> Result<(), StoreError> {
        transaction!(self, |session| note(&session, &entry))
    }

    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        most: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let rows = self
            .rows(
                "SELECT seq, time, tenant, onboarding, actor, event, detail, rpc, outcome
                 FROM history
                 WHERE ($1::text IS NULL OR onboarding = $1)
                    AND ($2::text IS NULL OR tenant = $2) AND ($3::bigint IS NULL OR seq < $3)
                 ORDER BY seq DESC LIMIT $4",
                &[
                    &of.onboarding.map(|id| id.to_string()),
                    &of.tenant.as_ref().map(TenantId::as_str),
                    &before,
                    &limit(most),
                ],
            )
            .await?;
        rows.iter().map(entry).collect()
    }
}
