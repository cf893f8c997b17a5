//! SQL for the history: what happened, only ever added to.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::session::Session;
use crate::{
    domain::ids::{OnboardingId, TenantId},
    store::{
        HistoryEntry, HistoryOf, Noted, StoreError,
        records::{millis, time},
    },
};

pub(super) async fn note(
    on: &Session<'_, impl GenericClient>,
    noted: &Noted,
) -> Result<(), StoreError> {
    // PostgreSQL takes no text with a NUL.
    let plain = |text: &str| text.replace('\0', "");
    on.run(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail, rpc, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &millis(noted.time),
            &noted.tenant.as_ref().map_or("", TenantId::as_str),
            &noted.onboarding.map(|id| id.to_string()),
            &plain(&noted.actor),
            &plain(&noted.event),
            &plain(&noted.detail),
            &noted.rpc,
            &noted.outcome,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn list(
    on: &Session<'_, impl GenericClient>,
    of: &HistoryOf,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let rows = on
        .rows(
            "SELECT seq, time, tenant, onboarding, actor, event, detail, rpc, outcome FROM history
             WHERE ($1::text IS NULL OR onboarding = $1) AND ($2::text IS NULL OR tenant = $2)
                AND ($3::bigint IS NULL OR seq < $3)
             ORDER BY seq DESC LIMIT $4",
            &[
                &of.onboarding.map(|id| id.to_string()),
                &of.tenant.as_ref().map(TenantId::as_str),
                &before,
                &i64::try_from(limit).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<HistoryEntry, StoreError> {
    let onboarding = row
        .try_get::<_, Option<&str>>(3)?
        .map(OnboardingId::parse)
        .transpose()
        .map_err(|_| StoreError::Malformed)?;
    Ok(HistoryEntry {
        number: row.try_get(0)?,
        noted: Noted {
            time: time(row.try_get(1)?)?,
            tenant: tenant_of(row.try_get(2)?)?,
            onboarding,
            actor: row.try_get(4)?,
            event: row.try_get(5)?,
            detail: row.try_get(6)?,
            rpc: row.try_get(7)?,
            outcome: row.try_get(8)?,
        },
    })
}

/// No tenant is kept as an empty text.
fn tenant_of(text: &str) -> Result<Option<TenantId>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    let tenant = TenantId::parse(text);
    tenant.map(Some).map_err(|_| StoreError::Malformed)
}
