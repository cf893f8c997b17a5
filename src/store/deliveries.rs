//! Whether webhooks of tenants arrive.

use async_trait::async_trait;

use super::{
    StoreError,
    backend::Backend,
    records::{millis, time},
    sql::{Row, Statement, values},
};
use crate::domain::{delivery::Deliveries, ids::TenantId};

/// Keeps when webhooks last came.
#[async_trait]
pub trait DeliveryStore: Send + Sync + 'static {
    /// Keeps what is newer than what is known. Of a tenant that does not exist nothing is kept.
    async fn note_deliveries(&self, tenant: &TenantId, seen: Deliveries) -> Result<(), StoreError>;

    /// When webhooks of a tenant last came.
    async fn deliveries(&self, tenant: &TenantId) -> Result<Deliveries, StoreError>;
}

const NOTE: &str = "INSERT INTO deliveries (tenant, accepted_time, refused_time, refusal)
    SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT) FROM tenants WHERE id = $1
    ON CONFLICT (tenant) DO UPDATE SET
        accepted_time = CASE WHEN excluded.accepted_time > coalesce(deliveries.accepted_time, 0)
            THEN excluded.accepted_time ELSE deliveries.accepted_time END,
        refusal = CASE WHEN excluded.refused_time > coalesce(deliveries.refused_time, 0)
            THEN excluded.refusal ELSE deliveries.refusal END,
        refused_time = CASE WHEN excluded.refused_time > coalesce(deliveries.refused_time, 0)
            THEN excluded.refused_time ELSE deliveries.refused_time END";

/// What a row says. What cannot be read counts as not known.
fn read(row: &Row) -> Deliveries {
    let at = |column| {
        let millis = row.get::<Option<i64>>(column).ok().flatten()?;
        time(millis).ok()
    };
    let why = row.get::<Option<String>>(2).ok().flatten();
    let why = why.and_then(|word| word.parse().ok());
    Deliveries {
        accepted: at(0),
        refused: at(1).zip(why),
    }
}

#[async_trait]
impl<B: Backend> DeliveryStore for B {
    async fn note_deliveries(&self, tenant: &TenantId, seen: Deliveries) -> Result<(), StoreError> {
        let refusal: Option<&str> = seen.refused.map(|(_, why)| why.into());
        let values = values![
            tenant.as_str(),
            seen.accepted.map(millis),
            seen.refused.map(|(time, _)| millis(time)),
            refusal,
        ];
        self.run(vec![Statement::new(NOTE, values)])
            .await
            .map(|_| ())
    }

    async fn deliveries(&self, tenant: &TenantId) -> Result<Deliveries, StoreError> {
        let sql = "SELECT accepted_time, refused_time, refusal FROM deliveries WHERE tenant = $1";
        let rows = self.query(sql, values![tenant.as_str()]).await?;
        Ok(rows.first().map(read).unwrap_or_default())
    }
}
