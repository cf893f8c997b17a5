//! Forgetting the people of hires whose retention time is over.

use std::time::Duration;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{
    saving::save,
    session::Session,
    stored::{columns, stored},
};
use crate::{
    domain::{ids::TenantId, onboarding::retention::Fate},
    store::{
        Actor, Retired, StoreError,
        records::{millis, millis_up},
        rules::before,
    },
};

/// Rows that another replica is just looking at are left to it.
pub(super) async fn retire(
    on: &Session<'_, impl GenericClient>,
    tenant: &TenantId,
    kept: Duration,
    now: Timestamp,
    limit: usize,
) -> Result<Retired, StoreError> {
    let due = on
        .rows(
            "SELECT seq FROM onboardings WHERE tenant = $1 AND retain_from <= $2
             ORDER BY retain_from LIMIT $3 FOR UPDATE SKIP LOCKED",
            &[
                &tenant.as_str(),
                &millis(before(now, kept)),
                &i64::try_from(limit).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    let due: Vec<i64> = due
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let mut retired = Retired {
        more: due.len() >= limit,
        ..Retired::default()
    };
    if due.is_empty() {
        return Ok(retired);
    }
    let sql = format!(
        "SELECT {} FROM onboardings WHERE seq = ANY ($1) ORDER BY array_position($1, seq)",
        columns()
    );
    for row in on.rows(&sql, &[&due]).await? {
        let before = stored(on.records, &row)?;
        let mut after = before.onboarding.clone();
        match after.retire(kept, now) {
            Fate::Forget => retired.forgotten.push(after.id),
            Fate::Expire => retired.expired.push(after.id),
            // Of what was stored by an older version the time is not known exactly.
            Fate::Keep => {
                let from = after.retained_from().map(millis_up);
                let sql = "UPDATE onboardings SET retain_from = $2 WHERE seq = $1";
                on.run(sql, &[&before.seq, &from]).await?;
                continue;
            }
        }
        save(on, &before, &after, now, Actor::RETENTION, false).await?;
    }
    Ok(retired)
}
