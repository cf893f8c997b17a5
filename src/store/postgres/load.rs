//! Loads what scripts change.
//!
//! One statement reads an onboarding and all that belongs to it, so that the parts fit together.
//! To change one, a statement before locks its row: what the second one reads is then what the
//! last change has left.

use jiff::Timestamp;

use super::{session::Session, ticks::MICROS};
use crate::{
    domain::{
        ids::{Account, TenantId},
        onboarding::lease::Lease,
        tenant::Tenant,
    },
    store::{
        StoreError,
        backend::{
            BeginContext, HAS_OPEN_ATTEMPTS, HireContext, HireQuery, LATEST, NOT_ENDED, Rows,
            TenantContext,
        },
        change::Stored,
        records::{Index, Records, SealedOnboarding, Source, limit, micros, millis, onboarding_id},
        sql::{Row, Value, values},
        tenants::one,
    },
};

/// Reads onboardings for [`open`].
pub(super) const SELECT: &str = "SELECT seq, tenant, id, token, lease_end IS NOT NULL, urgency,
    update_time, document,
    ARRAY(SELECT number FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
    ARRAY(SELECT intent FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
    ARRAY(SELECT attempt FROM evidence
          WHERE onboarding = onboardings.seq ORDER BY evidence.seq),
    ARRAY(SELECT evidence FROM evidence
          WHERE onboarding = onboardings.seq ORDER BY evidence.seq)
    FROM onboardings";

/// The onboarding of a row, with its attempts. Only the server's clock tells when its lease ends.
pub(super) fn open(records: &Records, row: &Row) -> Result<Stored, StoreError> {
    let sealed = SealedOnboarding {
        tenant: row.get(1)?,
        id: row.get(2)?,
        document: row.get(7)?,
        intents: row.list(8)?.into_iter().zip(row.list(9)?).collect(),
        evidence: row.list(10)?.into_iter().zip(row.list(11)?).collect(),
    };
    Ok(Stored {
        seq: row.get(0)?,
        lease: Lease {
            token: row.get(3)?,
            held: row.get(4)?,
            wake: None,
        },
        urgency: row.get(5)?,
        update_time: row.get(6)?,
        onboarding: records.open_onboarding(&sealed)?,
    })
}

impl Session<'_> {
    pub(super) async fn load(&self, rows: &Rows) -> Result<Vec<Stored>, StoreError> {
        match rows {
            Rows::Id(id) => {
                let locked = self.lock("id = $1", "", &values![id.to_string()]).await?;
                self.read(locked).await
            }
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
                let which = "tenant = $1 AND retain_from <= $2 ORDER BY retain_from LIMIT $3";
                let values = values![tenant.as_str(), millis(*from), limit(*most)];
                let locked = self.lock(which, "SKIP LOCKED", &values).await?;
                self.read(locked).await
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
    async fn read(&self, locked: Vec<Row>) -> Result<Vec<Stored>, StoreError> {
        if locked.is_empty() {
            return Ok(Vec::new());
        }
        let locked = locked.into_iter().flat_map(|row| row.0).collect();
        let sql = format!("{SELECT} WHERE seq = ANY ($1) ORDER BY array_position($1, seq)");
        let rows = self.query(&sql, &[Value::List(locked)]).await?;
        rows.iter().map(|row| open(self.records, row)).collect()
    }

    /// The latest episode of a hire. Whoever may store a next one waits as well, so that it is the
    /// latest until the transaction ends.
    async fn latest(&self, source: &Source) -> Result<Option<Stored>, StoreError> {
        let mut lock = [0; 8];
        lock.copy_from_slice(&source.index[..8]);
        let lock = values![i64::from_be_bytes(lock)];
        self.query("SELECT pg_advisory_xact_lock($1) IS NULL", &lock)
            .await?;
        let (tenant, account, system, index) = source.columns();
        let values = values![tenant, account, system, index];
        let locked = self.lock(LATEST, "", &values).await?;
        Ok(self.read(locked).await?.into_iter().next())
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
            "account = $1 AND lease_end <= (SELECT coalesce($2, {MICROS}))
             ORDER BY lease_end, seq LIMIT $3"
        );
        let values = values![account, self.ticks.lease_time(now), limit];
        let mut rows = self.lock(&ended, "SKIP LOCKED", &values).await?;
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let due = "account = $1 AND lease_end IS NULL AND wake <= $2 ORDER BY wake, seq LIMIT $3";
        let values = values![account, millis(now), left];
        rows.extend(self.lock(due, "SKIP LOCKED", &values).await?);
        self.read(rows).await
    }

    /// The tenant is locked, so that it moves or an attempt begins, but not both.
    pub(super) async fn begin_context(
        &self,
        stored: &Stored,
        login: Index,
        now: Timestamp,
    ) -> Result<BeginContext, StoreError> {
        let key = &stored.onboarding.key;
        let tenant = self.locked_tenant(&key.tenant, "FOR SHARE").await?;
        let sql = format!(
            "SELECT onboarding FROM claims
             WHERE account = $1 AND claim_index = $2 AND onboarding <> $3
                AND (free_from IS NULL OR free_from > coalesce($4, {MICROS}))"
        );
        let id = stored.onboarding.id.to_string();
        let values = values![key.account.as_str(), login, id, self.ticks.lease_time(now)];
        let holder = self.query(&sql, &values).await?;
        let holder = holder.first().map(|row| onboarding_id(row.get(0)?));
        Ok(BeginContext {
            account: tenant.map(|tenant| tenant.account),
            reserved_by: holder.transpose()?,
        })
    }

    pub(super) async fn hire_context(&self, query: &HireQuery) -> Result<HireContext, StoreError> {
        let source = &query.source;
        if !self.takes_hires(&source.tenant).await? {
            return Ok(HireContext::NoTenant);
        }
        if let Some((request, _)) = query.request
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
        request: Index,
    ) -> Result<Option<HireContext>, StoreError> {
        let (tenant, account, ..) = source.columns();
        let sql = "SELECT content_index, onboarding FROM requests
            WHERE tenant = $1 AND account = $2 AND request_index = $3";
        let known = self.query(sql, &values![tenant, account, request]).await?;
        let Some(known) = known.first() else {
            return Ok(None);
        };
        let sql = format!("{SELECT} WHERE id = $1");
        let found = self.query(&sql, &values![known.get::<String>(1)?]).await?;
        let Some(found) = found.first() else {
            return Ok(None);
        };
        Ok(Some(HireContext::Requested {
            content: known.get(0)?,
            onboarding: Box::new(open(self.records, found)?.onboarding),
        }))
    }

    /// A withdrawal that came before any hire: its event time, if it had one.
    async fn tombstone(&self, source: &Source) -> Result<Option<Option<Timestamp>>, StoreError> {
        let (tenant, account, system, index) = source.columns();
        let sql = "SELECT event_time FROM tombstones
            WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4";
        let values = values![tenant, account, system, index];
        let found = self.query(sql, &values).await?;
        let at = found.first().map(|row| micros(row.get(0)?));
        at.transpose()
    }

    /// The version of the last key of a tenant that was removed and not stored again since.
    async fn former_key(&self, id: &TenantId) -> Result<Option<u32>, StoreError> {
        let sql = "SELECT key_version FROM former_tenants WHERE id = $1";
        let found = self.query(sql, &values![id.as_str()]).await?;
        found.first().map(|row| row.get(0)).transpose()
    }

    /// Whether the tenant has not been removed, and will not be until the transaction ends.
    async fn takes_hires(&self, id: &TenantId) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM tenants WHERE id = $1 FOR KEY SHARE";
        let known = self.query(sql, &values![id.as_str()]).await?;
        Ok(!known.is_empty() || self.former_key(id).await?.is_none())
    }

    /// A tenant as it stays until the transaction ends: `FOR UPDATE` by whoever changes it,
    /// `FOR SHARE` by whoever begins an attempt for it, of whom there may be many at once.
    async fn locked_tenant(&self, id: &TenantId, lock: &str) -> Result<Option<Tenant>, StoreError> {
        let sql = format!("SELECT document FROM tenants WHERE id = $1 {lock}");
        let found = self.query(&sql, &values![id.as_str()]).await?;
        let open = |row: &Row| {
            let document: Vec<u8> = row.get(0)?;
            self.records.open_tenant(id.as_str(), &document)
        };
        found.first().map(open).transpose()
    }

    /// Waits for hires that are just being handed in, and for attempts that are just beginning.
    pub(super) async fn tenant(
        &self,
        id: &TenantId,
        account: Option<&Account>,
    ) -> Result<TenantContext, StoreError> {
        let stored = self.locked_tenant(id, "FOR UPDATE").await?;
        let moves = stored
            .as_ref()
            .is_some_and(|it| Some(&it.account) != account);
        let id_value = values![id.as_str()];
        let open = match moves {
            true => (
                one(&self.query(HAS_OPEN_ATTEMPTS, &id_value).await?)?,
                one(&self.query(NOT_ENDED, &id_value).await?)?,
            ),
            false => (false, 0),
        };
        Ok(TenantContext {
            stored,
            former_key: self.former_key(id).await?,
            open,
        })
    }
}
