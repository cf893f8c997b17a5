//! SQL that forgets the people of hires whose retention time is over.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{
    super::{
        Actor, Retired, StoreError,
        records::{Records, millis, millis_up},
        rules::before,
    },
    rows::{COLUMNS, RawRow, raw, stored},
    saving::save,
};
use crate::domain::{
    ids::TenantId,
    onboarding::{lease::By, retention::Fate},
};

pub(super) fn retire(
    conn: &Connection,
    records: &Records,
    tenant: &TenantId,
    kept: Duration,
    now: Timestamp,
    limit: usize,
) -> Result<Retired, StoreError> {
    let rows: Vec<RawRow> = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM onboardings WHERE tenant = ?1 AND retain_from <= ?2
             ORDER BY retain_from LIMIT ?3"
        ))?
        .query_map(
            params![
                tenant.as_str(),
                millis(before(now, kept)),
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            raw,
        )?
        .collect::<Result<_, _>>()?;
    let mut retired = Retired {
        more: rows.len() >= limit,
        ..Retired::default()
    };
    for row in rows {
        let before = stored(conn, records, row)?;
        let mut after = before.onboarding.clone();
        match after.retire(kept, now) {
            Fate::Forget => retired.forgotten.push(after.id),
            Fate::Expire => retired.expired.push(after.id),
            // Of what was stored by an older version the time is not known exactly.
            Fate::Keep => {
                conn.prepare_cached("UPDATE onboardings SET retain_from = ?2 WHERE seq = ?1")?
                    .execute(params![before.seq, after.retained_from().map(millis_up)])?;
                continue;
            }
        }
        let lease = before.lease.after(By::Outside, &before.onboarding, &after);
        save(conn, records, &before, &after, Actor::RETENTION, lease)?;
    }
    Ok(retired)
}
