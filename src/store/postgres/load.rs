//! Loads what scripts change.
//!
//! One statement reads an onboarding and all that belongs to it, so that the parts fit together.
//! To change one, a statement before locks its row: what the second one reads is then what the
//! last change has left.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{
    session::{Session, Values},
    tenants,
    ticks::MICROS,
};
use crate::{
    domain::onboarding::lease::Lease,
    store::{
        StoreError,
        backend::{BeginContext, HireContext, HireQuery, Rows},
        change::Stored,
        records::{Index, Records, SealedOnboarding, Source, limit, millis, onboarding_id},
    },
};

/// What [`open`] reads, in its order.
pub(super) const COLUMNS: &str = "seq, tenant, id, token, lease_end IS NOT NULL, document,
    ARRAY(SELECT number FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
    ARRAY(SELECT intent FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
    ARRAY(SELECT attempt FROM evidence
          WHERE onboarding = onboardings.seq ORDER BY evidence.seq),
    ARRAY(SELECT evidence FROM evidence
          WHERE onboarding = onboardings.seq ORDER BY evidence.seq)";

/// How many columns those are.
pub(super) const COLUMN_COUNT: usize = 10;

/// The latest episode of a hire.
pub(super) const LATEST: &str = "tenant = $1 AND account = $2 AND system = $3
    AND source_index = $4 ORDER BY episode DESC LIMIT 1";

/// The onboarding of a row of [`COLUMNS`], with its attempts. Only the server's clock tells when
/// its lease ends.
pub(super) fn open(records: &Records, row: &Row) -> Result<Stored, StoreError> {
    let sealed = SealedOnboarding {
        tenant: row.try_get(1)?,
        id: row.try_get(2)?,
        document: row.try_get(5)?,
        intents: numbered(row.try_get(6)?, row.try_get(7)?)?,
        evidence: numbered(row.try_get(8)?, row.try_get(9)?)?,
    };
    Ok(Stored {
        seq: row.try_get(0)?,
        lease: Lease {
            token: u64::try_from(row.try_get::<_, i64>(3)?).map_err(|_| StoreError::Malformed)?,
            held: row.try_get(4)?,
            wake: None,
        },
        onboarding: records.open_onboarding(&sealed)?,
    })
}

fn numbered(numbers: Vec<i64>, values: Vec<Vec<u8>>) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
    let numbers = numbers.into_iter().map(u32::try_from);
    let pairs = numbers.zip(values);
    pairs
        .map(|(number, value)| Ok((number.map_err(|_| StoreError::Malformed)?, value)))
        .collect()
}

impl Session<'_> {
    pub(super) async fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        match rows {
            Rows::Id(id) => self.locked("id = $1 FOR UPDATE", &[&id.to_string()]).await,
            Rows::Latest(source) => Ok(self.latest(source).await?.into_iter().collect()),
            Rows::Due {
                account,
                now,
                limit: most,
            } => self.due(account.as_str(), *now, limit(*most)).await,
            // Rows that another replica looks at are left to it.
            Rows::Retained {
                tenant,
                from,
                limit: most,
            } => {
                let which = "tenant = $1 AND retain_from <= $2
                    ORDER BY retain_from LIMIT $3 FOR UPDATE SKIP LOCKED";
                let values: Values<'_> = &[&tenant.as_str(), &millis(*from), &limit(*most)];
                self.locked(which, values).await
            }
            // Other replicas may be alive: their leases end by themselves.
            Rows::Leased => Ok(Vec::new()),
        }
    }

    /// Locks the rows that a clause selects, and reads them.
    async fn locked(&self, which: &str, values: Values<'_>) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("SELECT seq FROM onboardings WHERE {which}");
        let rows = self.rows(&sql, values).await?;
        self.read(&rows).await
    }

    /// The onboardings of rows that are locked.
    async fn read(&self, rows: &[Row]) -> Result<Vec<Stored>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let rows = rows.iter().map(|row| row.try_get(0));
        let rows = rows.collect::<Result<Vec<i64>, _>>()?;
        let sql = format!(
            "SELECT {COLUMNS} FROM onboardings
             WHERE seq = ANY ($1) ORDER BY array_position($1, seq)"
        );
        let rows = self.rows(&sql, &[&rows]).await?;
        rows.iter().map(|row| open(self.records, row)).collect()
    }

    /// The latest episode of a hire. Whoever may store a next one waits as well, so that it is the
    /// latest until the transaction ends.
    async fn latest(&self, source: &Source) -> Result<Option<Stored>, StoreError> {
        let mut lock = [0; 8];
        lock.copy_from_slice(&source.index[..8]);
        let lock = i64::from_be_bytes(lock);
        self.rows("SELECT pg_advisory_xact_lock($1)", &[&lock])
            .await?;
        let which = format!("{LATEST} FOR UPDATE");
        let (tenant, account, system, index) = source.columns();
        let values: Values<'_> = &[&tenant, &account, &system, &index];
        let found = self.locked(&which, values).await?;
        Ok(found.into_iter().next())
    }

    /// Leases that have ended first, then what is due. Rows that another replica is just leasing
    /// are passed over.
    async fn due(
        &self,
        account: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Stored>, StoreError> {
        let ended = format!(
            "SELECT seq FROM onboardings
             WHERE account = $1 AND lease_end <= (SELECT coalesce($2, {MICROS}))
             ORDER BY lease_end, seq LIMIT $3 FOR UPDATE SKIP LOCKED"
        );
        let values: Values<'_> = &[&account, &self.ticks.lease_time(now), &limit];
        let mut rows = self.rows(&ended, values).await?;
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let due = "SELECT seq FROM onboardings
             WHERE account = $1 AND lease_end IS NULL AND wake <= $2
             ORDER BY wake, seq LIMIT $3 FOR UPDATE SKIP LOCKED";
        rows.extend(self.rows(due, &[&account, &millis(now), &left]).await?);
        self.read(&rows).await
    }

    /// The tenant is locked, so that it moves or an attempt begins, but not both.
    pub(super) async fn begin_context(
        &self,
        stored: &Stored,
        login: Index,
        now: Timestamp,
    ) -> Result<BeginContext, StoreError> {
        let key = &stored.onboarding.key;
        let tenant = tenants::locked(self, &key.tenant, "FOR SHARE").await?;
        let holder = self
            .row(
                &format!(
                    "SELECT onboarding FROM claims
                     WHERE account = $1 AND claim_index = $2 AND onboarding <> $3
                        AND (free_from IS NULL OR free_from > coalesce($4, {MICROS}))"
                ),
                &[
                    &key.account.as_str(),
                    &&login[..],
                    &stored.onboarding.id.to_string(),
                    &self.ticks.lease_time(now),
                ],
            )
            .await?;
        let holder = holder.map(|row| onboarding_id(row.try_get(0)?));
        Ok(BeginContext {
            account: tenant.map(|tenant| tenant.account),
            reserved_by: holder.transpose()?,
        })
    }

    pub(super) async fn hire_context(&self, query: &HireQuery) -> Result<HireContext, StoreError> {
        let source = &query.source;
        if !tenants::takes_hires(self, &source.tenant).await? {
            return Ok(HireContext::NoTenant);
        }
        if let Some((request, _)) = &query.request
            && let Some(requested) = self.requested(source, request).await?
        {
            return Ok(requested);
        }
        let latest = self.latest(source).await?.map(Box::new);
        let mut withdrawn = self.tombstone(source).await?;
        if let (None, Some(person)) = (withdrawn, &query.person) {
            withdrawn = self.tombstone(person).await?;
        }
        Ok(HireContext::Source { latest, withdrawn })
    }

    async fn requested(
        &self,
        source: &Source,
        request: &Index,
    ) -> Result<Option<HireContext>, StoreError> {
        let (tenant, account) = (source.tenant.as_str(), source.account.as_str());
        let known = self
            .row(
                "SELECT content_index, onboarding FROM requests
                 WHERE tenant = $1 AND account = $2 AND request_index = $3",
                &[&tenant, &account, &&request[..]],
            )
            .await?;
        let Some(known) = known else {
            return Ok(None);
        };
        let sql = format!("SELECT {COLUMNS} FROM onboardings WHERE id = $1");
        let id: &str = known.try_get(1)?;
        let Some(found) = self.row(&sql, &[&id]).await? else {
            return Ok(None);
        };
        Ok(Some(HireContext::Requested {
            content: known.try_get(0)?,
            onboarding: Box::new(open(self.records, &found)?.onboarding),
        }))
    }

    /// A withdrawal that came before any hire: its event time, if it had one.
    async fn tombstone(&self, source: &Source) -> Result<Option<Option<Timestamp>>, StoreError> {
        let (tenant, account, system, index) = source.columns();
        let found = self
            .row(
                "SELECT event_time FROM tombstones
                 WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4",
                &[&tenant, &account, &system, &index],
            )
            .await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let at: Option<i64> = row.try_get(0)?;
        let at = at.map(Timestamp::from_microsecond).transpose();
        at.map(Some).map_err(|_| StoreError::Malformed)
    }
}
