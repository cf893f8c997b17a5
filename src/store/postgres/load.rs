//! Loads what scripts change.
//!
//! One statement reads an onboarding and all that belongs to it, so that the parts fit together.
//! To change one, a statement before locks its row: what the second one reads is then what the
//! last change has left.

use jiff::Timestamp;

use super::{session::PostgresSession, ticks::MICROS};
use crate::store::{
    Lane, StoreError,
    backend::Rows,
    change::Stored,
    reading::{self, Beside, Read, THEN},
    records::{Records, limit, millis},
    session::Session as _,
    sql::{Row, Value, values},
};

/// Reads onboardings for [`open`].
pub(super) fn select() -> String {
    reading::select(
        "lease_end IS NOT NULL,
        ARRAY(SELECT number FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
        ARRAY(SELECT open FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
        ARRAY(SELECT intent FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
        ARRAY(SELECT attempt FROM evidence
              WHERE onboarding = onboardings.seq ORDER BY evidence.seq),
        ARRAY(SELECT evidence FROM evidence
              WHERE onboarding = onboardings.seq ORDER BY evidence.seq)",
    )
}

/// The onboardings of rows, with their attempts.
pub(super) fn open(records: &Records, rows: &[Row], read: Read) -> Result<Vec<Stored>, StoreError> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let beside = Beside {
            held: row.get(THEN)?,
            attempts: side_by_side(row, THEN + 1, 3),
            evidence: side_by_side(row, THEN + 4, 2),
        };
        found.push(reading::onboarding(records, row, &beside, read));
    }
    let mut all = reading::all(found)?;
    // Only the server's clock says when a lease ends.
    all.iter_mut().for_each(|stored| stored.lease.wake = None);
    Ok(all)
}

/// The rows whose columns are these lists.
fn side_by_side(row: &Row, first: usize, many: usize) -> Vec<Row> {
    let lists = row.0.iter().skip(first).take(many);
    let lists: Vec<&[Value]> = lists.map(Value::as_list).collect();
    let longest = lists
        .iter()
        .map(|list| list.len())
        .max()
        .unwrap_or_default();
    let value = |list: &&[Value], at| list.get(at).cloned().unwrap_or(Value::Null);
    let rows = (0..longest).map(|at| Row(lists.iter().map(|list| value(list, at)).collect()));
    rows.collect()
}

impl PostgresSession<'_> {
    /// The onboardings that a script changes.
    pub(super) async fn load_locked(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        match rows {
            Rows::Id(id) => {
                let locked = self.lock("id = $1", "", &values![id.to_string()]).await?;
                self.read(locked, Read::Whole).await
            }
            Rows::SetAside(id) => {
                let locked = self.lock("id = $1", "", &values![&**id]).await?;
                self.read(locked, Read::Opened).await
            }
            Rows::Due {
                lane,
                now,
                limit: most,
            } => self.due(lane, *now, limit(*most)).await,
            // Rows that another replica looks at are left to it.
            Rows::Retained {
                tenant,
                from,
                limit: most,
            } => {
                let which = "tenant = $1 AND retain_from <= $2 ORDER BY retain_from LIMIT $3";
                let values = values![tenant.as_str(), millis(*from), limit(*most)];
                let locked = self.lock(which, "SKIP LOCKED", &values).await?;
                self.read(locked, Read::Whole).await
            }
            // Other replicas may be alive: their leases end by themselves.
            Rows::Leased => Ok(Vec::new()),
        }
    }

    /// Locks the rows that a clause selects.
    async fn lock(&self, which: &str, how: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let sql = format!("SELECT seq FROM onboardings WHERE {which} FOR UPDATE {how}");
        self.query(&sql, values).await
    }

    /// The onboardings of rows that are locked, in the order of the rows.
    async fn read(&self, locked: Vec<Row>, read: Read) -> Result<Vec<Stored>, StoreError> {
        if locked.is_empty() {
            return Ok(Vec::new());
        }
        let locked = locked.into_iter().flat_map(|row| row.0).collect();
        let select = select();
        let sql = format!("{select} WHERE seq = ANY ($1) ORDER BY array_position($1, seq)");
        let rows = self.query(&sql, &[Value::List(locked)]).await?;
        open(self.records, &rows, read)
    }

    /// Leases that have ended first, then what is due. Rows that another replica is just leasing
    /// are passed over.
    async fn due(
        &self,
        lane: &Lane,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Stored>, StoreError> {
        let ended = format!(
            "account = $1 AND tenant = $2 AND lease_end <= (SELECT coalesce($3, {MICROS}))
             ORDER BY lease_end, seq LIMIT $4"
        );
        let (account, tenant) = (lane.account.as_str(), lane.tenant.as_str());
        let values = values![account, tenant, self.ticks.lease_time(now), limit];
        let mut rows = self.lock(&ended, "SKIP LOCKED", &values).await?;
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let due = "account = $1 AND tenant = $2 AND lease_end IS NULL AND wake <= $3
            ORDER BY wake, seq LIMIT $4";
        let values = values![account, tenant, millis(now), left];
        rows.extend(self.lock(due, "SKIP LOCKED", &values).await?);
        self.read(rows, Read::Whole).await
    }
}
